//! The arguments of the commands that show and steer runs.

use std::path::PathBuf;

use clap::ValueEnum;

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

Exit codes: 0 it succeeded, 1 it failed, was cancelled or interrupted, 2 wrong usage or failure,
130 Ctrl-C.")]
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
  stagegate resume                          the run that was interrupted
  stagegate resume 20261121-034500-ab12cd

Every step that had begun is looked at first: what it did already is not done twice. A run that
was being undone goes on with that.

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

Exit codes: 0 it was cancelled, and what it had done is undone (with --detach: it was asked), 1
not all of it could be undone, or it ended before, 2 wrong usage or failure.")]
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
