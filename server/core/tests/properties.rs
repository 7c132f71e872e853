//! Properties of the reader and of the rules, on generated files.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::{PLAIN, PORTABLE, SPEC, findings, fixpoint, root};
use gray_matter::engine::YAML;
use gray_matter::{Matter, Pod};
use proptest::prelude::*;
use stagegate_core::diagnostic::apply_edits;
use stagegate_core::frontmatter::yaml::{Node, ProblemKind};
use stagegate_core::instructions::InstructionFile;
use stagegate_core::text::Source;

/// A value of well-formed front matter.
#[derive(Clone, Debug)]
enum Value {
    Plain(String),
    Double(String),
    Single(String),
    Block(Vec<Value>),
    Flow(Vec<Value>),
}

impl Value {
    fn write(&self, line_end: &str) -> String {
        match self {
            Value::Plain(text) => text.clone(),
            Value::Double(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Value::Single(text) => format!("'{}'", text.replace('\'', "''")),
            Value::Flow(items) => {
                format!("[{}]", items.iter().map(|item| item.write(line_end)).collect::<Vec<_>>().join(", "))
            }
            Value::Block(items) => {
                items.iter().map(|item| format!("{line_end}  - {}", item.write(line_end))).collect()
            }
        }
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    let text = "[a-z*/.{}, :#'\"\u{e9}\u{1f680}-]{1,12}";
    prop_oneof![
        // Words that YAML 1.1 takes for booleans are left out: the oracle may read them so.
        "[a-z\u{e9}]{3}[a-z/.*]{0,6}x( [a-z]{2}q){0,2}".prop_map(Value::Plain),
        text.prop_map(Value::Double),
        text.prop_map(Value::Single),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => scalar(),
        1 => prop::collection::vec(scalar(), 1..4).prop_map(Value::Block),
        1 => prop::collection::vec(scalar(), 0..4).prop_map(Value::Flow),
    ]
}

/// Keys and values as plain data.
type Data = Vec<(String, Vec<String>, bool)>;

fn ours(text: &str) -> Data {
    let file = InstructionFile::read(Source::Str(text));
    let front_matter = file.head.front_matter().unwrap();
    assert!(front_matter.problems.is_empty(), "{:?}", front_matter.problems);
    let strings = |nodes: &[Node]| nodes.iter().map(|node| node.as_str().unwrap().to_owned()).collect();
    let mut data: Data = front_matter
        .entries()
        .iter()
        .map(|entry| {
            let key = entry.key.as_str().unwrap().to_owned();
            match entry.value.items() {
                Some(items) => (key, strings(items), true),
                None => (key, strings(std::slice::from_ref(&entry.value)), false),
            }
        })
        .collect();
    data.sort();
    data
}

fn oracle(text: &str) -> Data {
    let matter = Matter::<YAML>::new();
    let Some(Pod::Hash(pairs)) = matter.parse::<Pod>(text).unwrap().data else { return Data::new() };
    let mut data: Data = pairs
        .into_iter()
        .map(|(key, pod)| match pod {
            Pod::Array(items) => (key, items.iter().map(|item| item.as_string().unwrap()).collect(), true),
            other => (key, vec![other.as_string().unwrap()], false),
        })
        .collect();
    data.sort();
    data
}

/// Files that random edits start from: between them they break every rule.
const SEEDS: [&str; 16] = [
    "---\napplyTo: \"src/**\"\ndescription: \"x\"\n\n# Rules\n\ntext\n\n---\n\nmore\n",
    "---\r\napplyTo:\"src/**\"\r\ndescription: - a\r\n  - b\r\nx: \"a \"b\" #1 c\" # d\r\n-----\r\n",
    "\n\n ---\napplyTo: a\n---\n",
    "---\napplyTo: \u{201c}src/**\u{201d}, /a\ndescription:\u{a0}\"x\"\n---\n",
    "---\napplyTo: &src/**, \"b\"\ndescription: !x \"[\"a\", \"b\"]\"\n---\n",
    "---\napplyTo:\n\t- \"x\",\n\t- 'y' z'\n\u{a0}k: [!a/b, `c`]\n---\n",
    "---\napplyTo: a\n\ndescription: \"b\n...\n\nNote: x\n",
    "---\napplyTo: 'a', \"b\"\ndescription: 'It's 'a' b'\n---\n",
    "---\napplyTo: \"src/**, tests/**\" # c\ndescription: 'd'\n---\n# T\n",
    "---\r\napplyTo:\r\n  - pattern: \"a\"\r\n  - **/*.py\r\n  - 'src/**' # x\r\ndescription: Use: it\r\n---\r\ntext\r\n",
    "---\napplyTo: [**/*.{a,b}, '/x', \"src/a\", src/**, 5, {glob: y}]\ndescription: [d]\n---\n",
    "---\napplyto: a,,b\\**.c,\ndesciption: \"[\"x\", \"y\"]\"\nglobs: z\n",
    "---\ndescription: 5\napplyTo: &a\n- a\n-\n- *a\n- ''\nx: *a\n---\n",
    "\u{feff}---\napplyTo: **.cs,*,src/**,!n,./q\napplyTo: |\n  a\n  b\n---\n\n\u{1f680}\n",
    "# T\n\nno front matter\n",
    "---\r- a\r- b: *c\r---\r",
];

fn syntax_problems(text: &str) -> usize {
    let file = InstructionFile::read(Source::Str(text));
    let problems = file.head.front_matter().map(|f| f.problems.as_slice()).unwrap_or_default();
    problems.iter().filter(|problem| problem.kind == ProblemKind::Syntax).count()
}

fn edit() -> impl Strategy<Value = (usize, usize, String)> {
    let token = "(\n|\r|\u{a0}|\u{201c}|!a|!a/|&a/|@|`|applyTo:|\r\n|- |  |: |, |,|\\*\\*|\\*|/|\\.|\\[|\\]|\\{|\\}|\"|'|#| #|&a|\\*a|---|\\||~|5|true|pattern: |applyTo: |description: |\\\\|!|\t|x|\u{e9}){0,3}";
    (0usize..200, 0usize..8, token)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// Well-formed front matter reads as `gray_matter` reads it.
    #[test]
    fn front_matter_reads_as_the_oracle_reads_it(
        entries in prop::collection::btree_map("[a-z]{2}[a-zA-Z_]{1,5}q", value(), 1..6),
        crlf in any::<bool>(),
        comment in any::<bool>(),
    ) {
        let line_end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("---{line_end}");
        for (key, value) in &entries {
            let tail = if comment { " # c" } else { "" };
            text += &format!("{key}: {}{tail}{line_end}", value.write(line_end));
        }
        text += &format!("---{line_end}# T{line_end}");
        // The oracle knows `\n` only.
        prop_assert_eq!(ours(&text), oracle(&text.replace("\r\n", "\n")), "{:?}", text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    /// Whatever is typed: no panic, a rope and a string agree, every fix fits the text, and safe fixes come to an end.
    #[test]
    fn any_text_is_analysed_and_fixed_to_the_end(
        seed in 0..SEEDS.len(),
        edits in prop::collection::vec(edit(), 0..6),
        portable in any::<bool>(),
    ) {
        let mut text = SEEDS[seed].to_owned();
        for (at, len, new) in edits {
            let source = Source::Str(&text);
            let start = source.floor_char_boundary(at % (text.len() + 1));
            let end = source.floor_char_boundary(start + len);
            text.replace_range(start..end, &new);
        }
        let path = if portable { PORTABLE } else { PLAIN };
        let found = findings(&text, path);
        let rope = ropey::Rope::from_str(&text);
        let in_rope = stagegate_core::diagnostics(Source::Rope(&rope), path, &root());
        prop_assert_eq!(format!("{found:?}"), format!("{in_rope:?}"));
        for finding in &found {
            prop_assert!(text.get(std::ops::Range::<usize>::from(finding.range)).is_some(), "{:?}", finding);
            let field = finding.field.as_deref();
            prop_assert!(matches!(field, None | Some("applyTo" | "description" | "frontmatter")), "{:?}", finding);
            for related in &finding.related {
                prop_assert!(text.get(std::ops::Range::<usize>::from(related.range)).is_some(), "{:?}", finding);
            }
            let Some(fix) = &finding.fix else { continue };
            prop_assert!(!fix.edits.is_empty(), "{text:?} {finding:?}");
            for edit in &fix.edits {
                prop_assert!(text.get(std::ops::Range::<usize>::from(edit.range)).is_some(), "{:?}", finding);
            }
            for pair in fix.edits.windows(2) {
                prop_assert!(pair[0].range.end() <= pair[1].range.start(), "{:?}", finding);
            }
        }
        let before = syntax_problems(&text);
        for fix in found.iter().filter_map(|d| d.fix.as_ref()).filter(|fix| fix.safe) {
            let after = apply_edits(&text, &fix.edits);
            prop_assert!(syntax_problems(&after) <= before, "{:?} in {:?} gives {:?}", fix, text, after);
        }
        fixpoint(&text, path);
    }
}

/// A hostile file costs a bounded number of findings, whatever it repeats.
#[test]
fn findings_of_one_rule_are_limited() {
    let texts = [
        format!("---\napplyTo: [{}x]\n---\n", "*a, ".repeat(10_000)),
        format!("---\napplyTo: \"{}\"\n---\n", ",a/**".repeat(10_000)),
        format!("---\n{}---\n", "a: 1\n".repeat(10_000)),
        format!("---\napplyTo: a/**,{}\n---\n", "b/".repeat(30_000)),
        format!("---\napplyTo:\n{}---\n", "- [[a\n".repeat(10_000)),
    ];
    for text in texts {
        let found = findings(&text, PORTABLE);
        assert!(!found.is_empty());
        for finding in &found {
            let same = found.iter().filter(|other| other.rule == finding.rule).count();
            assert!(same <= 200, "{same} of {}", finding.rule.code);
        }
    }
}

/// Lines of which specs consist, and what breaks them.
const SPEC_LINES: &[&str] = &[
    "# Component Specification: [Component Name]",
    "# A",
    "A",
    "===",
    "---",
    "**Component Name:** calculator",
    "**Component Name:**",
    "- **Component ID**: `🎉`  ",
    "**Status:** Development",
    "**Target Stage:** stagign",
    "**Target Stage**: [a | b]",
    "**Feature ID:** F-1",
    "component_name: a",
    "## Overview",
    "## Requirements",
    "### FR1: x",
    "- **FR1:** y",
    "## Out of Scope",
    "- y",
    "## Acceptance Criteria",
    "- ## Purpose",
    "> ## Requirements",
    "### Staging",
    "- [ ] Test coverage ≥65%",
    "- [x] Coverage >= 75 % é",
    "## Rollback Procedure",
    "**Approval:**",
    "- [ ] me",
    "```",
    "<!--",
    "-->",
    "[a](b.md) [c](#d%20) [[p]] [e](../../../x) [f](%ff) <g>",
    "\ttext",
    "",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    /// Whatever a spec holds, findings lie in it, and the fixes of what is missing add it.
    #[test]
    fn findings_of_specs_lie_in_them_and_fixes_mend_them(
        lines in prop::collection::vec(prop::sample::select(SPEC_LINES), 0..14),
        line_end in prop::sample::select(&["\n", "\r\n"][..]),
        ended in any::<bool>(),
    ) {
        let mut text = lines.join(line_end);
        if ended {
            text.push_str(line_end);
        }
        for finding in findings(&text, SPEC) {
            prop_assert!(text.get(std::ops::Range::from(finding.range)).is_some(), "{:?} of {:?}", finding, text);
            let Some(fix) = &finding.fix else { continue };
            let fixed = apply_edits(&text, &fix.edits);
            prop_assert!(!text.contains("\r\n") || !fixed.replace("\r\n", "").contains('\n'), "{:?}", fixed);
            let left = findings(&fixed, SPEC);
            let again = left.iter().any(|d| d.rule == finding.rule && d.field == finding.field);
            let added = ["missing-section", "missing-metadata"].contains(&finding.rule.name());
            prop_assert!(!added || !again, "{:?} {} of {:?}", finding.field, fix.title, text);
        }
        fixpoint(&text, SPEC);
    }
}
