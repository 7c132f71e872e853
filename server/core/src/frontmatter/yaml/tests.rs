use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;

/// Renders a tree with the source text of every node, then the problems.
fn render(text: &str) -> String {
    fn node(out: &mut String, text: &str, node_: &Node, depth: usize) {
        let source = &text[node_.range];
        match &node_.kind {
            NodeKind::Scalar { value, style } => {
                writeln!(out, "{style:?} {} {source:?} = {value:?}", node_.type_name()).unwrap();
            }
            NodeKind::Sequence { items, flow } => {
                writeln!(out, "sequence{} {source:?}", if *flow { " (flow)" } else { "" }).unwrap();
                for item in items {
                    write!(out, "{:1$}- ", "", depth * 2).unwrap();
                    node(out, text, item, depth + 1);
                }
            }
            NodeKind::Mapping { entries, flow } => {
                writeln!(out, "mapping{}", if *flow { " (flow)" } else { "" }).unwrap();
                for entry in entries {
                    write!(out, "{:1$}{2:?}: ", "", depth * 2, &text[entry.key.range]).unwrap();
                    node(out, text, &entry.value, depth + 1);
                }
            }
            other => writeln!(out, "{other:?} {source:?}").unwrap(),
        }
    }
    let tree = read(text, 0);
    let mut out = String::new();
    if let Some(root) = &tree.root {
        node(&mut out, text, root, 0);
    }
    for problem in &tree.problems {
        writeln!(
            out,
            "problem at {:?} in {:?}: {}",
            &text[problem.range], &text[problem.entry], problem.message
        )
        .unwrap();
    }
    out
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&render(text));
}

