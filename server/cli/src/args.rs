//! The arguments, as a person reads them in `--help`.

mod records;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use records::{Dashboard, Report, SpecToProduction, TargetStage};

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

Exit codes: 0 whatever the components lack (`stagegate check` fails on errors), 2 wrong usage or failure.")]
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
    /// Let the tools give way to everything else
    #[arg(long, hide = true)]
    pub(crate) background: bool,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    Text,
    Json,
    Markdown,
}

/// What every command takes that plans something and carries it out.
#[derive(Debug, clap::Args)]
pub(crate) struct Planned {
    /// Show the plan, and do nothing: no byte changes
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
    /// Only carry out exactly this plan, by the number that `--dry-run` shows
    #[arg(long, value_name = "PLAN")]
    pub(crate) plan: Option<String>,
    /// Start the run, print its number, and do not wait for it
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) detach: bool,
/// How to print runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunsFormat {
    Table,
    Json,
}

/// Where runs are looked for.
#[derive(Debug, clap::Args)]
pub(crate) struct RunsPlace {
    /// A folder of the workspace [default: the current folder]
    #[arg(long = "in", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Work in exactly this folder, whatever marks a workspace above it; for editors
    #[arg(long, hide = true, value_name = "PATH", conflicts_with = "path")]
    pub(crate) root: Option<PathBuf>,
    /// Print what happens as JSON, one object on each line; for editors
    #[arg(long, hide = true)]
    pub(crate) events: bool,
    /// Where the request comes from; for editors
    #[arg(long, hide = true, default_value = "cli")]
    pub(crate) origin: String,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate promote calculator --dry-run         every step, with the commands and the diffs
  stagegate promote calculator --to staging
  stagegate promote calculator --detach          in the background; `stagegate watch` follows it

The run is a process of its own: Ctrl-C asks it to stop, and what it had done is undone; when this terminal
goes away, it goes on. A gate that is not known to be open is run. Nothing is run before the workspace is trusted.

Exit codes: 0 promoted (with --dry-run: nothing stands in the way), 1 refused, failed or stopped, 2 wrong usage or failure.")]
pub(crate) struct Promote {
    /// The component
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: String,
    /// The stage to reach [default: the one that it works towards]
    #[arg(long, value_name = "STAGE")]
    pub(crate) to: Option<String>,
    /// Why, for the report and the issue
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Where it is refused, write an issue for each reason
    #[arg(long)]
    pub(crate) track: bool,
    #[command(flatten)]
    pub(crate) planned: Planned,
}

/// How a run is followed.
#[derive(Debug, clap::Args)]
pub(crate) struct Following {
    /// Do not wait for its end
    #[arg(long)]
    pub(crate) detach: bool,
    /// Print what happens as JSON, one object on each line; for editors
    #[arg(long, hide = true)]
    pub(crate) events: bool,
    #[command(flatten)]
    pub(crate) place: RunsPlace,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate rollback calculator --reason 'wrong totals since this morning' --dry-run
  stagegate rollback calculator --reason 'wrong totals since this morning'

The deployment is taken back first, then the commit, by another commit. A rollback is never undone: to go forward again,
promote again.

Exit codes: 0 rolled back (with --dry-run: nothing stands in the way), 1 refused, failed or stopped, 2 wrong usage or failure.")]
pub(crate) struct Rollback {
    /// The component
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: String,
    /// The promotion to undo, by the number of its run [default: the last one that is not undone]
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Why, for the report and the issue
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) planned: Planned,
  stagegate runs                 the newest runs, of every component
  stagegate runs calculator      those of one component
  stagegate runs --format json   for programs

Exit codes: 0 whatever became of them, 2 wrong usage or failure.")]
pub(crate) struct Runs {
    /// Only those of this component
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: Option<String>,
    /// How many at the most
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    /// How to print them
    #[arg(long, value_enum, default_value_t = RunsFormat::Table)]
    pub(crate) format: RunsFormat,
    #[command(flatten)]
    pub(crate) place: RunsPlace,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate watch                          the run that is under way
  stagegate watch 20261121-034500-ab12cd   a run by its number, as `stagegate runs` shows it

Watching changes nothing: Ctrl-C ends it, and the run goes on. `stagegate cancel` stops a run.

Exit codes: 0 it succeeded, 1 it failed, was cancelled or interrupted, 2 wrong usage or failure, 130 Ctrl-C.")]
pub(crate) struct Watch {
    /// The run [default: the newest one that is under way, else the newest one]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Print what happens as JSON, one object on each line; for editors
    #[arg(long, hide = true)]
    pub(crate) events: bool,
    /// Leave out the events up to this one; for editors
    #[arg(long, hide = true, value_name = "EVENT", default_value_t = 0)]
    pub(crate) from: i64,
    #[command(flatten)]
    pub(crate) place: RunsPlace,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate drill calculator
  stagegate drill calculator --to production --dry-run

One release and then the next are brought to an environment of their own; the second is undone, and the first has to be
there again, as its digest and the smoke tests say. That proves `Rollback procedure tested` until the definition of the
deployment changes.

Exit codes: 0 the rollback works, 1 it does not, or was not tried, 2 wrong usage or failure.")]
pub(crate) struct Drill {
    /// The component
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: String,
    /// The stage whose deployment is tried [default: the one after that of the component]
    #[arg(long, value_name = "STAGE")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) planned: Planned,
  stagegate resume                          the run that was interrupted
  stagegate resume 20261121-034500-ab12cd

Every step that had begun is looked at first: what it did already is not done twice. A run that was being undone goes on
with that.

Exit codes: 0 it succeeded, 1 it failed or was cancelled, 2 wrong usage or failure.")]
pub(crate) struct Resume {
    /// The run [default: the newest one that was interrupted]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) following: Following,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate cancel                          the run that is under way, or was interrupted
  stagegate cancel 20261121-034500-ab12cd

Exit codes: 0 it was cancelled, and what it had done is undone (with --detach: it was asked), 1 not all of it could be
undone, or it ended before, 2 wrong usage or failure.")]
pub(crate) struct Cancel {
    /// The run [default: the newest one that has not ended]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) following: Following,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate history calculator
  stagegate history calculator --limit 3 --format json

Exit codes: 0 whatever became of its runs, 2 wrong usage or failure.")]
pub(crate) struct History {
    /// The component
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: String,
    /// How many runs at the most
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) limit: usize,
    /// How to print them
    #[arg(long, value_enum, default_value_t = RunsFormat::Table)]
    pub(crate) format: RunsFormat,
    #[command(flatten)]
    pub(crate) place: RunsPlace,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate sign-off calculator                            what its next stage needs, and who signed it off
  stagegate sign-off calculator --to production --list     what production needs
  stagegate sign-off calculator \"security review\"          sign it off, as git knows you
  stagegate sign-off calculator monitoring --note \"alerts reach the pager\"
  stagegate sign-off calculator \"security review\" --withdraw

A sign-off is a line of the spec, with name, date, and the state of the component that it was given for. When source,
tests or spec change, it is out of date. The criterion may be written in any of its spellings.

Exit codes: 0 signed off (of a list: everything is), 1 something is not signed off, 2 wrong usage or failure.")]
pub(crate) struct SignOff {
    /// The component
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: String,
    /// What is signed off; a list of all that has to be where none is given
    #[arg(value_name = "CRITERION")]
    pub(crate) criterion: Option<String>,
    /// What else there is to say about it, on one line
    #[arg(long, value_name = "TEXT", requires = "criterion")]
    pub(crate) note: Option<String>,
    /// Who signs: "Name <mail>" [default: who git says you are]
    #[arg(long = "as", value_name = "WHO", requires = "criterion")]
    pub(crate) sign_as: Option<String>,
    /// Take a sign-off back
    #[arg(long, requires = "criterion", conflicts_with_all = ["note", "sign_as"])]
    pub(crate) withdraw: bool,
    /// Only show what has to be signed off
    #[arg(long, conflicts_with_all = ["note", "sign_as", "withdraw", "dry_run"])]
    pub(crate) list: bool,
    /// The stage that is meant [default: the next one that needs it]
    #[arg(long, value_name = "STAGE")]
    pub(crate) to: Option<String>,
    /// Show what would be written, and write nothing
    #[arg(long, requires = "criterion")]
    pub(crate) dry_run: bool,
    /// How to print it: for people, or as one object for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// A folder of the workspace [default: the current folder]
    #[arg(long = "in", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
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

The template is specs/templates/component.spec.template.md of the repository, else one of our own. In it,
{component_name}, {Component Name}, {owner} and {date} are filled in. Nothing is ever replaced.

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

Nothing of a workspace is run before it is trusted; reading and checking need no trust.
Trust is given to this folder and to what decides which programs are started. When that changes,
trust lapses, and the difference is shown.
It is kept in $STAGEGATE_STATE_DIR, else with the state of your programs; never in the workspace.

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
