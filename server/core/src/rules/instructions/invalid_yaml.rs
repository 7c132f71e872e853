//! `instructions/invalid-yaml`.

mod explain;
mod mend;

use rustc_hash::FxHashSet;

use explain::Explanation;
use mend::Mend;

use super::edit::Quote;
use crate::diagnostic::Fix;
use crate::frontmatter::yaml::ProblemKind;
use crate::rules::{RuleContext, declare_rule};
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// The front matter is YAML. Each entry is read on its own, so one broken entry hides no other.
    ///
    /// ## Why it matters
    /// Consumers give up on the whole block at the first error: neither `applyTo` nor `description` is seen.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: **/*.py
    /// description: Use: colons
    /// ---
    /// ```
    ///
    /// A leading `*` is a reference in YAML, and `: ` starts a mapping.
    ///
    /// ## Fix
    /// Where quotes mend it, the value (or each item that needs them) is quoted; comments stay outside. Safe,
    /// because it is offered only when the entry reads well afterwards. Where quotes break each other, the outer ones
    /// change: `"use "this" first"` becomes `'use "this" first'`. A tab, a non-breaking space or a missing blank
    /// is replaced.
    ///
    /// For you to review is what may mean two things: a list in quotes (`"["a", "b"]"` becomes `["a", "b"]`),
    /// several globs in quotes of their own (`"a/**", "b/**"` becomes `"a/**, b/**"`), and a quote or bracket that is
    /// never closed.
    ///
    /// ## References
    /// Requirement 002, "YAML Frontmatter Validation": "Must be valid YAML syntax"; YAML 1.2.2, section 7.3.3 "Plain Style".
    INVALID_YAML = {
        code: "instructions/invalid-yaml",
        summary: "the front matter is not valid YAML",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    if front_matter.problems.is_empty() {
        return;
    }
    let anchors = anchors(&front_matter.text);
    let is_anchor = |name: &str| anchors.contains(name);
    let quote = Quote::of(front_matter);
    let mut last: Option<(TextRange, Vec<Mend>)> = None;
    for problem in &front_matter.problems {
        if problem.kind != ProblemKind::Syntax {
            continue;
        }
        // When entries are read one by one, a reference to an anchor in another entry is no mistake.
        if front_matter.slice(problem.range).strip_prefix('*').is_some_and(is_anchor) {
            continue;
        }
        let (text, base) = (front_matter.slice(problem.entry), usize::from(problem.entry.start()));
        let first = last.as_ref().is_none_or(|(entry, _)| *entry != problem.entry);
        let mut fix = None;
        if first {
            let (mends, valid) = mend::mend(text, base, quote, &is_anchor);
            fix = valid.then(|| quoting(&mends));
            last = Some((problem.entry, mends));
        }
        let mends = last.as_ref().map(|(_, mends)| mends.as_slice()).unwrap_or_default();
        let line = front_matter.line_range(problem.range.start().into());
        let mend = mends.iter().find(|mend| line.contains_range(mend.edit.range));
        let reference = front_matter.slice(problem.range).starts_with('*') && problem.range.len() > 1.into();
        let reason = mend.filter(|_| !reference).and_then(|mend| explain::reason(mend.why));
        let at = usize::from(problem.range.start()).saturating_sub(base);
        let explained = (first && fix.is_none() && reason.is_none() && !reference)
            .then(|| explain::explain(text, base, at, front_matter.line_end()))
            .flatten();
        let (range, message, fix) = match explained {
            Some(Explanation { range, message, fix }) => (range, message, fix),
            None => (problem.range, reason.unwrap_or_else(|| problem.message.clone()), fix),
        };
        cx.report(&INVALID_YAML, range, format!("invalid YAML: {message}"))
            .field("frontmatter")
            .fix(fix)
            .done();
    }
}

/// Returns the fix that quotes what needs quotes in one top-level entry.
fn quoting(mends: &[Mend]) -> Fix {
    let title = match mends {
        [Mend { edit, .. }] if edit.new_text.starts_with('[') => {
            format!("Write the list: `{}`", edit.new_text)
        }
        [Mend { edit, .. }] => format!("Quote the value: `{}`", edit.new_text),
        mends => format!("Quote {} values", mends.len()),
    };
    let edits = mends.iter().map(|mend| mend.edit.clone()).collect();
    Fix { title, safe: mends.iter().all(|mend| mend.safe), edits }
}

/// Returns the names of all anchors (`&name`) in `text`.
fn anchors(text: &str) -> FxHashSet<&str> {
    let names = text.split('&').skip(1);
    names
        .map(|rest| rest.split(|c: char| c.is_whitespace() || ",[]{}".contains(c)).next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests;
