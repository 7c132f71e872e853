//! Instruction files: the model that all rules and editor features read (requirement 002).

mod apply_to;
mod keys;

pub use apply_to::{ApplyTo, GlobItem, MAX_GLOBS};
pub use keys::{KNOWN_KEYS, KnownKey, NearMiss, alias_of, near_miss};

use crate::diagnostic::Diagnostic;
use crate::frontmatter::{self, Head};
use crate::rules::{self, RuleContext};
use crate::text::Source;
use crate::workspace::Root;

/// Key whose value says which files the instructions apply to.
pub const APPLY_TO: &str = "applyTo";

/// Key whose value says what the instructions are about.
pub const DESCRIPTION: &str = "description";

/// One instruction file, read once.
#[derive(Debug)]
pub struct InstructionFile {
    /// The front matter.
    pub head: Head,
    /// Every glob of `applyTo`, in order, with its place.
    pub apply_to: ApplyTo,
    /// Where the body starts, in bytes.
    pub body_start: usize,
}

impl InstructionFile {
    /// Reads `source`.
    #[must_use]
    pub fn read(source: Source<'_>) -> InstructionFile {
        let head = frontmatter::read(source);
        let apply_to = ApplyTo::read(&head);
        let body_start = head.body_start(source);
        InstructionFile { head, apply_to, body_start }
    }
}

/// Returns every finding of the instruction file at `path`, in order of place.
#[must_use]
pub fn diagnostics(source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
    let file = InstructionFile::read(source);
    let mut cx = RuleContext::new(source, path, root, &file);
    for check in rules::instructions::CHECKS {
        check(&mut cx);
    }
    if let Some(front_matter) = file.head.front_matter() {
        rules::suppress::check(&mut cx, &front_matter.text, front_matter.fences.yaml.start().into());
    }
    let mut findings = cx.finish();
    if !findings.is_empty() {
        let yaml = file.head.front_matter().map(rules::suppress::Yaml::front_matter);
        rules::suppress::apply(source, yaml, &mut findings);
        findings.sort_by_key(|finding| (finding.range.start(), finding.range.end(), finding.rule.code));
    }
    findings
}
