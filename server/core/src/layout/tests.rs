use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn index(paths: &[&str]) -> FileIndex {
    FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect())
}

fn config(source: &[&str], tests: &[&str]) -> ComponentsConfig {
    let patterns = |patterns: &[&str]| patterns.iter().map(|p| LayoutPattern::new(p).unwrap()).collect();
    ComponentsConfig { source: patterns(source), tests: patterns(tests) }
}

fn check(config: &ComponentsConfig, paths: &[&str], expected: &Expect) {
    let layout = Layout::new(&index(paths), config);
    let mut out = String::new();
    for place in layout.iter() {
        out += &format!("{}\n", place.name);
        for (what, paths) in
            [("source", &place.source), ("docs only", &place.docs_only), ("tests", &place.tests)]
        {
            if !paths.is_empty() {
                out += &format!("  {what}: {}\n", paths.join(", "));
            }
        }
    }
    expected.assert_eq(&out);
}

#[test]
fn a_python_repository() {
    check(
        &ComponentsConfig::default(),
        &[
            "README.md",
            "src/__init__.py",
            "src/__pycache__/x.pyc",
            "src/.cache/x",
            "src/my component/x.py",
            "src/Player-Experience/api/app.py",
            "src/Player-Experience/MATURITY.md",
            "src/main.py",
            "src/data.json",
            "src/components/README.md",
            "src/components/__init__.py",
            "src/components/neo4j_component.py",
            "src/components/neo4j/MATURITY.md",
            "src/components/neo4j/docs/README.MD",
            "src/components/neo4j_extra.py",
            "src/components/carbon_component.py",
            "src/components/_component.py",
            "src/components/redis/MATURITY.md",
            "tests/README.md",
            "tests/player_experience/deep/test_x.py",
            "tests/test_neo4j.py",
            "tests/test_neo4j_extra.py",
            "tests/test_neo4j_extra_more.py",
            "tests/test_neo4j_more.py",
            "tests/test_neo4j_more.txt",
            "tests/test_neo4jx.py",
            "tests/unit/carbon/test_x.py",
            "tests/unit/test_carbon.py",
            "tests/integration/test_carbon_integration.py",
            "tests/e2e/test_player_experience_e2e.py",
            "tests/unknown/test_x.py",
        ],
        &expect![[r#"
            carbon
              source: src/components/carbon_component.py
              tests: tests/integration/test_carbon_integration.py, tests/unit/carbon, tests/unit/test_carbon.py
            main
              source: src/main.py
            my_component
              source: src/my component
            neo4j
              source: src/components/neo4j_component.py
              docs only: src/components/neo4j
              tests: tests/test_neo4j.py, tests/test_neo4j_more.py
            neo4j_extra
              source: src/components/neo4j_extra.py
              tests: tests/test_neo4j_extra.py, tests/test_neo4j_extra_more.py
            Player-Experience
              source: src/Player-Experience
              tests: tests/e2e/test_player_experience_e2e.py, tests/player_experience
            redis
              docs only: src/components/redis
        "#]],
    );
}

#[test]
fn a_rust_workspace() {
    check(
        &config(
            &["server/<component>", "editors/<component>"],
            &["server/<component>/tests", "server/<component>/src", "tests/<component>"],
        ),
        &[
            "server/README.md",
            "server/core/Cargo.toml",
            "server/core/src/lib.rs",
            "server/core/tests/corpus.rs",
            "server/lsp/src/lib.rs",
            "editors/vscode/package.json",
            "editors/core/x",
            "tests/lsp/a.rs",
            "tests/core.rs",
        ],
        &expect![[r#"
            core
              source: editors/core, server/core
              tests: server/core/src, server/core/tests
            lsp
              source: server/lsp
              tests: server/lsp/src, tests/lsp
            vscode
              source: editors/vscode
        "#]],
    );
}

#[test]
fn stars_and_affixes() {
    check(
        &config(
            &[
                "packages/*/<component>",
                "lib/<component>.rs",
                "lib/<component>_*.rs",
                "services/svc-<component>/app",
            ],
            &["packages/*/<component>/*_test", "<component>_tests"],
        ),
        &[
            "packages/x/a/main.go",
            "packages/x/a/unit_test/x.go",
            "packages/y/A/main.go",
            "lib/b.rs",
            "lib/b_c.rs",
            "lib/b_c_d.rs",
            "lib/b_x.rs",
            "lib/e_x.rs",
            "services/svc-f/app/main.py",
            "services/svc-f/readme.txt",
            "services/svc-g/readme.txt",
            "a_tests/x",
            "services/svc-f_tests",
        ],
        &expect![[r#"
            a
              source: packages/x/a, packages/y/A
              tests: a_tests, packages/x/a/unit_test
            b
              source: lib/b.rs
            b_c
              source: lib/b_c.rs
            b_c_d
              source: lib/b_c_d.rs
            b_x
              source: lib/b_x.rs
            e_x
              source: lib/e_x.rs
            f
              source: services/svc-f/app
        "#]],
    );
}

#[test]
fn the_root_may_hold_components() {
    check(
        &config(&["<component>"], &["tests/test_<component>.py"]),
        &["a/x.py", "tests/test_a.py", "b.py", "setup.cfg", ".git/config"],
        &expect![[r#"
            a
              source: a
              tests: tests/test_a.py
            b
              source: b.py
        "#]],
    );
}

#[test]
fn no_files_and_no_patterns_give_no_components() {
    check(&ComponentsConfig::default(), &[], &expect![[r#""#]]);
    check(&config(&[], &["tests/<component>"]), &["tests/a/x.py"], &expect![[r#""#]]);
}

#[test]
fn a_path_is_of_the_innermost_component() {
    let files =
        index(&["src/a/b/x.py", "src/a/y.py", "src/c_component.py", "src/c/MATURITY.md", "src/ab/x.py"]);
    let layout = Layout::new(&files, &config(&["src/<component>", "src/*/<component>"], &[]));
    let of = |path: &str| layout.component_of(path).map(|place| place.name.as_str());
    assert_eq!(of("src/a/b/new.py"), Some("b"));
    assert_eq!(of("src/a/y.py"), Some("y"), "a file can be a component of its own");
    assert_eq!(of("src/a/new.py"), Some("a"));
    assert_eq!(of("src/ab/x.txt"), Some("ab"));
    assert_eq!(of("src/c_component.py"), Some("c"));
    assert_eq!(of("src/c/MATURITY.md"), Some("c"), "where only the documents lie, too");
    assert_eq!((of("src/new.py"), of("src"), of("")), (None, None, None));
    assert_eq!(layout.get("c").unwrap().docs_only, [Box::from("src/c")]);
    assert!(layout.get("C").is_none());
}

/// What a component has, as the slow reference finds it: source, docs only, tests.
type Slow = BTreeMap<String, [BTreeSet<String>; 3]>;

/// Tries every name at every place with a glob.
fn slow(paths: &[String], source: &[&str], tests: &[&str]) -> Slow {
    let mut folders = BTreeSet::new();
    let mut names = BTreeSet::new();
    for path in paths {
        folders.extend(path.match_indices('/').map(|(at, _)| path[..at].to_owned()));
        for part in path.split('/') {
            for from in 0..part.len() {
                names.extend((from + 1..=part.len()).filter_map(|to| part.get(from..to)).map(str::to_owned));
            }
        }
    }
    names.retain(|name| is_name(name));
    let container = |folder: &str| {
        source.iter().chain(tests).any(|pattern| {
            let wild = pattern.find(['*', '<']).unwrap();
            pattern[..wild].starts_with(&format!("{folder}/"))
        })
    };
    // Which folders and files are those of `pattern` for `name`.
    let matching = |pattern: &str, name: &str, is_source: bool| {
        let glob = |text: &str| {
            globset::GlobBuilder::new(text).literal_separator(true).build().unwrap().compile_matcher()
        };
        let here = glob(&pattern.replace(PLACEHOLDER, name));
        let mut found: BTreeSet<String> =
            folders.iter().filter(|folder| here.is_match(folder) && !container(folder)).cloned().collect();
        let file = |path: &&String| match pattern.ends_with("/<component>") || pattern == PLACEHOLDER {
            false => here.is_match(path),
            true => {
                let [short, long] = [".py", "_component.py"]
                    .map(|end| glob(&pattern.replace(PLACEHOLDER, &(name.to_owned() + end))));
                is_source
                    && (long.is_match(path) || (short.is_match(path) && !path.ends_with("_component.py")))
            }
        };
        found.extend(paths.iter().filter(file).cloned());
        found
    };
    let is_starred =
        |pattern: &&&str| pattern[pattern.find('>').unwrap()..].split('/').next().unwrap().contains('*');
    let docs = |path: &str| {
        let mut below = paths.iter().filter(|known| is_below(known, path)).peekable();
        usize::from(below.peek().is_some() && below.all(|path| path.ends_with(".md")))
    };
    let mut found = Slow::new();
    for pattern in source.iter().filter(|pattern| !is_starred(pattern)) {
        for name in &names {
            for path in matching(pattern, name, true) {
                found.entry(name::canonical(name)).or_default()[docs(&path)].insert(path);
            }
        }
    }
    let known: BTreeSet<String> = found.keys().cloned().collect();
    let named: BTreeSet<String> = found.values().flat_map(|sets| sets.iter().flatten()).cloned().collect();
    let starred: Vec<_> = source.iter().filter(is_starred).copied().collect();
    for (patterns, is_source) in [(&starred[..], true), (tests, false)] {
        let mut best: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for pattern in patterns {
            for name in names.iter().filter(|name| known.contains(&*name::canonical(name))) {
                let places = matching(pattern, name, false);
                for path in places.into_iter().filter(|path| !is_source || !named.contains(path)) {
                    best.entry(path).or_default().insert(name::canonical(name));
                }
            }
        }
        for (path, names) in best {
            let longest = names.iter().map(String::len).max().unwrap();
            for name in names.iter().filter(|name| name.len() == longest) {
                let kind = if is_source { docs(&path) } else { 2 };
                found.get_mut(name).unwrap()[kind].insert(path.clone());
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_slow_reference_finds_the_same(
        paths in prop::collection::vec(
            "(src|src/c|c/u|t|t/u)/(test_)?(a|A|a_b|a-b|a_b_a|c|u|_a|\u{e9}|x\\.a)(|\\.py|_component\\.py|/y\\.py|/x\\.md|/z/y|/t/y)|a/y|a\\.py",
            0..20,
        ),
        source in prop::sample::subsequence(vec!["src/<component>", "src/c/<component>", "c/*/<component>", "src/<component>/z", "src/<component>_*", "<component>"], 1..6),
        tests in prop::sample::subsequence(vec!["t/<component>", "t/test_<component>.py", "t/test_<component>_*", "t/u/<component>*", "src/<component>/t*"], 1..5),
        rich in any::<bool>(),
    ) {
        let mut files: Vec<String> = paths;
        if rich {
            files.extend(["src/a/y", "src/a-b/y", "t/test_a_b.py"].map(str::to_owned));
        }
        // A path is a file or a folder, never both.
        files.sort();
        files.dedup();
        let all = files.clone();
        files.retain(|path| !all.iter().any(|other| is_below(other, path)));
        let refs: Vec<&str> = files.iter().map(String::as_str).collect();
        let layout = Layout::new(&index(&refs), &config(&source, &tests));
        let set = |paths: &[Box<str>]| paths.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let found: Slow = layout
            .iter()
            .map(|place| {
                (name::canonical(&place.name), [set(&place.source), set(&place.docs_only), set(&place.tests)])
            })
            .collect();
        prop_assert_eq!(&found, &slow(&files, &source, &tests), "{:?}", files);
        for place in layout.iter() {
            for path in place.source.iter().chain(&place.docs_only) {
                let below = format!("{path}/x");
                prop_assert!(layout.component_of(&below).is_some());
            }
        }
    }
}
