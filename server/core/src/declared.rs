//! Stages that are declared in code rather than in prose: `__maturity__` in Python, metadata in a manifest
//! (DESIGN.md section 3, "current stage").

pub mod cargo;
pub mod node;
pub mod python;

use crate::diagnostic::Diagnostic;
use crate::rules::suppress::Yaml;
use crate::rules::{self, RuleContext};
use crate::text::{Source, TextRange};
use crate::workspace::Root;

/// The names of files that may declare a stage; [`reader`] reads each.
pub const DECLARING_FILES: [&str; 3] = ["__init__.py", "Cargo.toml", "package.json"];

/// A stage that a file of code declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The stage as written between the quotes; escapes are not resolved. It may be empty, or no stage at all.
    pub stage: String,
    /// Where it stands, without the quotes.
    pub range: TextRange,
    /// The key or name that it is assigned to.
    pub key_range: TextRange,
    /// The component that the file says it is of, and where, without the quotes. Only manifests can say that.
    pub component: Option<(String, TextRange)>,
}

/// Returns what reads a file of this name; `None` where nothing is declared in such files.
#[must_use]
pub fn reader(file_name: &str) -> Option<fn(&str) -> Option<Declared>> {
    match file_name {
        "__init__.py" => Some(python::read),
        "Cargo.toml" => Some(cargo::read),
        "package.json" => Some(node::read),
        _ => None,
    }
}

/// Returns every finding of the file of code at `path`, in order of place.
#[must_use]
pub fn diagnostics(source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
    let Some(facts) = crate::facts(source, path, root) else { return Vec::new() };
    let mut cx = RuleContext::new(source, path, root, &facts);
    for check in rules::maturity::CODE_CHECKS {
        check(&mut cx);
    }
    if !path.ends_with(".json") {
        rules::suppress::check(&mut cx, &source.slice(0, rules::suppress::MAX_SEARCHED_BYTES), 0);
    }
    let mut findings = cx.finish();
    // JSON has no comments.
    if !path.ends_with(".json") {
        rules::suppress::apply(source, Some(Yaml::whole(source, None)), &mut findings);
    }
    findings.sort_by_key(|finding| (finding.range.start(), finding.range.end(), finding.rule.code));
    findings
}

/// Splits a byte order mark off `text`; returns its length, and the rest.
fn split_bom(text: &str) -> (usize, &str) {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    (text.len() - body.len(), body)
}

#[cfg(test)]
mod tests;
