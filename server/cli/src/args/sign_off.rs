//! Arguments of `stagegate sign-off`.

use std::path::PathBuf;

use super::Format;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stagegate sign-off calculator                            what its next stage needs, and who signed it off
  stagegate sign-off calculator --to production --list     what production needs
  stagegate sign-off calculator \"security review\"          sign it off, as git knows you
  stagegate sign-off calculator monitoring --note \"alerts reach the pager\"
  stagegate sign-off calculator \"security review\" --withdraw

A sign-off is a line of the spec, with name, date, and the state of the component that it was
given for. When source, tests or spec change, it is out of date. The criterion may be written in
any of its spellings.

Exit codes: 0 signed off (of a list: everything is), 1 something is not signed off, 2 wrong
usage or failure.")]
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
