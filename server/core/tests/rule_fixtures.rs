//! `fixtures/rules/<rule>/`: `bad` breaks the rule, `fixed` is `bad` after all safe fixes, `good` does not break it.
//! Those of `todo/*` are Python; the tracker knows #1 as open, #2 as closed, and that there is no #404.

#![allow(clippy::disallowed_methods, reason = "a test reads its fixtures; the crate itself does no IO")]

mod common;

use std::path::Path;

use common::{PLAIN, PORTABLE, SPEC, findings, fixpoint};
use stagegate_core::issues::{Answer, IssueBook, IssueState, OpenState};
use stagegate_core::rules::{self, FixKind, Rule};
use stagegate_core::text::Source;
use stagegate_core::workspace::Root;

#[test]
fn every_todo_rule_keeps_its_fixtures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rules");
    let mut book = IssueBook::new("github.com", "acme/shop");
    let issue = |state| {
        Answer::Found(IssueState {
            title: "Retry".into(),
            state,
            labels: Vec::new(),
            assignee: None,
            milestone: None,
            url: "".into(),
            updated_at: None,
            fetched_at: None,
        })
    };
    book.insert("acme/shop", 1, issue(OpenState::Open));
    book.insert("acme/shop", 2, issue(OpenState::Closed));
    book.insert("acme/shop", 404, Answer::Missing);
    let root = Root { issues: Some(book.into()), ..Root::default() };
    let findings = |text: &str| stagegate_core::diagnostics(Source::Str(text), "src/a.py", &root);
    for rule in rules::ALL.iter().filter(|rule| rule.family() == "todo") {
        let read =
            |name: &str| std::fs::read_to_string(folder.join(rule.name()).join(format!("{name}.py"))).ok();
        let breaks = |text: &str| findings(text).iter().any(|d| d.rule == *rule);
        let bad = read("bad").unwrap_or_else(|| panic!("{} has no bad.py", rule.code));
        assert!(breaks(&bad), "{}: bad.py does not break it", rule.code);
        let good = read("good").unwrap_or_else(|| panic!("{} has no good.py", rule.code));
        assert!(!breaks(&good), "{}: good.py breaks it", rule.code);
        let after = stagegate_core::fix::fix(&bad, "src/a.py", &root, &findings(&bad));
        match read("fixed") {
            Some(fixed) => assert_eq!(after.map(|after| after.text), Some(fixed), "{}: fixed.py", rule.code),
            None => assert!(after.is_none() && rule.fix != FixKind::Safe, "{}: fixed.py", rule.code),
        }
    }
}

#[test]
fn every_instruction_rule_keeps_its_fixtures() {
    for rule in of_family("instructions") {
        let path = if rule.name() == "not-portable" { PORTABLE } else { PLAIN };
        check(rule, ".instructions.md", path);
    }
}

#[test]
fn every_spec_rule_keeps_its_fixtures() {
    for rule in of_family("spec") {
        check(rule, ".md", SPEC);
    }
}

fn of_family(family: &str) -> impl Iterator<Item = &'static Rule> {
    rules::ALL.iter().copied().filter(move |rule| rule.family() == family)
}

/// Checks the fixtures of `rule`, whose names end with `ending`, as the file at `path`.
fn check(rule: &Rule, ending: &str, path: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rules").join(rule.name());
    let read = |name: &str| std::fs::read_to_string(folder.join(format!("{name}{ending}"))).ok();
    let breaks = |text: &str| findings(text, path).iter().any(|d| d.rule == rule);

    let bad = read("bad").unwrap_or_else(|| panic!("{} has no bad{ending}", rule.code));
    assert!(breaks(&bad), "{}: bad{ending} does not break it", rule.code);

    let good = read("good").unwrap_or_else(|| panic!("{} has no good{ending}", rule.code));
    assert!(!breaks(&good), "{}: good{ending} breaks it", rule.code);

    let after = fixpoint(&bad, path);
    match read("fixed") {
        Some(fixed) => assert_eq!(after, fixed, "{}: fixed{ending}", rule.code),
        None => {
            assert_ne!(rule.fix, FixKind::Safe, "{} has no fixed{ending}", rule.code);
            assert!(breaks(&after), "{}: a safe fix mended what has none", rule.code);
        }
    }
}
