//! Promotions of real components: only lines that say stage, date or coverage change, and afterwards every file says the
//! new stage (requirement 000, "Update Component Metadata").
//!
//! The corpus is not part of the repository. Where it is absent only the demo is promoted.

#![allow(clippy::disallowed_methods, reason = "a test looks for its input; the crate itself does no IO")]
#![allow(clippy::print_stdout, reason = "a test that has nothing to look at says so")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::Repository;
use expect_test::expect;
use stagegate_core::metadata::{self, Changes, MetadataFile, Promotion};
use stagegate_core::stage::{CLIMB, Stage};
use stagegate_core::text::Source;

/// What a line has to hold so that a promotion may change it.
const MEANT: [&str; 8] =
    ["Stage", "Status", "Last ", "Coverage", "Promoted", "__maturity__", "Integration Tests", "E2E Tests"];

fn promotion(component: &str, to: Stage) -> Promotion {
    Promotion {
        component: component.to_owned(),
        from: Stage::ALL.into_iter().find(|stage| stage.next() == Some(to)),
        to,
        date: "2026-11-21".to_owned(),
        coverage: Some(91.25),
        version: None,
        integration_tests: Some(7),
        e2e_tests: Some(2),
        performance: None,
    }
}

fn promote(repository: &Repository, promotion: &Promotion) -> (Changes, Repository) {
    let components = repository.root.components.as_deref().unwrap();
    let id = components.find(&promotion.component).unwrap();
    let paths = metadata::paths(&repository.root, id);
    let files: Vec<_> = paths
        .iter()
        .map(|path| MetadataFile { path: path.clone(), text: repository.text(path).to_owned() })
        .collect();
    let changes = metadata::changes(&repository.root, id, &files, promotion);
    let mut files = repository.files.clone();
    for change in &changes.files {
        let (_, text) = files.iter_mut().find(|(path, _)| *path == change.path).unwrap();
        assert_eq!(Some(&*text), change.before.as_ref());
        *text = change.after.clone().unwrap();
    }
    (changes, Repository::of(files))
}

/// Promotes every component to every stage; returns how many files changed.
fn promote_all(repository: &Repository) -> usize {
    let components = repository.root.components.as_deref().unwrap();
    let names: Vec<String> =
        components.iter().map(|(_, component)| component.canonical.to_string()).collect();
    let mut count = 0;
    for name in names {
        for to in CLIMB {
            let (changes, after) = promote(repository, &promotion(&name, to));
            count += changes.files.len();
            for change in &changes.files {
                let others = |text: &Option<String>| -> Vec<String> {
                    let lines = text.as_deref().unwrap().split_inclusive('\n');
                    let lines = lines.filter(|line| !MEANT.iter().any(|meant| line.contains(meant)));
                    lines.map(str::to_owned).collect()
                };
                assert_eq!(others(&change.before), others(&change.after), "{}", change.path);
            }
            let components = after.root.components.as_deref().unwrap();
            let component = components.get(components.find(&name).unwrap());
            for statement in component.statements() {
                assert_eq!(statement.stage, Some(to), "{}: {:?}", statement.path, statement.text);
            }
            for file in component.files() {
                let findings =
                    stagegate_core::diagnostics(Source::Str(after.text(&file.path)), &file.path, &after.root);
                assert!(findings.iter().all(|d| d.rule.code != "maturity/stage-mismatch"), "{}", file.path);
            }
            assert_eq!(promote(&after, &promotion(&name, to)).0.files, [], "{name}");
        }
    }
    count
}

#[test]
fn real_components_are_promoted() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/files");
    if !corpus.is_dir() {
        println!("no corpus: nothing to promote");
        return;
    }
    for name in ["TTA", "TTA.dev"] {
        let count = promote_all(&Repository::read(&corpus.join(name)));
        println!("{name}: {count} files changed");
    }
}

#[test]
fn the_components_of_the_demo_are_promoted() {
    let demo = Repository::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo"));
    assert!(promote_all(&demo) > 0);
    let (changes, _) = promote(&demo, &promotion("calculator", Stage::Staging));
    let mut out = String::new();
    for change in &changes.files {
        writeln!(out, "{}", change.path).unwrap();
        let (before, after) = (change.before.as_deref().unwrap(), change.after.as_deref().unwrap());
        for line in after.lines().filter(|line| !before.lines().any(|known| known == *line)) {
            writeln!(out, "  {line}").unwrap();
        }
    }
    for note in &changes.notes {
        writeln!(out, "{note}").unwrap();
    }
    expect![[r#"
        specs/calculator.md
          **Status:** Staging
          **Last Promoted:** 2026-11-21
        src/calculator/MATURITY.md
          **Current Stage**: Staging
          **Last Updated**: 2026-11-21
          **Current Coverage**: 91.2%
          - **2026-11-21**: Promoted to Staging
        src/calculator/README.md
          **Stage**: Staging
        src/calculator/__init__.py
          __maturity__ = "staging"
        The target stage of `specs/calculator.md` is reached; name the next one there when there is one
    "#]]
    .assert_eq(&out);
}
