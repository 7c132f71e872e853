//! The faults that are planted in the specs of `fixtures/demo` are found, and nothing else.

mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::Repository;
use expect_test::expect;
use stagegate_core::text::{LineIndex, PositionEncoding, Source};

#[test]
fn the_planted_faults_of_the_specs_are_found() {
    let demo = Repository::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo"));
    let mut out = String::new();
    for (path, text) in &demo.files {
        let lines = LineIndex::new(text);
        let findings = stagegate_core::diagnostics(Source::Str(text), path, &demo.root);
        for d in findings.iter().filter(|d| d.rule.family() == "spec") {
            let line = lines.range(d.range, PositionEncoding::Utf16).start.line + 1;
            let (severity, code) = (d.severity.name(), d.rule.code);
            writeln!(out, "{path}:{line} {severity} {code}: {}", d.message).unwrap();
        }
    }
    expect![[r#"
        specs/forecast.md:4 error spec/unknown-stage: `developement` names no stage; expected experimental, development, staging, production or deprecated
        specs/forecast.md:5 warning spec/placeholder-left: `[Owner Name]` is a placeholder of the template; expected a value
        specs/notifications.md:17 warning spec/broken-link: `docs/delivery.md` is not in the workspace, or hidden by .gitignore
        specs/notifications.md:122 warning spec/threshold-below-policy: 65 % for staging is below the policy; expected at least 70 %
        specs/reporting.md:1 hint spec/missing-section: the recommended section `Rollback Procedure` is missing
    "#]].assert_eq(&out);
}
