use proptest::prelude::*;

use super::super::*;
use super::promotion;
use crate::fixture::Fixture;

/// A line of a file, and whether a promotion may change it.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("**Current Stage**: **Development** ⚠️".to_owned()),
        Just("- **Status:** Development (since May)  ".to_owned()),
        Just("**Last Updated**: 2025-01-01".to_owned()),
        Just("**Current Coverage**: 12%".to_owned()),
        Just("## Promotion History".to_owned()),
        Just("- **2025-01-01**: Promoted to Development".to_owned()),
        Just("None".to_owned()),
        Just("### Promotions".to_owned()),
        Just("## Quality Metrics".to_owned()),
        Just("- Test Coverage: 12%".to_owned()),
        Just("```".to_owned()),
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just(String::new()),
        "[a-z🎉é*`:#|\\-]{0,12} ?",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Whatever stands in the files: lines that say none of it stay byte for byte, everything reads back, and there is
    /// nothing to do a second time.
    #[test]
    fn only_what_is_meant_changes(
        maturity in prop::collection::vec(line(), 0..14),
        spec in prop::collection::vec(line(), 0..8),
        readme in prop::collection::vec(line(), 0..8),
        crlf in any::<bool>(), bom in any::<bool>(), open in any::<bool>(),
    ) {
        let written = |mut lines: Vec<String>, first: &str| {
            lines.insert(0, first.to_owned());
            let text = lines.join(if crlf { "\r\n" } else { "\n" });
            let end = if open { "" } else if crlf { "\r\n" } else { "\n" };
            format!("{}{text}{end}", if bom { "\u{feff}" } else { "" })
        };
        let files = [
            ("specs/a.md", written(spec, "**Component Name:** a")),
            ("src/a/MATURITY.md", written(maturity, "# A")),
            ("src/a/README.md", written(readme, "# A")),
            ("src/a/__init__.py", written(vec![], "__maturity__ = 'dev'")),
        ];
        let fixture = of_files(&files);
        let promotion = promotion("a", Stage::Staging);
        let (changed, after) = changed_files(&fixture, &promotion);
        for change in &changed.files {
            let others = |text: &Option<String>| -> Vec<String> {
                let known = ["Stage", "Status", "Last ", "Coverage", "Promoted", "None", "__maturity__"];
                let lines = text.as_deref().unwrap().split_inclusive('\n');
                // The last line gets an end where another one follows it.
                let lines = lines.map(|line| line.trim_end_matches(['\r', '\n']));
                let all = lines.filter(|line| !line.is_empty() && !known.iter().any(|known| line.contains(known)));
                all.map(str::to_owned).collect()
            };
            prop_assert_eq!(others(&change.before), others(&change.after), "{}", change.path);
            if crlf {
                let text = change.after.as_deref().unwrap();
                prop_assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
            }
        }
        let id = after.components().find("a").unwrap();
        for statement in after.components().get(id).statements() {
            prop_assert_eq!(statement.stage, Some(Stage::Staging), "{}", statement.path);
        }
        prop_assert_eq!(changed_files(&after, &promotion).0.files, vec![]);
    }

    #[test]
    fn any_python_is_survived(text in "(__maturity__|__version__|Coverage|Maturity Stage|dev|from __future__ import x| = |: |'|\"|'''|\"\"\"|\\\\|\\(|\\)|;|#|\r\n|\n|\r| |\u{e9}|\u{1f680}|\u{feff}){0,25}") {
        let fixture = of_files(&[("specs/a.md", "**Component Name:** a\n".to_owned()), ("src/a/__init__.py", text)]);
        let (_, after) = changed_files(&fixture, &promotion("a", Stage::Staging));
        let id = after.components().find("a").unwrap();
        for statement in after.components().get(id).statements() {
            prop_assert_eq!(statement.stage, Some(Stage::Staging));
        }
    }
}

fn of_files(files: &[(&str, String)]) -> Fixture {
    Fixture::of_files(files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect())
}

fn changed_files(fixture: &Fixture, promotion: &Promotion) -> (Changes, Fixture) {
    let id = fixture.components().find(&promotion.component).unwrap();
    let file = |path: &String| MetadataFile { path: path.clone(), text: fixture.text(path).to_owned() };
    let files: Vec<_> = paths(&fixture.root, id).iter().map(file).collect();
    let changes = changes(&fixture.root, id, &files, promotion);
    let after = |path: &str| changes.files.iter().find(|change| change.path == path)?.after.clone();
    let files: Vec<_> = fixture
        .files
        .iter()
        .map(|(path, text)| (&**path, after(path).unwrap_or_else(|| text.clone())))
        .collect();
    let fixture = of_files(&files);
    (changes, fixture)
}
