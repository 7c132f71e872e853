use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::fixture::Fixture;

fn check(fixture: &str, expected: &Expect) {
    let fixture = Fixture::new(fixture);
    let mut out = String::new();
    for status in status(fixture.components(), &fixture.root.config.quality_gates) {
        let stage = |stage: Option<Stage>| stage.map_or("-", Stage::name);
        let (name, column) = (&status.component.name, status.column.title());
        write!(out, "{column} {name}: to {}, target {}", stage(status.aim), stage(status.target)).unwrap();
        if let Some(Coverage { percent, required, .. }) = status.coverage() {
            write!(out, ", coverage {percent} of {required:?}").unwrap();
        }
        if let Some(Criteria { checked, total }) = status.criteria {
            write!(out, ", criteria {checked}/{total}").unwrap();
        }
        for Below { name, required, weakest, stage: is, needed } in &status.below {
            let (word, is) = (if *required { "needs" } else { "uses" }, stage(*is));
            write!(out, ", {word} {name} in {needed}, but {weakest} is in {is}").unwrap();
        }
        out.push('\n');
    }
    for place in without_spec(fixture.components()) {
        writeln!(out, "no spec: {}", place.name).unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn components_stand_in_the_columns_of_the_board() {
    check(
        "\
//- specs/idea.md
**Component Name:** idea
//- specs/try.md
**Component Name:** try
**Status:** Experimental
//- specs/a.md
**Component Name:** a
**Status:** Staging
//- specs/b.md
**Component Name:** b
**Status:** Development
**Target Stage:** production
//- specs/old.md
**Component Name:** old
**Status:** Deprecated
//- src/live/MATURITY.md
**Current Stage**: Production
//- src/plain/x.py
//- src/docs/README.md
//- src/k8s/deploy.yaml
",
        &expect![[r#"
            Backlog idea: to development, target -
            Experimental try: to development, target -
            Development b: to staging, target production
            Staging a: to production, target -
            Production live: to -, target -
            Deprecated old: to -, target -
            no spec: plain
        "#]],
    );
}

#[test]
fn the_aim_is_the_next_step_to_the_target() {
    use Stage::{Development, Production, Staging};
    for (stage, target, expected) in [
        (None, None, Some(Development)),
        (None, Some(Staging), Some(Staging)),
        (Some(Development), None, Some(Staging)),
        (Some(Development), Some(Production), Some(Staging)),
        (Some(Development), Some(Development), Some(Development)),
        (Some(Production), None, None),
        (Some(Production), Some(Production), Some(Production)),
        (Some(Stage::Deprecated), None, None),
        (Some(Stage::Deprecated), Some(Stage::Deprecated), None),
        (Some(Stage::Deprecated), Some(Staging), Some(Staging)),
    ] {
        assert_eq!(aim(stage, target), expected, "{stage:?} {target:?}");
    }
}

#[test]
fn coverage_and_criteria_are_those_of_the_aim() {
    check(
        "\
//- specs/a.md
**Component Name:** a
**Status:** Development
**Target Stage:** production

## Acceptance Criteria
- [x] of any stage
### Development
- [x] done
### Staging
- [x] one
- [ ] Test coverage ≥85%
//- src/a/MATURITY.md
**Current Stage**: Development
**Current Coverage**: 82.5%
//- specs/b.md
**Component Name:** b
**Status:** Development
//- src/b/MATURITY.md
**Current Stage**: Development

### Development → Staging
- [x] one
- [ ] two

**Current Coverage**: 71%
",
        &expect![[r#"
            Development a: to staging, target production, coverage 82.5 of Some(85.0), criteria 2/3
            Development b: to staging, target -, coverage 71 of Some(70.0), criteria 1/2
        "#]],
    );
}

#[test]
fn what_is_below_the_target_is_named_through_the_chain() {
    check(
        "\
//- specs/a.md
**Component Name:** a
**Status:** Staging
**Target Stage:** production

## Dependencies
### Required Components
- `b` (production) - directly below
- `nobody` (production) - unknown: a rule says so
### Optional Components
- `c` (production) - which needs what is below
//- specs/b.md
**Component Name:** b
**Status:** Staging
//- specs/c.md
**Component Name:** c
**Status:** Production

## Dependencies
- `d` (production) - deep
//- specs/d.md
**Component Name:** d
//- specs/e.md
**Component Name:** e
**Status:** Development
**Target Stage:** staging

## Dependencies
- `f` (staging) - needs this one in turn: a rule says so
//- specs/f.md
**Component Name:** f
**Status:** Staging

## Dependencies
- `e` (development) - in a circle
",
        &expect![[r#"
            Backlog d: to development, target -
            Development e: to staging, target staging
            Staging a: to production, target production, needs b in production, but b is in staging, uses c in production, but d is in -
            Staging b: to production, target -
            Staging f: to production, target -, needs e in staging, but e is in development
            Production c: to -, target -, needs d in production, but d is in -
        "#]],
    );
}

#[test]
fn source_alone_stands_in_no_column() {
    check(
        "\
//- specs/a.md
**Component Name:** a
**Status:** Development
## Dependencies
- `plain` (development)
//- src/a/x.py
//- src/plain/x.py
//- specs/payments.md
**Component Name:** billing
//- src/payments/MATURITY.md
**Component Name:** billing
**Current Stage**: Staging
//- src/payments/x.py
",
        &expect![[r#"
            Development a: to staging, target -, needs plain in development, but plain is in -
            Staging billing: to production, target -
            no spec: plain
        "#]],
    );
}

#[test]
fn a_circle_hides_nothing_and_nothing_is_below_itself() {
    check(
        "\
//- specs/a.md
**Component Name:** a
**Status:** Development
**Target Stage:** staging
## Required Components
- `b` (staging)
//- specs/b.md
**Component Name:** b
**Status:** Staging
**Target Stage:** staging
## Required Components
- `a` (development)
- `c` (development)
//- specs/c.md
**Component Name:** c
**Status:** Development
//- specs/d.md
**Component Name:** d
**Status:** Development
**Target Stage:** staging
## Required Components
- `e` (staging)
//- specs/e.md
**Component Name:** e
**Status:** Staging
## Required Components
- `d` (staging)
",
        &expect![[r#"
            Development a: to staging, target staging, needs b in staging, but c is in development
            Development c: to staging, target -
            Development d: to staging, target staging
            Staging b: to staging, target staging, needs a in staging, but a is in development, needs c in staging, but c is in development
            Staging e: to production, target -, needs d in staging, but d is in development
        "#]],
    );
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the test looks at the clock; the crate itself does not")]
fn a_long_chain_is_not_followed_for_each_of_its_links() {
    let mut text = String::from("//- specs/c5000.md\n**Component Name:** c5000\n**Status:** Development\n");
    for at in 0..5000 {
        text += &format!(
            "//- specs/c{at}.md\n**Component Name:** c{at}\n**Status:** Staging\n## Required Components\n- `c{}`\n",
            at + 1
        );
    }
    let fixture = Fixture::new(&text);
    let start = std::time::Instant::now();
    let found = status(fixture.components(), &fixture.root.config.quality_gates);
    assert_eq!(found.iter().filter(|status| !status.below.is_empty()).count(), 5000);
    assert!(found.iter().flat_map(|status| &status.below).all(|below| below.weakest == "c5000"));
    assert!(start.elapsed() < std::time::Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn percentages_are_short_and_never_flatter() {
    for (value, expected) in [(70.0, "70"), (59.96, "59.9"), (64.1, "64.1"), (0.0, "0"), (100.0, "100")] {
        assert_eq!(percent(value), expected);
    }
}

#[test]
fn source_in_a_folder_that_is_called_otherwise_is_source() {
    let fixture = Fixture::new(
        "\
//- specs/foo.md
**Component Name:** foo
//- src/bar/package.json
{\"stagegate\": {\"stage\": \"development\", \"component\": \"foo\"}}
//- tests/bar/a.py
//- specs/nothing.md
**Component Name:** nothing
",
    );
    let found = status(fixture.components(), &fixture.root.config.quality_gates);
    let found: Vec<_> = found.iter().map(|s| (&*s.component.name, s.has_source, s.has_tests)).collect();
    assert_eq!(found, [("nothing", false, false), ("foo", true, true)]);
    assert!(without_spec(fixture.components()).is_empty());
    for rule in ["maturity/source-missing", "maturity/tests-missing"] {
        assert_eq!(fixture.render(rule), "");
    }
}

#[test]
fn evidence_says_how_many_gates_are_open_and_what_was_measured() {
    let text = "//- specs/a.md\n# A\n**Component Name:** a\n**Status:** Development\n**Test Coverage:** 90%\n//- specs/b.md\n# B\n**Component Name:** b\n**Status:** Experimental\n**Target Stage:** experimental\n";
    let json = r#"//- .stagegate/evidence.json
{"evidence": [{"gate": "coverage", "component": "a", "origin": "run", "started_ms": 0, "ended_ms": 7, "stale": ["x"],
  "observed": {"Ok": {"kind": "coverage", "covered": 3, "statements": 4, "files": 1}}},
 {"gate": "tests", "component": "a", "origin": "run", "started_ms": 0, "ended_ms": 7,
  "observed": {"Ok": {"kind": "tests", "passed": 3, "failed": 0, "errors": 0, "skipped": 0}}}]}
"#;
    let seen = |text: &str| {
        let fixture = Fixture::new(text);
        let all = status_of_root(&fixture.root);
        let all = all.iter().map(|status| {
            let gates = status.gates.map(|gates| format!("{}/{}", gates.met, gates.required));
            let measured = status.measured.map(|m| (m.percent, m.measured_ms, m.is_stale));
            let shown = status.coverage().map(|shown| (shown.percent, shown.required, shown.source.name()));
            format!("{} {gates:?} {measured:?} {shown:?}\n", status.component.name)
        });
        all.collect::<String>()
    };
    expect![[r#"
        b None None None
        a Some("3/9") Some((75.0, 7, true)) Some((75.0, Some(70.0), "stale"))
    "#]]
    .assert_eq(&seen(&format!("{text}{json}")));
    expect![[r#"
        b None None None
        a None None Some((90.0, Some(70.0), "reported"))
    "#]]
    .assert_eq(&seen(text));
}
