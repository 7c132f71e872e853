//! `fixtures/rules/<rule>/`: `bad` breaks the rule, `fixed` is `bad` after all safe fixes, `good` does not break it.

#![allow(clippy::disallowed_methods, reason = "a test reads its fixtures; the crate itself does no IO")]

mod common;

use std::path::Path;

use common::{PLAIN, PORTABLE, findings, fixpoint};
use stagegate_core::rules::{self, FixKind};

#[test]
fn every_instruction_rule_keeps_its_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rules");
    let family = rules::ALL.iter().filter(|rule| rule.family() == "instructions");
    for rule in family {
        let read = |name: &str| {
            std::fs::read_to_string(root.join(rule.name()).join(format!("{name}.instructions.md"))).ok()
        };
        let path = if rule.name() == "not-portable" { PORTABLE } else { PLAIN };
        let breaks = |text: &str| findings(text, path).iter().any(|d| d.rule == *rule);

        let bad = read("bad").unwrap_or_else(|| panic!("{} has no bad.instructions.md", rule.code));
        assert!(breaks(&bad), "{}: bad.instructions.md does not break it", rule.code);

        let good = read("good").unwrap_or_else(|| panic!("{} has no good.instructions.md", rule.code));
        assert!(!breaks(&good), "{}: good.instructions.md breaks it", rule.code);

        let after = fixpoint(&bad, path);
        match read("fixed") {
            Some(fixed) => assert_eq!(after, fixed, "{}: fixed.instructions.md", rule.code),
            None => {
                assert_ne!(rule.fix, FixKind::Safe, "{} has no fixed.instructions.md", rule.code);
                assert!(breaks(&after), "{}: a safe fix mended what has none", rule.code);
            }
        }
    }
}
