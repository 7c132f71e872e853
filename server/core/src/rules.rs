//! The rules: one list, one file per rule.
//!
//! A rule's code is public: it names the defect, is never reused, and stays registered when the rule goes.
//! To add a rule: write its file, add it to [`ALL`], add its fixture folder, run `cargo xtask codegen`.

pub mod config;
pub(crate) mod context;
pub mod file;
pub mod gate;
pub mod instructions;
pub mod maturity;
mod page;
mod registry;
pub mod run;
pub mod spec;
pub mod suppress;
pub mod todo;

pub(crate) use context::MAX_FINDINGS_PER_RULE;
pub use context::{Finding, RuleContext};
pub use page::{docs, rules_markdown};
pub use registry::{ALL, find, suggest};

use crate::diagnostic::Severity;

/// What is public about a rule.
#[derive(Debug)]
pub struct Rule {
    /// `family/name`, in kebab-case.
    pub code: &'static str,
    /// What it reports, in one line.
    pub summary: &'static str,
    /// Severity unless configured otherwise.
    pub severity: Severity,
    /// Whether it offers a quick fix.
    pub fix: FixKind,
    /// The version that brought it.
    pub since: &'static str,
    /// The documentation, in Markdown: sections "What it checks", "Why it matters", "Example", "Fix", "References".
    pub docs: &'static str,
}

/// Whether a rule's findings can be mended by a quick fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixKind {
    /// Never.
    None,
    /// A fix for a person to choose; `--fix` never applies it.
    Review,
    /// A safe fix where the intent is certain.
    Safe,
}

impl Rule {
    /// The part of the code before the `/`.
    #[must_use]
    pub fn family(&self) -> &'static str {
        self.code.split_once('/').map_or(self.code, |(family, _)| family)
    }

    /// The part of the code after the `/`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.code.split_once('/').map_or("", |(_, name)| name)
    }

    /// Where the rule stands in this project's repository.
    #[must_use]
    pub fn page(&self) -> String {
        format!("docs/rules.md#{}", page::anchor(self))
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

/// Declares a rule; its doc comment is what `stagegate explain` and the rules page show.
macro_rules! declare_rule {
    (
        $(#[doc = $doc:literal])+
        $name:ident = { code: $code:literal, summary: $summary:literal, severity: $severity:ident, fix: $fix:ident, since: $since:literal $(,)? }
    ) => {
        $(#[doc = $doc])+
        pub static $name: $crate::rules::Rule = $crate::rules::Rule {
            code: $code,
            summary: $summary,
            severity: $crate::diagnostic::Severity::$severity,
            fix: $crate::rules::FixKind::$fix,
            since: $since,
            docs: concat!($($doc, "\n"),+),
        };
    };
}
pub(crate) use declare_rule;
