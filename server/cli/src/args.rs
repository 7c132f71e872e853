//! The arguments, as a person reads them in `--help`.

mod plans;
mod records;
mod runs;
mod sign_off;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use plans::{Drill, PlanFormat, Planned, Promote, Rollback};
pub(crate) use records::{Dashboard, Report, SpecToProduction, TargetStage};
pub(crate) use runs::{Cancel, Following, History, Resume, Runs, RunsFormat, RunsPlace, Watch};
pub(crate) use sign_off::SignOff;

/// Version, then commit and date where the build knew them (see `build.rs`).
const VERSION: &str = env!("STAGEGATE_VERSION");

const EXAMPLES: &str = "\
Examples:
  stagegate check                  check every file of this workspace that Stagegate knows
  stagegate check --fix            ... and mend what can be mended safely
  stagegate status                 where each component stands, and what is missing
  stagegate gates NAME             run the gates of a component, and show the verdicts
  stagegate sign-off NAME          what people have to sign off, and signing it
  stagegate todo                   every TODO comment, and the issue that it names
  stagegate new spec NAME          write the spec of a new component
  stagegate explain short-content  what a rule checks, and why
  stagegate trust                  allow the commands of this workspace to be run
  stagegate demo                   try all of it on a small example project

Exit codes: 0 no error, 1 errors found, 2 wrong usage or failure.";

/// Says on the exact line what stands between a component and its next stage, and what is wrong with the instruction
/// files of AI assistants.
#[derive(Debug, Parser)]
#[command(
    name = "stagegate",
    version = VERSION,
    after_help = EXAMPLES,
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check instruction files, specs and MATURITY files, and show what is wrong
    Check(Check),
    /// Show where every component stands, and what keeps it from its next stage
    Status(Status),
    /// List the TODO comments of this workspace, and the issues that they name
    Todo(Todo),
    /// Run the gates of a component, or serve what is known of the same inputs, and show the verdicts
    Gates(Gates),
    /// Bring a component to its next stage, or show what that would do
    Promote(Promote),
    /// Undo the last promotion of a component, or show what that would do
    Rollback(Rollback),
    /// Prove that a rollback would work, where nobody is served
    Drill(Drill),
    /// List the runs of this workspace: promotions, rollbacks and drills
    Runs(Runs),
    /// Follow a run that is under way
    Watch(Watch),
    /// Let an interrupted run go on
    Resume(Resume),
    /// Stop a run, and undo what it did
    Cancel(Cancel),
    /// Show what became of the runs of one component, step by step
    History(History),
    /// Sign a criterion of a component off, or show what has to be signed off
    SignOff(SignOff),
    /// Show what a run came to
    Report(Report),
    /// Show where the page with metrics lies
    Dashboard(Dashboard),
    /// Do what `scripts/workflow/spec_to_production.py` does, with true verdicts
    SpecToProduction(SpecToProduction),
    /// Show what Stagegate understands of one file
    Inspect(Inspect),
    /// Explain a rule, or list all of them
    Explain(Explain),
    /// Write a new file from its template
    New(New),
    /// Write a commented stagegate.yaml for this workspace
    Init(Init),
    /// Allow the commands of this workspace to be run, or see what is allowed
    Trust(Trust),
    /// Run the language server on stdin and stdout
    Lsp(Lsp),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Lay out a small example project and check it
    Demo(Demo),
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    // No documentation comments: `--help` would show them, at four lines for each option.
    Text,
    Json,
}

/// What counts as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    Warnings,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate check                              the whole workspace
  stagegate check .github/instructions         one folder
  stagegate check a.instructions.md --fix      one file, mended
  stagegate check --format json > findings.json
  stagegate check --deny warnings              for CI

Exit codes: 0 no error, 1 errors found, 2 wrong usage or failure.")]
pub(crate) struct Check {
    /// Files, also those that .gitignore hides, and folders [default: the workspace of the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print the findings: for people, or as one object for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Apply the safe fixes, then report what is left
    #[arg(long)]
    pub(crate) fix: bool,
    /// Let warnings end with exit code 1 as well
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) deny: Option<Deny>,
    /// Show hints as well
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// How to print where the components stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    Text,
    Table,
    Json,
    Markdown,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate status                      every component, with what is missing
  stagegate status --format table       one line for each component
  stagegate status --format markdown    a table to paste into an issue

Exit codes: 0 whatever the components lack (`stagegate check` fails on errors), 2 wrong usage or
failure.")]
pub(crate) struct Status {
    /// A file or folder of the workspace [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// How to print it: for people, as a table, as one object for programs, or as a Markdown table
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    pub(crate) format: StatusFormat,
}

/// What is known of the issues of a TODO comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TodoState {
    Open,
    Closed,
    Unknown,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate todo                             every TODO comment, in every language that is known
  stagegate todo src --format table          one folder, as a table
  stagegate todo --component orchestration   those in the source of a component
  stagegate todo --fetch --state closed      those whose issue is closed, as the tracker says now
  stagegate todo --state unknown             those whose issue nobody knows
  stagegate todo --format markdown           a table to paste into an issue

