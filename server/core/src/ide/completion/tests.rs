use super::*;
use crate::diagnostic::apply_edits;
use crate::ide::testing::{PATH, both, cursor, root};
use expect_test::{Expect, expect};
use std::fmt::Write as _;

/// Renders every proposal: what is replaced, the label, the text inserted.
fn check_in(path: &str, root: &Root, fixture: &str, expected: &Expect) {
    let (text, at) = cursor(fixture);
    let mut items = both(&text, |source| completion(source, path, root, at));
    items.sort_by(|a, b| a.sort.cmp(&b.sort));
    let mut out = String::new();
    for item in &items {
        let (replaced, new) = (&text[item.edit.range], &item.edit.new_text);
        let detail = item.detail.as_deref().unwrap_or("-");
        writeln!(out, "{:?} {} | {replaced:?} -> {new:?} | {detail}", item.kind, item.label).unwrap();
    }
    if items.is_empty() {
        out.push_str("nothing\n");
    }
    expected.assert_eq(&out);
}

fn check(fixture: &str, expected: &Expect) {
    check_in(PATH, &root(), fixture, expected);
}

/// Checks the line of the cursor after choosing `label`.
fn check_chosen(fixture: &str, label: &str, expected: &str) {
    let (text, at) = cursor(fixture);
    let items = both(&text, |source| completion(source, PATH, &root(), at));
    let item = items.iter().find(|item| item.label == label);
    let item =
        item.unwrap_or_else(|| panic!("{label} in {:?}", items.iter().map(|i| &i.label).collect::<Vec<_>>()));
    assert_eq!(apply_edits(&text, std::slice::from_ref(&item.edit)), expected);
}

fn labels(fixture: &str) -> Vec<String> {
    let (text, at) = cursor(fixture);
    let mut items = both(&text, |source| completion(source, PATH, &root(), at));
    items.sort_by(|a, b| a.sort.cmp(&b.sort));
    items.into_iter().map(|item| item.label).collect()
}

#[test]
fn keys_that_are_missing_come_first_the_required_ones() {
    let found = labels("---\n$0\n---\n");
    assert_eq!(found[..4], ["applyTo", "description", "name", "title"]);
    let found = labels("---\napplyTo: a\ntags: [x]\nd$0\n---\n");
    assert_eq!(found[0], "description");
    assert!(!found.contains(&"applyTo".to_owned()) && !found.contains(&"tags".to_owned()));
}

#[test]
fn keys_come_while_the_fence_is_open_and_the_yaml_broken() {
    for fixture in [
        "---\n$0",
        "---\nappl$0",
        "---\r\nappl$0",
        "---\nappl$0\n\n# Title\n\ntext\n",
        "---\ndescription: a: b\nappl$0",
        "\u{feff}---\ndescription: \"open\nappl$0\n",
        "---\npriority: high\n# about the key\nappl$0\n",
        "---\n# stagegate: ignore[unclosed-frontmatter]\nappl$0\n",
    ] {
        assert_eq!(labels(fixture).first().map(String::as_str), Some("applyTo"), "{fixture:?}");
    }
}

#[test]
fn a_key_brings_its_colon_once() {
    check_chosen("---\nappl$0\n---\n", "applyTo", "---\napplyTo: \"$1\"\n---\n");
    check_chosen("---\r\nta$0\r\n---\r\n", "tags", "---\r\ntags: \r\n---\r\n");
    check_chosen("---\nap$0plyto: x\n---\n", "applyTo", "---\napplyTo: x\n---\n");
    check_chosen("---\napplyTo$0: x\n---\n", "applyTo", "---\napplyTo: x\n---\n");
}

