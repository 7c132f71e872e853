//! `fixtures/rules/<rule>/`, for rules about several files: `bad/` is a workspace that breaks the rule, `fixed/` holds its
//! files that safe fixes change, `good/` does not break it.

#![allow(clippy::disallowed_methods, reason = "a test reads its fixtures; the crate itself does no IO")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use stagegate_core::components::{Components, FileFacts};
use stagegate_core::diagnostic::{Diagnostic, apply_edits, merge_fixes};
use stagegate_core::layout::Layout;
use stagegate_core::rules::{self, FixKind, Rule};
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

/// Texts by path.
type Files = BTreeMap<String, String>;

fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n"));
            }
        }
    }
    files
}

fn findings(files: &Files) -> Vec<(String, Diagnostic)> {
    let index = FileIndex::new(files.keys().map(|path| Box::from(path.as_str())).collect());
    let mut root = Root::default();
    let layout = Arc::new(Layout::new(&index, &root.config.components));
    root.files = Some(index.into());
    let facts = files.iter().filter_map(|(path, text)| {
        let facts = stagegate_core::facts(Source::Str(text), path, &root)?;
        Some(FileFacts { path: path.as_str().into(), facts: facts.into() })
    });
    let components = Components::build(facts.collect::<Vec<_>>(), layout);
    root.components = Some(components.into());
    let of = |(path, text): (&String, &String)| {
        let found = stagegate_core::diagnostics(Source::Str(text), path, &root);
        found.into_iter().map(|finding| (path.clone(), finding)).collect::<Vec<_>>()
    };
    files.iter().flat_map(of).collect()
}

fn breaks(files: &Files, rule: &Rule) -> bool {
    findings(files).iter().any(|(_, finding)| finding.rule == rule)
}

/// Applies the safe fixes of one rule until none is left.
fn fixed(mut files: Files, rule: &Rule) -> Files {
    for _ in 0..10 {
        let found = findings(&files);
        let before = files.clone();
        for (path, text) in &mut files {
            let of_file = found.iter().filter(|(of, finding)| of == path && finding.rule == rule);
            let fixes = of_file.filter_map(|(_, finding)| finding.fix.as_ref()).filter(|fix| fix.safe);
            *text = apply_edits(text, &merge_fixes(fixes));
        }
        if files == before {
            return files;
        }
    }
    panic!("safe fixes never end: {}", rule.code);
}

#[test]
fn every_maturity_rule_keeps_its_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rules");
    for rule in rules::ALL.iter().filter(|rule| rule.family() == "maturity") {
        // Another family has a rule of the same name.
        let folder = if rule.name() == "unknown-stage" { "maturity-unknown-stage" } else { rule.name() };
        let [bad, good, expected] = ["bad", "good", "fixed"].map(|name| read(&root.join(folder).join(name)));
        assert!(!bad.is_empty() && !good.is_empty(), "{} has no bad/ or no good/", rule.code);
        assert!(breaks(&bad, rule), "{}: bad/ does not break it", rule.code);
        assert!(!breaks(&good, rule), "{}: good/ breaks it", rule.code);
        let after = fixed(bad.clone(), rule);
        let changed: Files = after.into_iter().filter(|(path, text)| bad.get(path) != Some(text)).collect();
        assert_eq!(changed, expected, "{}: fixed/", rule.code);
        assert_eq!(rule.fix == FixKind::Safe, !expected.is_empty(), "{}", rule.code);
    }
}
