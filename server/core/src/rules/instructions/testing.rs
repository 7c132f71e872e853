//! `check(fixture, rule, expect)`: text in, text out, for the rules of this family.

use std::fmt::Write as _;

use expect_test::Expect;

use crate::diagnostic::{Diagnostic, apply_edits, merge_fixes};
use crate::instructions;
use crate::text::{LineIndex, PositionEncoding, Source};
use crate::workspace::{FileIndex, Root};

/// A root whose index holds a few files: `src/a.py`, `src/x/b.py`, `tests/t.py`, `docs/c.md`, `.github/d.yml`.
pub(crate) fn root() -> Root {
    let paths = ["src/a.py", "src/x/b.py", "tests/t.py", "docs/c.md", ".github/d.yml"];
    let files = FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect());
    Root { files: Some(files.into()), ..Root::default() }
}

/// Checks the findings of one rule in a file under `.augment/instructions`.
pub(crate) fn check(text: &str, rule: &str, expected: &Expect) {
    check_at(".augment/instructions/x.instructions.md", text, rule, expected);
}

/// Checks the findings of one rule in the file at `path`; `rule` may be `*`.
pub(crate) fn check_at(path: &str, text: &str, rule: &str, expected: &Expect) {
    let findings = instructions::diagnostics(Source::Str(text), path, &root());
    expected.assert_eq(&render(text, findings.iter().filter(|d| rule == "*" || d.rule.code == rule)));
}

/// Checks the text after all safe fixes, applied until nothing changes. A carriage return is shown as `\r`.
pub(crate) fn check_fixed(text: &str, expected: &Expect) {
    check_fixed_at(".augment/instructions/x.instructions.md", text, expected);
}

/// Like [`check_fixed`], for the file at `path`.
pub(crate) fn check_fixed_at(path: &str, text: &str, expected: &Expect) {
    expected.assert_eq(&fixed(path, text).replace('\r', "\\r"));
}

/// Applies all safe fixes until nothing changes, and makes sure that none is left.
fn fixed(path: &str, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let findings = instructions::diagnostics(Source::Str(&text), path, &root());
        let edits = merge_fixes(findings.iter().filter_map(|d| d.fix.as_ref()).filter(|fix| fix.safe));
        if edits.is_empty() {
            return text;
        }
        text = apply_edits(&text, &edits);
    }
    panic!("safe fixes never end: {text:?}");
}

/// Renders findings: place, severity, code, message, underlined text; then help, related places and the fix.
fn render<'a>(text: &str, findings: impl Iterator<Item = &'a Diagnostic>) -> String {
    let lines = LineIndex::new(text);
    let place = |range| {
        let r = lines.range(range, PositionEncoding::Utf16);
        format!("{}:{}-{}:{}", r.start.line, r.start.character, r.end.line, r.end.character)
    };
    let mut out = String::new();
    for d in findings {
        let (severity, code) = (d.severity.name(), d.rule.code);
        writeln!(out, "{} {severity} {code} {:?}: {}", place(d.range), &text[d.range], d.message).unwrap();
        if let Some(field) = &d.field {
            writeln!(out, "  field: {field}").unwrap();
        }
        if let Some(help) = &d.help {
            writeln!(out, "  help: {help}").unwrap();
        }
        for related in &d.related {
            writeln!(out, "  related {}: {}", place(related.range), related.message).unwrap();
        }
        if let Some(fix) = &d.fix {
            writeln!(out, "  {} fix: {}", if fix.safe { "safe" } else { "review" }, fix.title).unwrap();
            writeln!(out, "    {:?}", apply_edits(text, &fix.edits)).unwrap();
        }
    }
    out
}
