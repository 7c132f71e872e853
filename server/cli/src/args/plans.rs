//! Arguments of the commands that plan something and carry it out.

use std::path::PathBuf;

use clap::ValueEnum;

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

The run is a process of its own: Ctrl-C asks it to stop, and what it had done is undone; when
this terminal goes away, it goes on. A gate that is not known to be open is run. Nothing is run
before the workspace is trusted.

Exit codes: 0 promoted (with --dry-run: nothing stands in the way), 1 refused, failed or
stopped, 2 wrong usage or failure.")]
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

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate rollback calculator --reason 'wrong totals since this morning' --dry-run
  stagegate rollback calculator --reason 'wrong totals since this morning'

The deployment is taken back first, then the commit, by another commit. A rollback is never
undone: to go forward again, promote again.

Exit codes: 0 rolled back (with --dry-run: nothing stands in the way), 1 refused, failed or
stopped, 2 wrong usage or failure.")]
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
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate drill calculator
  stagegate drill calculator --to production --dry-run

One release and then the next are brought to an environment of their own; the second is undone,
and the first has to be there again, as its digest and the smoke tests say. That proves
`Rollback procedure tested` until the definition of the deployment changes.

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
}
