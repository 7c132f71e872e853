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
        if let Some(Coverage { reported, required }) = status.coverage {
            write!(out, ", coverage {reported} of {required:?}").unwrap();
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
",
        &expect![[r#"
            Backlog idea: to development, target -
            Experimental try: to development, target -
            Development b: to staging, target production
            Staging a: to production, target -
            Production live: to -, target -
            Deprecated old: to -, target -
            no spec: live
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
            Development b: to staging, target -, coverage 71 of Some(70.0)
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
",
        &expect![[r#"
            Backlog d: to development, target -
            Staging a: to production, target production, needs b in production, but b is in staging, uses c in production, but d is in -
            Staging b: to production, target -
            Production c: to -, target -, needs d in production, but d is in -
        "#]],
    );
}
