mod history;
mod properties;
mod python;

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::fixture::Fixture;

fn promotion(component: &str, to: Stage) -> Promotion {
    Promotion {
        component: component.to_owned(),
        from: Stage::ALL.into_iter().find(|stage| stage.next() == Some(to)),
        to,
        date: "2026-11-21".to_owned(),
        coverage: Some(81.46),
        version: None,
        integration_tests: Some(14),
        e2e_tests: None,
        performance: None,
    }
}

/// Returns what changes, with the fixture that is left.
fn apply(fixture: &Fixture, promotion: &Promotion) -> (Changes, Fixture) {
    let id = fixture.components().find(&promotion.component).expect("the component is in the fixture");
    let asked = paths(&fixture.root, id);
    let file = |path: &String| MetadataFile { path: path.clone(), text: fixture.text(path).to_owned() };
    let files: Vec<_> = asked.iter().map(file).collect();
    let changes = changes(&fixture.root, id, &files, promotion);
    let mut text = String::new();
    for (path, before) in &fixture.files {
        let after = changes.files.iter().find(|change| change.path == *path).map(|change| {
            assert_eq!(change.before.as_ref(), Some(before));
            change.after.as_ref().unwrap()
        });
        writeln!(text, "//- {path}").unwrap();
        text.push_str(after.unwrap_or(before));
    }
    let after = Fixture::new(&text);
    (changes, after)
}

/// Promotes, and shows which lines went and which came. Afterwards every file says the stage, and a second promotion
/// has nothing to do.
fn check_promotion(text: &str, promotion: &Promotion, expected: &Expect) {
    let fixture = Fixture::new(text);
    let (changes, after) = apply(&fixture, promotion);
    let mut out = String::new();
    for change in &changes.files {
        writeln!(out, "{}", change.path).unwrap();
        out += &lines_changed(change);
    }
    for note in &changes.notes {
        writeln!(out, "note: {note}").unwrap();
    }
    expected.assert_eq(&out);
    let id = after.components().find(&promotion.component).unwrap();
    for statement in after.components().get(id).statements() {
        assert_eq!(statement.stage, Some(promotion.to), "{} says {:?}", statement.path, statement.text);
    }
    assert_eq!(after.render("maturity/stage-mismatch"), "");
    assert_eq!(apply(&after, promotion).0.files, []);
}

/// Shows what changed, line by line, with line ends.
fn lines_changed(change: &FileChange) -> String {
    let (before, after) = (change.before.as_deref().unwrap(), change.after.as_deref().unwrap());
    let (old, new): (Vec<_>, Vec<_>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let mut out = String::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        // The next line that both have.
        let ahead = (0..old.len() - i + new.len() - j).find_map(|sum| {
            (0..=sum).map(|a| (a, sum - a)).find(|(a, b)| {
                let both = old.get(i + a).zip(new.get(j + b));
                both.is_some_and(|(x, y)| x == y)
            })
        });
        let (a, b) = ahead.unwrap_or((old.len() - i, new.len() - j));
        old[i..i + a].iter().for_each(|line| writeln!(out, "  - {line:?}").unwrap());
        new[j..j + b].iter().for_each(|line| writeln!(out, "  + {line:?}").unwrap());
        (i, j) = (i + a, j + b);
    }
    out
}

