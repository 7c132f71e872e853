//! Fixtures for editor features: `$0` marks the cursor.

use ropey::Rope;

use crate::text::{LineIndex, PositionEncoding, Source, TextRange};
use crate::workspace::{FileIndex, Root};

/// Read by Stagegate alone.
pub(super) const PATH: &str = ".augment/instructions/x.instructions.md";

/// Read by VS Code as well.
pub(super) const GITHUB: &str = ".github/instructions/x.instructions.md";

/// A root with a few files.
pub(super) fn root() -> Root {
    let paths = [
        ".github/workflows/ci.yml",
        "README.md",
        "docs/guide.md",
        "setup.py",
        "src/app/a.py",
        "src/app/b.py",
        "src/app/c.ts",
        "src/lib.rs",
        "src/web/[id]/page.ts",
        "tests/test_a.py",
        "tests/test_b.py",
        "tests/test_c.py",
        "tests/test_d.py",
    ];
    let files = FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect());
    Root { files: Some(files.into()), ..Root::default() }
}

/// A spec, a MATURITY file, and a root that knows their components.
pub(super) const SPEC: &str = "specs/app.md";
pub(super) const MATURITY: &str = "src/app/MATURITY.md";

pub(super) fn with_components() -> Root {
    let fixture = "//- specs/src.md\n# S\n\n**Component Name:** src\n**Status:** dev\n//- specs/app.md\n# A\n\n**Component Name:** app\n**Target Stage:** dev\n";
    let components = crate::fixture::Fixture::new(fixture).root.components;
    Root { components, ..root() }
}

/// Switches the rules about components off, for tests that are not about findings.
pub(super) const QUIET: &str = "//- stagegate.yaml\nrules:\n  \"spec/*\": off\n  \"maturity/*\": off\n";

/// Reads a fixture without findings about components.
pub(super) fn quiet(fixture: &str) -> crate::fixture::Fixture {
    crate::fixture::Fixture::new(&format!("{QUIET}{fixture}"))
}

/// A workspace with a spec, its MATURITY file and its code, and two components that it needs.
pub(super) const WORKSPACE: &str = "\
//- specs/reporting.md
# Component Specification: Reporting \u{1f680}

**Component Name:** reporting
**Status:** Development
**Target Stage:** staging

