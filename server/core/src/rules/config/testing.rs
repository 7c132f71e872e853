//! `check(text, rule, expect)`: text in, text out, for the rules of this family.

use std::fmt::Write as _;

use expect_test::Expect;

use crate::config;
use crate::diagnostic::{apply_edits, merge_fixes};
use crate::text::{LineIndex, PositionEncoding, Source};
use crate::workspace::Root;

/// Checks the findings of one rule in `stagegate.yaml`; `rule` may be `*`. The file configures itself.
pub(crate) fn check(text: &str, rule: &str, expected: &Expect) {
    let lines = LineIndex::new(text);
    let place = |range| {
        let r = lines.range(range, PositionEncoding::Utf16);
        format!("{}:{}-{}:{}", r.start.line, r.start.character, r.end.line, r.end.character)
    };
    let mut out = String::new();
    for d in findings(text).iter().filter(|d| rule == "*" || d.rule.code == rule) {
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
            let kind = if fix.safe { "safe" } else { "review" };
            let edits: Vec<_> = fix.edits.iter().map(|edit| (&text[edit.range], &*edit.new_text)).collect();
            writeln!(out, "  {kind} fix: {} {edits:?}", fix.title).unwrap();
        }
    }
    expected.assert_eq(&out);
}

/// Checks the text after all safe fixes, applied until nothing changes.
pub(crate) fn check_fixed(text: &str, expected: &Expect) {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let findings = findings(&text);
        let edits = merge_fixes(findings.iter().filter_map(|d| d.fix.as_ref()).filter(|fix| fix.safe));
        if edits.is_empty() {
            // A raw string cannot hold a carriage return.
            expected.assert_eq(&text.replace('\r', "␍"));
            return;
        }
        text = apply_edits(&text, &edits);
    }
    panic!("safe fixes never end: {text:?}");
}

fn findings(text: &str) -> Vec<crate::diagnostic::Diagnostic> {
    let config = config::resolve(Some(("stagegate.yaml", Source::Str(text))), None).config;
    let root = Root { config: config.into(), ..Root::default() };
    crate::diagnostics(Source::Str(text), "stagegate.yaml", &root)
}