#[test]
fn values_of_a_key_are_known() {
    check(
        "---\ntype: $0\n---\n",
        &expect![[r#"
        Value always_apply | "" -> "always_apply" | -
        Value agent_requested | "" -> "agent_requested" | -
        Value manual | "" -> "manual" | -
    "#]],
    );
    check(
        "---\ntype:$0\n",
        &expect![[r#"
        Value always_apply | "" -> " always_apply" | -
        Value agent_requested | "" -> " agent_requested" | -
        Value manual | "" -> " manual" | -
    "#]],
    );
    check(
        "---\r\nexcludeAgent: \"cod$0e\"\r\n---\r\n",
        &expect![[r#"
        Value code-review | "code" -> "code-review" | -
        Value cloud-agent | "code" -> "cloud-agent" | -
    "#]],
    );
    check(
        "---\nauthor: $0\n---\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        "---\ntype: manual # $0\n---\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn globs_come_from_the_folders_that_exist() {
    check(
        "---\napplyTo: \"$0\"\n---\n",
        &expect![[r#"
        Folder docs/ | "" -> "docs/" | -
        Folder src/ | "" -> "src/" | -
        Folder tests/ | "" -> "tests/" | -
        Glob ** | "" -> "**" | every file below
        Glob **/*.py | "" -> "**/*.py" | 7 files
        Glob **/*.md | "" -> "**/*.md" | 2 files
        Glob **/*.ts | "" -> "**/*.ts" | 2 files
        Glob **/*.rs | "" -> "**/*.rs" | 1 file
        Glob **/*.yml | "" -> "**/*.yml" | 1 file
        Glob *.md | "" -> "*.md" | -
        Glob *.py | "" -> "*.py" | -
        Folder .github/ | "" -> ".github/" | -
    "#]],
    );
    check(
        "---\napplyTo: \"src/$0\"\n---\n",
        &expect![[r#"
        Folder src/app/ | "src/" -> "src/app/" | -
        Folder src/web/ | "src/" -> "src/web/" | -
        Glob src/** | "src/" -> "src/**" | every file below
        Glob src/**/*.py | "src/" -> "src/**/*.py" | 2 files
        Glob src/**/*.ts | "src/" -> "src/**/*.ts" | 2 files
        Glob src/**/*.rs | "src/" -> "src/**/*.rs" | 1 file
        Glob src/*.rs | "src/" -> "src/*.rs" | 1 file
    "#]],
    );
    check(
        "---\napplyTo: \"src/**/$0\"\n---\n",
        &expect![[r#"
        Glob src/**/*.py | "src/**/" -> "src/**/*.py" | 2 files
        Glob src/**/*.ts | "src/**/" -> "src/**/*.ts" | 2 files
        Glob src/**/*.rs | "src/**/" -> "src/**/*.rs" | 1 file
    "#]],
    );
    check(
        "---\napplyTo: \"nowhere/$0\"\n---\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn a_glob_replaces_what_was_typed_of_it() {
    check_chosen("---\napplyTo: \"docs/**, sr$0\"\n---\n", "src/", "---\napplyTo: \"docs/**, src/\"\n---\n");
    check_chosen("---\napplyTo: \"s$0rc/app/*.py\"\n", "tests/", "---\napplyTo: \"tests/app/*.py\"\n");
    check_chosen("---\napplyTo: \"./sr$0\"\n---\n", "./src/", "---\napplyTo: \"./src/\"\n---\n");
    check_chosen("---\r\napplyTo: '*$0'\r\n---\r\n", "**/*.py", "---\r\napplyTo: '**/*.py'\r\n---\r\n");
}

#[test]
fn quotes_are_written_where_there_are_none() {
    check_chosen("---\napplyTo: $0", "**/*.py", "---\napplyTo: \"**/*.py\"");
    check_chosen("---\napplyTo:$0\n---\n", "src/", "---\napplyTo: \"src/$0\"\n---\n");
    check_chosen("---\napplyTo: src/$0 # all\n---\n", "src/**", "---\napplyTo: \"src/**\" # all\n---\n");
    // A string of several globs keeps its form.
    check_chosen("---\napplyTo: src/**, do$0\n---\n", "docs/", "---\napplyTo: src/**, docs/\n---\n");
    check_chosen("---\napplyTo: s$0, docs/**\n---\n", "src/", "---\napplyTo: src/, docs/**\n---\n");
}

#[test]
fn globs_come_in_lists() {
    check_chosen("---\napplyTo:\n  - $0\n---\n", "**/*.py", "---\napplyTo:\n  - \"**/*.py\"\n---\n");
    check_chosen("---\napplyTo:\n- a\n-$0\n", "src/", "---\napplyTo:\n- a\n- \"src/$0\"\n");
    check_chosen("---\r\napplyTo:\r\n  - \"te$0\r\n", "tests/", "---\r\napplyTo:\r\n  - \"tests/\r\n");
    check_chosen("---\napplyTo: [a, te$0]\n", "tests/", "---\napplyTo: [a, \"tests/$0\"]\n");
    check_chosen("---\napplyTo: [\n  'te$0'\n]\n---\n", "tests/", "---\napplyTo: [\n  'tests/'\n]\n---\n");
    assert_eq!(labels("---\ntags:\n  - $0\n---\n"), Vec::<String>::new());
}

#[test]
fn the_first_line_offers_front_matter() {
    check(
        "$0",
        &expect![[r#"
        Snippet --- | "" -> "---\napplyTo: \"${1:**}\"\ndescription: \"${2:What these instructions are about}\"\n---\n\n$0" | front matter with both required keys
    "#]],
    );
    check(
        "--$0\r\n# Title\r\n",
        &expect![[r#"
        Snippet --- | "--" -> "---\r\napplyTo: \"${1:**}\"\r\ndescription: \"${2:What these instructions are about}\"\r\n---\r\n\r\n$0" | front matter with both required keys
    "#]],
    );
    check(
        "---$0",
        &expect![[r#"
        Snippet --- | "---" -> "---\napplyTo: \"${1:**}\"\ndescription: \"${2:What these instructions are about}\"\n---\n\n$0" | front matter with both required keys
    "#]],
    );
    check(
        "$0# Title\n",
        &expect![[r#"
        Snippet --- | "" -> "---\napplyTo: \"${1:**}\"\ndescription: \"${2:What these instructions are about}\"\n---\n\n$0" | front matter with both required keys
    "#]],
    );
    check(
        "# Ti$0tle\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        "---$0\napplyTo: a\n---\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn a_body_offers_nothing() {
    check(
        "---\napplyTo: a\n---\n$0\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        "---\napplyTo: a\n--$0-\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        "---\napplyTo: a\n\n# Title\n\ndes$0\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        "# Title\n\nappl$0\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        "---\ndescription: |\n  appl$0\n---\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check_in(
        "README.md",
        &root(),
        "---\nappl$0\n---\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn without_an_index_only_patterns_are_offered() {
    check_in(
        PATH,
        &Root::default(),
        "---\napplyTo: \"src/$0\"\n---\n",
        &expect![[r#"
        Glob src/** | "src/" -> "src/**" | every file below
    "#]],
    );
}

#[test]
fn a_snippet_without_its_places_is_plain_text() {
    assert_eq!(snippet::to_plain("a: \"${1:**}\" $0\\$b\\}"), "a: \"**\" $b}");
    assert_eq!(snippet::to_plain("${1}x$2"), "x");
}
