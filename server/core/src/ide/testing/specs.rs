//! Whatever a spec holds: nothing panics, and every place lies in the text.

use proptest::prelude::*;

use super::{QUIET, both};
use crate::component::ComponentFile;
use crate::fixture::Fixture;
use crate::ide::*;
use crate::text::{Source, range};

fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "---",
        "current_stage: staging",
        "# Reporting \u{1f680}",
        "**Component Name:** a",
        "**Target Stage:** staging",
        "**Current Stage**: Development \u{2192} Staging",
        "**Test Coverage:** 59.5%",
        "## Dependencies",
        "### Required Components",
        "- `b` (staging) - \u{1f680}",
        "- **b** (Current Stage: Staging",
        "- b",
        "- `a`",
        "## Acceptance Criteria",
        "### Staging",
        "- [x] Linting clean",
        "- [ ] Test coverage \u{2265}75%",
        "## Maturity Targets",
        "- coverage >= 99.99 %",
        "[x](b.md#%) [y](#staging) [[b]] `specs/b.md:3` `b`",
        "[[b",
        "```",
        "<!--",
        "",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

fn fits(text: &str, at: crate::text::TextRange) -> bool {
    text.get(std::ops::Range::<usize>::from(at)).is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]
    #[test]
    fn no_spec_panics_and_every_range_lies_in_it(
        lines in prop::collection::vec(line(), 0..24),
        eol in prop::sample::select(vec!["\n", "\r\n"]),
        path in prop::sample::select(vec!["specs/a.md", "src/a/MATURITY.md", "notes.md"]),
        offset in 0usize..400,
    ) {
        let text = lines.join(eol);
        let b = "//- specs/b.md\n# B\n**Component Name:** b\n**Status:** Development\n";
        let fixture = Fixture::new(&format!("{QUIET}{b}//- {path}\n{text}"));
        let root = &fixture.root;
        let file = |source: Source<'_>| ComponentFile::of_path(source, path, root);
        for lens in both(&text, |source| lenses(source, path, root, file(source).as_ref())) {
            prop_assert!(fits(&text, lens.range), "{:?}", lens);
            let to = lens.leads_to.filter(|to| to.path == path).and_then(|to| to.range);
            prop_assert!(to.is_none_or(|to| fits(&text, to)));
        }
        let whole = range(0, text.len());
        let all = both(&text, |source| hints(source, path, root, file(source).as_ref(), whole));
        for hint in &all {
            prop_assert!(text.is_char_boundary(hint.at.into()), "{:?}", hint);
            prop_assert!(!text[hint.at.into()..].starts_with('\n') || !text[..hint.at.into()].ends_with('\r'));
        }
        // A part of the text has the hints of that part.
        let within = range(offset.min(text.len()), (offset + 60).min(text.len()));
        let part = both(&text, |source| hints(source, path, root, file(source).as_ref(), within));
        let expected: Vec<_> = all.into_iter().filter(|hint| within.contains_inclusive(hint.at)).collect();
        prop_assert_eq!(part, expected);
        for link in both(&text, |source| document_links(source, path, root, file(source).as_ref())) {
            prop_assert!(fits(&text, link.range), "{:?}", link);
        }
        for found in both(&text, |source| sections(source, path, root, "")) {
            prop_assert!(fits(&text, found.range()), "{:?}", found);
        }
        if let Some(hover) = both(&text, |source| hover(source, path, root, offset)) {
            prop_assert!(fits(&text, hover.range) && !hover.markdown.is_empty(), "{:?}", hover);
        }
    }
}