## Overview
Sends what `pricing` says to the [outbox](../src/notifications/outbox.py), see [[pricing]] and [below](#dependencies).

## Requirements
Kept in `src/reporting/digest.py:12`.

## Dependencies

### Required Components
- `notifications` (staging) - the outbox
- `pricing` - the prices

## Acceptance Criteria

### Development Stage
- [x] All unit tests pass

### Staging Stage
- [x] Linting clean (ruff)
- [ ] Test coverage \u{2265}75%
- [ ] Reviewed by sales

## Maturity Targets

### Staging
- Test coverage: \u{2265}75%
### Production
- Test coverage: \u{2265}80%
//- src/reporting/MATURITY.md
# Reporting Maturity Status

**Current Stage**: Development

**Dependencies**:
- Notifications (Current Stage: Development)

## Maturity Criteria

### Development \u{2192} Staging
- [x] Core features complete
- [ ] All dependencies in staging

**Current Coverage**: 59.5%
//- src/reporting/__init__.py
\"\"\"Reports.\"\"\"
__maturity__ = \"development\"
//- src/reporting/digest.py
//- tests/test_reporting.py
//- specs/notifications.md
# Notifications

**Component Name:** notifications
**Status:** Development
**Target Stage:** production
//- src/notifications/__init__.py
__maturity__ = \"development\"
//- src/notifications/outbox.py
//- specs/pricing.md
# Pricing

**Component Name:** pricing
**Status:** Staging
**Target Stage:** staging
//- specs/templates/component.template.md
# Component Specification: [Component Name]

**Component Name:** [Component Name]
**Target Stage:** staging

## Acceptance Criteria
- [ ] Test coverage \u{2265}50%
//- src/alone/__init__.py
\"\"\"Nobody specified this.\"\"\"
//- specs/moved.md
# Old

This document has moved!
//- specs/login/requirements.md
# Requirements of the login

## Acceptance Criteria
- [ ] Users can log in
//- README.md
# Read me
";

/// Takes the cursor out of a fixture.
pub(super) fn cursor(fixture: &str) -> (String, usize) {
    let at = fixture.find("$0").expect("the fixture has a cursor");
    (fixture.replacen("$0", "", 1), at)
}

/// Renders a range as `line:column-line:column "text"`.
pub(super) fn place(text: &str, range: TextRange) -> String {
    let r = LineIndex::new(text).range(range, PositionEncoding::Utf16);
    let (start, end) = (r.start, r.end);
    format!("{}:{}-{}:{}", start.line, start.character, end.line, end.character)
}

/// Makes sure that an answer is the same for a string and for a rope, and returns it.
pub(super) fn both<T: std::fmt::Debug>(text: &str, answer: impl Fn(Source<'_>) -> T) -> T {
    let rope = Rope::from_str(text);
    let of_rope = answer(Source::Rope(&rope));
    let of_string = answer(Source::Str(text));
    assert_eq!(format!("{of_string:?}"), format!("{of_rope:?}"), "{text:?}");
    of_string
}

mod specs;

mod properties {
    use super::*;
    use crate::ide::*;
    use proptest::prelude::*;

    /// Text that looks like instruction files often enough to reach every branch.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("---"),
            Just("\n"),
            Just("\n"),
            Just("\r\n"),
            Just("\r"),
            Just("applyTo:"),
            Just("description: "),
            Just("type: "),
            Just(" "),
            Just("  "),
            Just("- "),
            Just("\""),
            Just("'"),
            Just("["),
            Just("]"),
            Just("{"),
            Just("}"),
            Just(","),
            Just(", "),
            Just("src/"),
            Just("**/*.py"),
            Just("*"),
            Just("# "),
            Just("```"),
            Just("text"),
            Just("\u{e9}"),
            Just("\u{1f680}"),
            Just("\u{feff}"),
            Just("|"),
            Just(":"),
            Just("applyto: x"),
            Just("instructions:"),
            Just("rules:"),
            Just("min_charakters: 5"),
            Just("\\"),
            Just("# stagegate: ignore[unknown-key]"),
            Just("<!--"),
            Just("\t"),
            Just("**Component Name:** src"),
            Just("**Target Stage:** "),
            Just("**"),
            Just("## Dependencies\n\n- "),
            Just("`src`"),
            Just("`"),
            Just("("),
            Just("[[src]]"),
            Just("[a](b.md#c)"),
        ];
        let free = "\\PC{0,20}".prop_map(|text| text);
        let built = prop::collection::vec(piece, 0..25).prop_map(|pieces| pieces.concat());
        let headed = prop::collection::vec(
            "(applyTo|type|key|- |  |\"|'|/|src|,|\\[|\\]|: |\n|\r\n|---|#){1,12}",
            0..4,
        )
        .prop_map(|lines| format!("---\n{}", lines.join("\n")));
        prop_oneof![1 => free, 3 => built, 3 => headed]
    }

    fn fits(text: &str, range: TextRange) -> bool {
        let (start, end): (usize, usize) = (range.start().into(), range.end().into());
        let expressible = |at: usize| {
            text.is_char_boundary(at) && !(text[..at].ends_with('\r') && text[at..].starts_with('\n'))
        };
        end <= text.len() && expressible(start) && expressible(end)
    }

    fn all_fit(text: &str, symbols: &[Symbol], within: TextRange) -> bool {
        symbols.iter().all(|symbol| {
            fits(text, symbol.range)
                && within.contains_range(symbol.range)
                && symbol.range.contains_range(symbol.selection_range)
                && !symbol.name.is_empty()
                && all_fit(text, &symbol.children, symbol.range)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]
        #[test]
        fn no_offset_of_any_text_panics_and_every_range_lies_in_it(
            text in text(),
            offset in 0usize..150,
            len in 0usize..20,
            path in prop::sample::select(vec![PATH, GITHUB, "stagegate.yaml", "README.md", SPEC, MATURITY]),
        ) {
            let root = with_components();
            if let Some(hover) = both(&text, |source| hover(source, path, &root, offset)) {
                prop_assert!(fits(&text, hover.range), "{:?}", hover);
            }
            let at = crate::ide::place(Source::Str(&text), offset);
            if let Some(file) = crate::component::ComponentFile::of_path(Source::Str(&text), path, &root) {
                let mut end = 0;
                for mention in mentions_in(&file, Source::Str(&text), &root, "src") {
                    prop_assert!(fits(&text, mention.range) && usize::from(mention.range.start()) >= end);
                    prop_assert_eq!(&text[mention.range], &*mention.written);
                    end = mention.range.end().into();
                }
                if let Some(subject) = subject_at(&file, Source::Str(&text), path, &root, at) {
                    prop_assert!(fits(&text, subject.range), "{:?}", subject);
                    for path in definition_paths(&root, &subject.kind) {
                        let _ = definition_in(Source::Str(&text), &path, &root, &subject.kind);
                    }
                }
            }
            for item in both(&text, |source| completion(source, path, &root, offset)) {
                let range = item.edit.range;
                prop_assert!(fits(&text, range) && range.contains_inclusive(crate::text::offset(at)), "{:?}", item);
                prop_assert!(!text[range].contains(['\n', '\r']), "{:?}", item);
            }
            let whole = crate::text::range(0, text.len());
            let symbols = both(&text, document_symbols);
            prop_assert!(all_fit(&text, &symbols, whole), "{:?}", symbols);
            for fold in both(&text, folding) {
                prop_assert!(fits(&text, fold.range), "{:?}", fold);
            }
            let start = offset.min(text.len());
            let range = crate::text::range(start, start + len);
            for action in both(&text, |source| actions(source, path, &root, range, &ActionKind::ALL)) {
                let mut last = 0;
                for edit in &action.edits {
                    prop_assert!(edit.range.end() <= whole.end(), "{:?}", action);
                    prop_assert!(usize::from(edit.range.start()) >= last, "{:?}", action);
                    last = edit.range.end().into();
                }
            }
        }

        /// What the actions promise: an ignored finding is gone, and no safe fix is left after all were applied.
        #[test]
        fn actions_do_what_their_titles_say(
            text in text(),
            path in prop::sample::select(vec![PATH, GITHUB, "stagegate.yaml"]),
        ) {
            let root = root();
            let findings = |text: &str| crate::diagnostics(Source::Str(text), path, &root);
            let whole = crate::text::range(0, text.len());
            for action in actions(Source::Str(&text), path, &root, whole, &ActionKind::ALL) {
                let after = crate::diagnostic::apply_edits(&text, &action.edits);
                let left = findings(&after);
                if action.kind == ActionKind::FixAll {
                    prop_assert!(left.iter().all(|d| d.fix.as_ref().is_none_or(|fix| !fix.safe)), "{:?}", after);
                } else if action.title.starts_with("Ignore") {
                    let rule = action.diagnostics[0].rule;
                    let count = |all: &[crate::diagnostic::Diagnostic]| all.iter().filter(|d| d.rule == rule).count();
                    prop_assert!(count(&left) < count(&findings(&text)), "{:?} after {:?}", after, action);
                }
            }
        }
    }
}