#[test]
fn spans_cover_keys_values_and_items() {
    check(
        "applyTo: \"src/**\" # all\ndescription: 'It''s'\nn: 5\nnone:\nlist:\n  - a b\n  - \"c\"\nflow: [x, 'y z']\nblock: |\n  one\n  two\nlast: true\n",
        &expect![[r#"
            mapping
            "applyTo": DoubleQuoted a string "\"src/**\"" = "src/**"
            "description": SingleQuoted a string "'It''s'" = "It's"
            "n": Plain a number "5" = "5"
            "none": Plain nothing "" = ""
            "list": sequence "- a b\n  - \"c\""
              - Plain a string "a b" = "a b"
              - DoubleQuoted a string "\"c\"" = "c"
            "flow": sequence (flow) "[x, 'y z']"
              - Plain a string "x" = "x"
              - SingleQuoted a string "'y z'" = "y z"
            "block": Block a string "one\n  two" = "one\ntwo\n"
            "last": Plain a boolean "true" = "true"
        "#]],
    );
}

#[test]
fn a_broken_entry_hides_no_other() {
    check(
        "a: 1\nuse: x: y\nb: 2\n",
        &expect![[r#"
        mapping
        "a": Plain a number "1" = "1"
        "use": Invalid "x: y"
        "b": Plain a number "2" = "2"
        problem at ": y" in "use: x: y": mapping values are not allowed in this context
    "#]],
    );
    check(
        "applyTo: **/*.py\nb: 2\n",
        &expect![[r#"
            mapping
            "applyTo": Invalid "**/*.py"
            "b": Plain a number "2" = "2"
            problem at "**/*.py" in "applyTo: **/*.py": text that starts with `*` needs quotes
        "#]],
    );
    check(
        "a: \"[\"x\", \"y\"]\"\nb: [1\nc: 3\n",
        &expect![[r#"
        mapping
        "a": Invalid "\"[\"x\", \"y\"]\""
        "b": Invalid "[1"
        "c": Plain a number "3" = "3"
        problem at "x\", \"y\"]\"" in "a: \"[\"x\", \"y\"]\"": invalid trailing content after double-quoted scalar
        problem at "[1" in "b: [1": unclosed bracket '['
    "#]],
    );
    check(
        "just text\n",
        &expect![[r#"
        Plain a string "just text" = "just text"
    "#]],
    );
    check(
        "a: 1\n--- b\n",
        &expect![[r#"
        mapping
        "a": Invalid "1\n--- b"
        problem at "---" in "a: 1\n--- b": a second document starts here; expected one
    "#]],
    );
    check(
        "a:\n\t- x\nb: 1\n",
        &expect![[r#"
        mapping
        "a": Invalid "- x"
        "b": Plain a number "1" = "1"
        problem at "- x" in "a:\n\t- x": tabs disallowed within this context (block indentation)
    "#]],
    );
}

#[test]
fn text_that_yaml_takes_for_a_tag_or_an_anchor_is_a_problem() {
    check(
        "a: !src/**\nb: &src/**\nc:\n  - !src/api/**\n  - ok\nd: !important use it\ne: !!str x\nf: !tag\ng: &x hi\nh: !t [a]\n",
        &expect![[r#"
            mapping
            "a": Invalid "!src/**"
            "b": Invalid "&src/**"
            "c": sequence "- !src/api/**\n  - ok"
              - Invalid "!src/api/**"
              - Plain a string "ok" = "ok"
            "d": Invalid "!important use it"
            "e": Plain a string "x" = "x"
            "f": Plain nothing "" = ""
            "g": Plain a string "hi" = "hi"
            "h": sequence (flow) "[a]"
              - Plain a string "a" = "a"
            problem at "!src/**" in "a: !src/**": text that starts with `!` needs quotes
            problem at "&src/**" in "b: &src/**": text that starts with `&` needs quotes
            problem at "!src/api/**" in "c:\n  - !src/api/**\n  - ok": text that starts with `!` needs quotes
            problem at "!important use it" in "d: !important use it": text that starts with `!` needs quotes
        "#]],
    );
}

#[test]
fn a_non_breaking_space_in_a_tag_or_an_anchor_is_no_blank() {
    for text in ["a: &src/\u{a0}**\n", "a: !\u{a0}x/y z\n", "a: [&\u{a0}x/y]\n"] {
        assert!(!read(text, 0).problems.is_empty(), "{text:?}");
    }
}

#[test]
fn a_non_breaking_space_at_its_end_belongs_to_a_value() {
    check(
        "a\u{a0}: b\u{a0}\n",
        &expect![[r#"
        mapping
        "a\u{a0}": Plain a string "b\u{a0}" = "b\u{a0}"
    "#]],
    );
}

#[test]
fn a_list_starts_with_its_first_dash() {
    check(
        "a:\n- x\n- y\nb:\n- - z\n  - q\nc:\n-\n  - r\nd:\n- &x k\ne:\n  - &y l\n",
        &expect![[r#"
        mapping
        "a": sequence "- x\n- y"
          - Plain a string "x" = "x"
          - Plain a string "y" = "y"
        "b": sequence "- - z\n  - q"
          - sequence "- z\n  - q"
            - Plain a string "z" = "z"
            - Plain a string "q" = "q"
        "c": sequence "-\n  - r"
          - sequence "- r"
            - Plain a string "r" = "r"
        "d": sequence "- &x k"
          - Plain a string "k" = "k"
        "e": sequence "- &y l"
          - Plain a string "l" = "l"
    "#]],
    );
}

#[test]
fn a_missing_blank_behind_a_key_hides_no_other() {
    check(
        "a: 1\nb:\"x\"\nc: 2\n",
        &expect![[r#"
        mapping
        "a": Plain a number "1" = "1"
        "b": Invalid "\"x\""
        "c": Plain a number "2" = "2"
        problem at ":\"x\"" in "b:\"x\"": a blank is missing after `:`
    "#]],
    );
    check(
        "applyTo:src/**\n",
        &expect![[r#"
        mapping
        "applyTo": Invalid "src/**"
        problem at ":src/**" in "applyTo:src/**": a blank is missing after `:`
    "#]],
    );
    check(
        "a:\u{a0}x\n",
        &expect![[r#"
        mapping
        "a": Invalid "x"
        problem at "\u{a0}" in "a:\u{a0}x": a non-breaking space (U+00A0) stands here; expected a blank
    "#]],
    );
    check(
        "a:\u{a0}\"x\"\nb: 1\n",
        &expect![[r#"
        mapping
        "a": Invalid "\"x\""
        "b": Plain a number "1" = "1"
        problem at "\u{a0}" in "a:\u{a0}\"x\"": a non-breaking space (U+00A0) stands here; expected a blank
    "#]],
    );
    check(
        "https://x\n",
        &expect![[r#"
        Plain a string "https://x" = "https://x"
    "#]],
    );
}

#[test]
fn duplicates_name_both_places() {
    check(
        "a: 1\nb:\n  c: 1\n  c: 2\na: 2\n",
        &expect![[r#"
        mapping
        "a": Plain a number "1" = "1"
        "b": mapping
          "c": Plain a number "1" = "1"
          "c": Plain a number "2" = "2"
        "a": Plain a number "2" = "2"
        problem at "c" in "a: 1\nb:\n  c: 1\n  c: 2\na: 2\n": the key `c` stands here for the second time; only one of the two counts
        problem at "a" in "a: 1\nb:\n  c: 1\n  c: 2\na: 2\n": the key `a` stands here for the second time; only one of the two counts
    "#]],
    );
}

#[test]
fn aliases_are_values_but_never_expanded() {
    check(
        "a: &x hi\nb: *x\nc: &l [1, 2]\nd: [*l, *l]\n",
        &expect![[r#"
        mapping
        "a": Plain a string "hi" = "hi"
        "b": Plain a string "*x" = "hi"
        "c": sequence (flow) "[1, 2]"
          - Plain a number "1" = "1"
          - Plain a number "2" = "2"
        "d": sequence (flow) "[*l, *l]"
          - Alias "*l"
          - Alias "*l"
    "#]],
    );
}

#[test]
fn line_ends_and_places_outside_the_basic_plane() {
    check(
        "a: x\r\nb: \"\u{1f680}\"\r\nc:\r\n  - y\r\n",
        &expect![[r#"
        mapping
        "a": Plain a string "x" = "x"
        "b": DoubleQuoted a string "\"🚀\"" = "🚀"
        "c": sequence "- y"
          - Plain a string "y" = "y"
    "#]],
    );
}

#[test]
fn hostile_texts_end_with_a_problem_in_bounded_time() {
    let bomb: String = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, i| {
        text + &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "))
    });
    assert!(read(&bomb, 0).problems.is_empty(), "an alias bomb is small as long as nobody expands it");
    for deep in ["[".repeat(10_000), "- ".repeat(10_000), "{a: ".repeat(10_000), "? ".repeat(10_000)] {
        assert!(!read(&format!("k: 1\nx:\n  {deep}"), 0).problems.is_empty());
    }
    let scalar = format!("a: \"{}\"\nb: 1\n", "x".repeat(1_000_000));
    assert_eq!(read(&scalar, 0).root.unwrap().entries().unwrap().len(), 2);
    assert!(!read(&format!("a: [{}]", "1,".repeat(MAX_NODES)), 0).problems.is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 2000, ..Default::default() })]
    /// The fuzz target for the reader: any text gives a tree whose ranges lie in the text, and never panics.
    #[test]
    fn every_range_lies_in_the_text(text in "([a-c]{0,3}(: |:\n|\n|- |  |\\*|&|\\[|\\]|\\{|\\}|\"|'|,|#|\\||>|\r\n|\t|!|%|@|`|\u{e9}|\u{1f680}|---|\\.\\.\\.|\\?)){0,20}") {
        let tree = read(&text, 7);
        let mut todo: Vec<&Node> = tree.root.iter().collect();
        let inside = |range: TextRange| text.get(usize::from(range.start()) - 7..usize::from(range.end()) - 7).is_some();
        while let Some(node) = todo.pop() {
            proptest::prop_assert!(inside(node.range), "{:?}", node);
            todo.extend(node.items().unwrap_or_default());
            for entry in node.entries().unwrap_or_default() {
                todo.extend([&entry.key, &entry.value]);
            }
        }
        for problem in &tree.problems {
            proptest::prop_assert!(inside(problem.range) && inside(problem.entry), "{:?}", problem);
        }
    }
}