#[test]
fn every_file_of_a_component_is_promoted() {
    check_promotion(
        "\
//- specs/calculator.md
# Component Specification: Calculator

**Component Name:** calculator
**Status:** Development
**Target Stage:** staging
**Coverage:** 97%
**Last Updated:** 2026-11-18

## Overview
**Status:** Development
//- src/calculator/MATURITY.md
# Calculator Maturity Status

**Current Stage**: Development
**Last Updated**: 2026-11-18
**Owner**: Mara

## Maturity Criteria

### Development → Staging
- [x] Core features complete

**Status**: 5/5 criteria met

**Current Coverage**: 97%

### Staging → Production

**Current Coverage**: XX%

## Promotion History

- **2026-09-02**: Promoted to Development

## Next Steps
//- src/calculator/README.md
# Component: calculator

**Status:** Development
**Coverage:** 97%
**Last Promoted:** 2026-09-02

Evaluates **Status:** things.

## Quality Metrics
- Test Coverage: 97%
- **Integration Tests:** 12
- E2E Tests: 3
- Performance: fast
//- src/calculator/__init__.py
\"\"\"
Calculator

Maturity Stage: development
Coverage: 97%
Last Updated: 2026-11-18
\"\"\"

__version__ = \"1.2.0\"
__maturity__ = \"development\"  # see MATURITY.md
",
        &promotion("calculator", Stage::Staging),
        &expect![[r#"
            specs/calculator.md
              - "**Status:** Development\n"
              + "**Status:** Staging\n"
              + "**Last Promoted:** 2026-11-21\n"
              - "**Coverage:** 97%\n"
              + "**Coverage:** 81.4%\n"
            src/calculator/MATURITY.md
              - "**Current Stage**: Development\n"
              - "**Last Updated**: 2026-11-18\n"
              + "**Current Stage**: Staging\n"
              + "**Last Updated**: 2026-11-21\n"
              - "**Current Coverage**: 97%\n"
              + "**Current Coverage**: 81.4%\n"
              + "- **2026-11-21**: Promoted to Staging\n"
            src/calculator/README.md
              - "**Status:** Development\n"
              - "**Coverage:** 97%\n"
              - "**Last Promoted:** 2026-09-02\n"
              + "**Status:** Staging\n"
              + "**Coverage:** 81.4%\n"
              + "**Last Promoted:** 2026-11-21\n"
              - "- Test Coverage: 97%\n"
              - "- **Integration Tests:** 12\n"
              + "- Test Coverage: 81.4%\n"
              + "- **Integration Tests:** 14\n"
            src/calculator/__init__.py
              - "Maturity Stage: development\n"
              - "Coverage: 97%\n"
              - "Last Updated: 2026-11-18\n"
              + "Maturity Stage: staging\n"
              + "Coverage: 81.4%\n"
              + "Last Updated: 2026-11-21\n"
              - "__maturity__ = \"development\"  # see MATURITY.md\n"
              + "__maturity__ = \"staging\"  # see MATURITY.md\n"
            note: The target stage of `specs/calculator.md` is reached; name the next one there when there is one
        "#]],
    );
}

#[test]
fn stages_are_replaced_as_they_are_written() {
    check_promotion(
        "\
//- specs/a.md
---
status: 'development' # of the component
last_promoted: 2026-01-01
---
# A
**Component Name:** a
//- src/a/MATURITY.md
---
current_stage: \"Development → Staging (Promotion in Progress)\"
last_updated: 2026-01-01
---
# A
- **Current Stage:** **Development** ⚠️ (BLOCKED by #3)
- **Last Updated:** 2026-01-01 (AUTO-UPDATED)

**Dependencies**:
- Redis (Current Stage: Development)
- **Current Stage**: Development

## Test Coverage
**Last Updated**: 2025-01-01
**Current Coverage**: **42.2%** (measured 2025-10-13)

## Promotion History

### Promotions

- ❌ **2025-10-08**: **Development → Staging** - **REVOKED**
  - Reason

### Demotions

- **2025-10-21**: **Staging → Development**

---
<!-- footer -->
**Last Updated**: 2026-01-01
**Current Stage**: **Development** ⚠️
//- src/a/Cargo.toml
[package]
version = \"2.0.0\"
[package.metadata.stagegate]
stage = 'dev' # so
//- src/a/package.json
{\"stagegate\": {\"stage\": \"DEV\"}}
",
        &promotion("a", Stage::Staging),
        &expect![[r#"
            specs/a.md
              - "status: 'development' # of the component\n"
              - "last_promoted: 2026-01-01\n"
              + "status: 'staging' # of the component\n"
              + "last_promoted: 2026-11-21\n"
            src/a/Cargo.toml
              - "stage = 'dev' # so\n"
              + "stage = 'staging' # so\n"
            src/a/MATURITY.md
              - "current_stage: \"Development → Staging (Promotion in Progress)\"\n"
              - "last_updated: 2026-01-01\n"
              + "current_stage: \"Staging\"\n"
              + "last_updated: 2026-11-21\n"
              - "- **Current Stage:** **Development** ⚠\u{fe0f} (BLOCKED by #3)\n"
              - "- **Last Updated:** 2026-01-01 (AUTO-UPDATED)\n"
              + "- **Current Stage:** **Staging**\n"
              + "- **Last Updated:** 2026-11-21 (AUTO-UPDATED)\n"
              - "**Current Coverage**: **42.2%** (measured 2025-10-13)\n"
              + "**Current Coverage**: **81.4%** (measured 2026-11-21)\n"
              + "- **2026-11-21**: Promoted to Staging\n"
              - "**Last Updated**: 2026-01-01\n"
              - "**Current Stage**: **Development** ⚠\u{fe0f}\n"
              + "**Last Updated**: 2026-11-21\n"
              + "**Current Stage**: **Staging**\n"
            src/a/package.json
              - "{\"stagegate\": {\"stage\": \"DEV\"}}\n"
              + "{\"stagegate\": {\"stage\": \"STAGING\"}}\n"
        "#]],
    );
}

#[test]
fn the_first_stage_is_the_status_of_the_spec() {
    let first = Promotion { from: None, coverage: None, ..promotion("calc", Stage::Development) };
    let spec = "//- specs/calc.md\n# Calc\n**Component Name:** calc\n**Status:** Draft\n";
    check_promotion(
        spec,
        &first,
        &expect![[r#"
        specs/calc.md
          - "**Status:** Draft\n"
          + "**Status:** Development\n"
          + "**Last Promoted:** 2026-11-21\n"
    "#]],
    );
}

#[test]
fn what_says_nothing_of_a_stage_is_left_alone() {
    check_promotion(
        "\
//- specs/a.md
# A
**Component Name:** a
**Status:** Draft
**Target Stage:** production
//- src/a/README.md
# A
Some words. **Stage**
## Status
**Status:** Development
//- src/a/lib.py
x = 1
",
        &promotion("a", Stage::Staging),
        &expect![[""]],
    );
}

#[test]
fn what_cannot_be_changed_safely_is_named() {
    let text = "//- src/a/MATURITY.md\n---\ncurrent_stage: |\n  Development\n---\n# A\n//- src/a/__init__.py\n__maturity__ = NAME\n";
    let fixture = Fixture::new(text);
    let (changes, _) = apply(&fixture, &promotion("a", Stage::Staging));
    assert_eq!(changes.files, []);
    expect![[r#"
        `src/a/MATURITY.md` says its stage in a way that is not understood well enough to change it; write staging there
        `src/a/__init__.py` says its stage in a way that cannot be read; write `__maturity__ = "staging"` there"#]].assert_eq(&changes.notes.join("\n"));
}

#[test]
fn versions_are_read() {
    let of =
        |path: &str, text: &str| version(&[MetadataFile { path: path.to_owned(), text: text.to_owned() }]);
    assert_eq!(of("src/a/__init__.py", "__version__ = '1.2'\n").as_deref(), Some("1.2"));
    assert_eq!(of("src/a/__init__.py", "\u{feff}__version__: str = \"1.2\"\n").as_deref(), Some("1.2"));
    assert_eq!(of("src/a/__init__.py", "__version__ = f()\n"), None);
    assert_eq!(of("src/a/Cargo.toml", "[package]\nversion = \"2.0.0\"\n").as_deref(), Some("2.0.0"));
    assert_eq!(of("src/a/Cargo.toml", "[package]\nversion.workspace = true\n"), None);
    assert_eq!(of("src/a/package.json", "{\"version\": \"3.0.0\"}").as_deref(), Some("3.0.0"));
    assert_eq!(of("src/a/package.json", "{"), None);
}
