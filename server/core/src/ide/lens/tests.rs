use super::*;
use crate::fixture::Fixture;
use crate::ide::testing::{WORKSPACE, both, quiet};
use expect_test::{Expect, expect};
use std::fmt::Write as _;

fn of(fixture: &Fixture, path: &str) -> Vec<Lens> {
    both(fixture.text(path), |source| {
        let file = ComponentFile::of_path(source, path, &fixture.root);
        lenses(source, path, &fixture.root, file.as_ref())
    })
}

fn render(fixture: &Fixture) -> String {
    let mut out = String::new();
    for (path, _) in &fixture.files {
        for lens in of(fixture, path) {
            write!(out, "{path} {}: {}", fixture.place(path, lens.range), lens.title).unwrap();
            if let Some(to) = &lens.leads_to {
                write!(out, " => {}", to.path).unwrap();
                if let Some(range) = to.range {
                    write!(out, " {} {:?}", fixture.place(&to.path, range), &fixture.text(&to.path)[range])
                        .unwrap();
                }
            }
            out.push_str(if lens.is_link { " (link)\n" } else { "\n" });
        }
    }
    out
}

fn check(fixture: &str, expected: &Expect) {
    expected.assert_eq(&render(&quiet(fixture)));
}

#[test]
fn stage_criteria_coverage_and_blockers_stand_at_the_title() {
    check(
        WORKSPACE,
        &expect![[r#"
        specs/reporting.md 0:2-0:39: Development → Staging
        specs/reporting.md 0:2-0:39: criteria 1/3
        specs/reporting.md 0:2-0:39: coverage 59.5 % of 75 %
        specs/reporting.md 0:2-0:39: 1 blocker => specs/reporting.md 15:3-15:16 "notifications"
        specs/reporting.md 0:2-0:39: open MATURITY.md => src/reporting/MATURITY.md (link)
        specs/reporting.md 0:2-0:39: open source => src/reporting/__init__.py (link)
        src/reporting/MATURITY.md 0:2-0:27: Development → Staging
        src/reporting/MATURITY.md 0:2-0:27: criteria 1/2
        src/reporting/MATURITY.md 0:2-0:27: coverage 59.5 % of 75 %
        src/reporting/MATURITY.md 0:2-0:27: 1 blocker => src/reporting/MATURITY.md 5:2-5:15 "Notifications"
        src/reporting/MATURITY.md 0:2-0:27: open spec => specs/reporting.md (link)
        src/reporting/MATURITY.md 0:2-0:27: open source => src/reporting/__init__.py (link)
        src/reporting/__init__.py 0:0-0:0: Development → Staging
        src/reporting/__init__.py 0:0-0:0: criteria 1/3
        src/reporting/__init__.py 0:0-0:0: coverage 59.5 % of 75 %
        src/reporting/__init__.py 0:0-0:0: 1 blocker => specs/reporting.md 15:3-15:16 "notifications"
        src/reporting/__init__.py 0:0-0:0: open spec => specs/reporting.md (link)
        src/reporting/__init__.py 0:0-0:0: open MATURITY.md => src/reporting/MATURITY.md (link)
        specs/notifications.md 0:2-0:15: Development → Production
        specs/notifications.md 0:2-0:15: open source => src/notifications/__init__.py (link)
        src/notifications/__init__.py 0:0-0:0: Development → Production
        src/notifications/__init__.py 0:0-0:0: open spec => specs/notifications.md (link)
        specs/pricing.md 0:2-0:9: Staging (target reached)
    "#]],
    );
}

#[test]
fn stages_that_nobody_states_and_targets_that_are_reached() {
    check(
        "//- specs/a.md\n# A\n**Component Name:** a\n**Target Stage:** staging\n## Acceptance Criteria\n- [ ] one\n- [x] two\n\
         //- specs/b.md\n# B\n**Component Name:** b\n**Status:** Production\n**Target Stage:** staging\n**Test Coverage:** 81.25%\n\
         //- specs/c.md\n# C\n**Component Name:** c\n**Status:** Deprecated\n**Test Coverage:** 81%\n\
         //- specs/d.md\n# D\n**Component Name:** d\n**Status:** Development\n**Target Stage:** production\n## Acceptance Criteria\n### Staging\n- [ ] one\n\
         //- specs/e.md\n# E\n**Component Name:** e\n**Status:** Production\n**Target Stage:** deprecated\n\
         //- specs/f.md\n**Component Name:** f\n**Target Stage:** [draft | staging]\n",
        &expect![[r#"
            specs/a.md 0:2-0:3: Backlog → Staging
            specs/a.md 0:2-0:3: criteria 1/2
            specs/b.md 0:2-0:3: Production (target reached)
            specs/b.md 0:2-0:3: coverage 81.2 % of 80 %
            specs/c.md 0:2-0:3: Deprecated
            specs/d.md 0:2-0:3: Development → Production
            specs/d.md 0:2-0:3: criteria 0/1 for Staging
            specs/e.md 0:2-0:3: Production → Deprecated
            specs/f.md 0:0-0:21: Backlog
        "#]],
    );
}

#[test]
fn windows_line_ends_change_nothing_but_the_ends() {
    let lines = render(&quiet(WORKSPACE));
    let windows = quiet(&WORKSPACE.replace('\n', "\r\n"));
    assert_eq!(render(&windows), lines);
}

#[test]
fn a_weak_dependency_behind_a_good_one_blocks_as_well() {
    check(
        "//- specs/a.md\n# A\n**Component Name:** a\n**Status:** Development\n**Target Stage:** staging\n## Dependencies\n### Required Components\n- `b` (staging)\n### Optional Components\n- `c` (development)\n\
         //- specs/b.md\n# B\n**Component Name:** b\n**Status:** Staging\n## Dependencies\n### Required Components\n- `c` (development)\n\
         //- specs/c.md\n# C\n**Component Name:** c\n**Status:** Development\n\
         //- src/a/Cargo.toml\n[package]\nname = \"a\"\n[package.metadata.stagegate]\nmaturity = \"development\"\n",
        &expect![[r#"
            specs/a.md 0:2-0:3: Development → Staging
            specs/a.md 0:2-0:3: 1 blocker => specs/a.md 6:3-6:4 "b"
            specs/a.md 0:2-0:3: open source => src/a/Cargo.toml (link)
            specs/b.md 0:2-0:3: Staging
            specs/c.md 0:2-0:3: Development
            src/a/Cargo.toml 0:0-0:0: Development → Staging
            src/a/Cargo.toml 0:0-0:0: 1 blocker => specs/a.md 6:3-6:4 "b"
            src/a/Cargo.toml 0:0-0:0: open spec => specs/a.md (link)
        "#]],
    );
}

#[test]
fn before_the_workspace_was_read_only_the_document_counts() {
    let mut fixture = quiet(WORKSPACE);
    fixture.root.components = None;
    let titles: Vec<_> = of(&fixture, "specs/reporting.md").into_iter().map(|lens| lens.title).collect();
    assert_eq!(titles[0], "Development → Staging");
    assert!(of(&fixture, "src/reporting/__init__.py").is_empty());
}

#[test]
fn five_thousand_components_in_a_chain_are_no_trouble() {
    let mut text = String::new();
    for i in 0..5000 {
        let next = i + 1;
        write!(
            text,
            "//- specs/c{i}.md\n# C\n**Component Name:** c{i}\n**Status:** Staging\n**Target Stage:** staging\n## Dependencies\n### Required Components\n- `c{next}` (staging)\n"
        )
        .unwrap();
    }
    text.push_str("//- specs/c5000.md\n# C\n**Component Name:** c5000\n**Status:** Development\n");
    let fixture = quiet(&text);
    let lenses = of(&fixture, "specs/c0.md");
    assert!(lenses.iter().any(|lens| lens.title == "1 blocker"), "{lenses:?}");
}

#[test]
fn errors_in_the_document_are_blockers_and_count_once() {
    let text = "//- stagegate.yaml\nrules:\n  \"spec/*\": off\n  \"maturity/*\": off\n  spec/missing-section: error\n\
        //- specs/a.md\n# A\n**Component Name:** a\n**Status:** Development\n## Overview\ntext\n## Requirements\ntext\n";
    expect![[r#"
        specs/a.md 0:2-0:3: Development
        specs/a.md 0:2-0:3: 1 blocker => specs/a.md 0:2-0:3 "A"
    "#]]
    .assert_eq(&render(&Fixture::new(text)));
}
