//! Arguments of the commands about what runs leave behind.

use std::path::PathBuf;

use clap::ValueEnum;

use super::Format;

/// The stages as the incumbent's command line and requirement 001 write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetStage {
    Dev,
    Development,
    Staging,
    Production,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate spec-to-production --spec specs/calculator.md --component calculator --target staging
  stagegate spec-to-production --spec specs/calculator.md --component calculator --output report.json

The options, the exit codes, the summary and the report are those of
scripts/workflow/spec_to_production.py. Where the component is in the stage before the target,
it is promoted; where it is there already, its gates are answered and nothing changes. Running
needs trust (`stagegate trust`); without it the report says so.

Exit codes: 0 success, 1 no success, 2 wrong usage or failure, 130 Ctrl-C.")]
pub(crate) struct SpecToProduction {
    /// The spec of the component
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: PathBuf,
    /// The component
    #[arg(long, value_name = "NAME")]
    pub(crate) component: String,
    /// The stage to reach
    #[arg(long, value_enum, default_value_t = TargetStage::Staging)]
    pub(crate) target: TargetStage,
    /// Where to write the report [default: workflow_report_<NAME>.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate report                            that of the last run
  stagegate report calculator                 that of the last run of a component
  stagegate report 20261121-034500-ab12cd     that of one run
  stagegate report calculator --format json | jq .stage_results

Exit codes: 0 there is one, 2 there is none, wrong usage or failure.")]
pub(crate) struct Report {
    /// A component, or the number of a run [default: the last run]
    #[arg(value_name = "COMPONENT|RUN")]
    pub(crate) of: Option<String>,
    /// How to print it: for people, or as the file is
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// A folder of the workspace [default: the current folder]
    #[arg(long = "in", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate dashboard                         where the page of the workspace lies
  stagegate dashboard calculator              where the page of a component lies
  open \"$(stagegate dashboard calculator)\"

Exit codes: 0 there is one, 2 there is none, wrong usage or failure.")]
pub(crate) struct Dashboard {
    /// The component [default: all of them]
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: Option<String>,
    /// A folder of the workspace [default: the current folder]
    #[arg(long = "in", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}