Exit codes: 0 whatever was found (`stagegate check` judges it), 2 wrong usage or failure.")]
pub(crate) struct Todo {
    /// A file or folder of the workspace [default: the workspace of the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// How to print them: for people, as a table, as one object for programs, or as a Markdown table
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    pub(crate) format: StatusFormat,
    /// Only those in the source of this component
    #[arg(long, value_name = "NAME")]
    pub(crate) component: Option<String>,
    /// Only those that name an open issue, a closed one, or none that is known
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Option<TodoState>,
    /// Ask the issue tracker first for what is not known or more than 10 minutes old, for at most 30 seconds
    #[arg(long)]
    pub(crate) fetch: bool,
}

/// How to print the verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GatesFormat {
    Table,
    Json,
    Sarif,
    Junit,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate gates calculator                     all gates of the stage that it works towards
  stagegate gates calculator --stage production  those of another stage
  stagegate gates calculator --only lint,types   some of them
  stagegate gates calculator --no-cache          all of them anew
  cd src/calculator && stagegate gates           those of the component whose source this is
  stagegate gates --all --format junit > gates.xml

A gate is open where its verdict is pass. What broke, or checked nothing, is no pass.
What is known of the same inputs is not run again.
Running needs trust (`stagegate trust`); without it what is known is shown.

Exit codes: 0 every required gate is open, 1 one is not, 2 wrong usage or failure, 130 Ctrl-C.")]
pub(crate) struct Gates {
    /// The components [default: the one whose source the current folder is, or lies in]
    #[arg(value_name = "COMPONENT", conflicts_with = "all")]
    pub(crate) components: Vec<String>,
    /// Every component that works towards a stage with gates
    #[arg(long)]
    pub(crate) all: bool,
    /// The stage whose gates are meant [default: the one that each component works towards]
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Only these gates, separated by commas
    #[arg(long, value_name = "GATES", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Run everything anew, also what is known of the same inputs
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// How to print the verdicts
    #[arg(long, value_enum, default_value_t = GatesFormat::Table)]
    pub(crate) format: GatesFormat,
    /// Show the commands and tools of all gates, also of those that pass
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// A folder of the workspace [default: the current folder]
    #[arg(long = "in", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Work in exactly this folder, whatever marks a workspace above it; for editors
    #[arg(long, hide = true, value_name = "PATH", conflicts_with = "path")]
    pub(crate) root: Option<PathBuf>,
    /// Print what happens as JSON, one object on each line; for editors
    #[arg(long, hide = true)]
    pub(crate) events: bool,
    /// Run tests that failed again, each alone, as promotions do (pytest); one that passes then is flaky
    #[arg(long)]
    pub(crate) isolate: bool,
    /// Let the tools give way to everything else
    #[arg(long, hide = true)]
    pub(crate) background: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct New {
    #[command(subcommand)]
    pub(crate) what: NewWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewWhat {
    /// Write the spec of a new component, which passes `stagegate check` as it is
    Spec(NewSpec),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate new spec price_list
  stagegate new spec price_list --title \"Price List\" --owner \"Mara Lindqvist\" --target staging

The template is specs/templates/component.spec.template.md of the repository, else one of our
own. In it, {component_name}, {Component Name}, {owner} and {date} are filled in. Nothing is
ever replaced.

Exit codes: 0 the spec was written, 2 it was not.")]
pub(crate) struct NewSpec {
    /// The component: letters, digits, `_` and `-`
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The title for people [default: the name, as words]
    #[arg(long, value_name = "TITLE")]
    pub(crate) title: Option<String>,
    /// Who answers for it [default: nobody yet]
    #[arg(long, value_name = "OWNER")]
    pub(crate) owner: Option<String>,
    /// The stage that it is to reach first: development, staging or production [default: as in the template]
    #[arg(long, value_name = "STAGE")]
    pub(crate) target: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// A spec, MATURITY file, instruction file, configuration, or file of code that declares a stage
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How to print what is known
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// A rule, such as `instructions/missing-field` or `missing-field`; all of them where none is given
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
    /// How to print the documentation
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate trust             show what would be run, then ask
  stagegate trust --show      whether it is trusted, since when, and what changed since
  stagegate trust --yes       for scripts; asks nothing
  stagegate trust --revoke    trust it no longer

Nothing of a workspace is run before it is trusted; reading and checking need no trust. Trust is
given to this folder and to what decides which programs are started. When that changes, trust
lapses, and the difference is shown. It is kept in $STAGEGATE_STATE_DIR, else with the state of
your programs; never in the workspace.

Exit codes: 0 trusted (with --revoke: not any more), 1 not trusted, 2 wrong usage or failure.")]
pub(crate) struct Trust {
    /// A file or folder of the workspace [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Only show whether it is trusted, and what changed
    #[arg(long)]
    pub(crate) show: bool,
    /// Trust it no longer
    #[arg(long, conflicts_with = "show")]
    pub(crate) revoke: bool,
    /// Trust it without asking
    #[arg(short, long, conflicts_with_all = ["show", "revoke"])]
    pub(crate) yes: bool,
    /// How to print it: for people, or as one object for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Lsp {
    /// Accepted for editors that pass it; stdin and stdout are always used
    #[arg(long)]
    pub(crate) stdio: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate completions bash > ~/.local/share/bash-completion/completions/stagegate
  stagegate completions fish > ~/.config/fish/completions/stagegate.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// An empty or new folder; a temporary one where none is given
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
