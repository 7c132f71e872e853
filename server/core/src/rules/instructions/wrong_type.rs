//! `instructions/wrong-type`.

use super::edit::{Quote, holds_only};
use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::FrontMatter;
use crate::frontmatter::yaml::{Entry, Node, NodeKind, ScalarType};
use crate::instructions::{APPLY_TO, DESCRIPTION};
use crate::rules::{RuleContext, declare_rule};
use crate::text::TextRange;

/// Keys under which a glob is wrapped into a mapping, in the wild.
const WRAPPERS: [&str; 5] = ["pattern", "glob", "path", "file", "match"];

declare_rule! {
    /// ## What it checks
    /// The front matter is a mapping; `applyTo` is a string or a list of strings; `description` is a string.
    ///
    /// ## Why it matters
    /// A value of another type is dropped, or the whole file is refused.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo:
    ///   - pattern: "src/**/*.py"
    ///   - pattern: "tests/**"
    /// description: 2024
    /// ---
    /// ```
    ///
    /// ## Fix
    /// Numbers and booleans are quoted as written, and `- pattern: "x"` becomes `- "x"` (also `glob`, `path`,
    /// `file`, `match`) with its quotes and comments; both are safe. A single mapping or a description in a list is
    /// unwrapped for you to review.
    ///
    /// ## References
    /// requirement 002, "Field Type Validation": "`applyTo`: Must be string or list of strings (glob patterns)".
    WRONG_TYPE = {
        code: "instructions/wrong-type",
        summary: "a value of the wrong type",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    let Some(root) = &front_matter.root else { return };
    if root.entries().is_none() {
        if !is_unknown(root) && !root.range.is_empty() {
            let found = root.type_name();
            cx.report(
                &WRONG_TYPE,
                root.range,
                format!("the front matter is {found}; expected `key: value` lines"),
            )
            .field("frontmatter")
            .done();
        }
        return;
    }
    if let Some(entry) = front_matter.entry(APPLY_TO) {
        match &entry.value.kind {
            NodeKind::Sequence { items, .. } => items_of(cx, front_matter, entry, items),
            NodeKind::Mapping { .. } => {
                let place = TextRange::new(entry.key.range.start(), entry.value.range.end());
                cx.report(
                    &WRONG_TYPE,
                    place,
                    "`applyTo` is a mapping; expected a glob or a list of globs".to_owned(),
                )
                .field(APPLY_TO)
                .fix(wrapped(front_matter, &entry.value).and_then(|value| unwrap(front_matter, entry, value)))
                .done();
            }
            _ => scalar(cx, front_matter, entry, APPLY_TO, "a glob or a list of globs"),
        }
    }
    if let Some(entry) = front_matter.entry(DESCRIPTION) {
        let value = &entry.value;
        match &value.kind {
            NodeKind::Sequence { items, .. } => {
                let only = match &items[..] {
                    [item] if is_string(item) => unwrap(front_matter, entry, item),
                    _ => None,
                };
                if !items.is_empty() {
                    report_description(cx, value, only);
                }
            }
            NodeKind::Mapping { .. } => report_description(cx, value, None),
            _ => scalar(cx, front_matter, entry, DESCRIPTION, "a string"),
        }
    }
}

fn report_description(cx: &mut RuleContext<'_>, value: &Node, fix: Option<Fix>) {
    let found = value.type_name();
    cx.report(&WRONG_TYPE, value.range, format!("`description` is {found}; expected a string"))
        .field(DESCRIPTION)
        .fix(fix)
        .done();
}

/// Reports a single value that is a number or a boolean. Nothing at all is empty-field's.
fn scalar(cx: &mut RuleContext<'_>, front_matter: &FrontMatter, entry: &Entry, field: &str, expected: &str) {
    let value = &entry.value;
    if !matches!(value.scalar_type(), Some(ScalarType::Bool | ScalarType::Number)) {
        return;
    }
    let found = value.type_name();
    let fix = quoted(front_matter, value, Quote::of(front_matter)).map(|edit| {
        let title = format!("Quote the value: `{}`", edit.new_text);
        Fix { title, safe: true, edits: vec![edit] }
    });
    cx.report(&WRONG_TYPE, value.range, format!("`{field}` is {found}; expected {expected}"))
        .field(field)
        .fix(fix)
        .done();
}

/// Reports the items of a list that are no strings, as one finding.
fn items_of(cx: &mut RuleContext<'_>, front_matter: &FrontMatter, entry: &Entry, items: &[Node]) {
    let offending: Vec<_> = items
        .iter()
        .enumerate()
        .filter(|(_, item)| {
            !is_unknown(item) && !matches!(item.scalar_type(), Some(ScalarType::String | ScalarType::Null))
        })
        .collect();
    let Some((_, last)) = offending.last() else { return };
    let place = TextRange::new(entry.key.range.start(), last.range.end());
    let mut kinds: Vec<_> = offending.iter().map(|(_, item)| item.type_name()).collect();
    kinds.dedup();
    let message = match &kinds[..] {
        [kind] => format!("`applyTo` holds {kind} where a glob is expected; expected a list of strings"),
        _ => "`applyTo` holds values that are not strings; expected a list of strings".to_owned(),
    };
    let quote = Quote::of(front_matter);
    let edits: Option<Vec<_>> = offending.iter().map(|(_, item)| mended(front_matter, item, quote)).collect();
    let fix = edits.map(|edits| Fix {
        title: "Write every item as a string".to_owned(),
        safe: true,
        edits: edits.into_iter().flatten().collect(),
    });
    let mut finding = cx.report(&WRONG_TYPE, place, message).field(APPLY_TO).fix(fix);
    for (at, item) in offending {
        finding = finding.related(item.range, format!("item {} is {}", at + 1, item.type_name()));
    }
    finding.done();
}

/// Whether nothing can be said about a node: a reference to a collection, or text that invalid-yaml reports.
fn is_unknown(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Alias | NodeKind::Invalid)
}

fn is_string(node: &Node) -> bool {
    node.scalar_type() == Some(ScalarType::String)
}

/// Returns the edits that make a string of a list item.
fn mended(front_matter: &FrontMatter, item: &Node, quote: Quote) -> Option<Vec<TextEdit>> {
    if item.scalar_type().is_some() {
        return Some(vec![quoted(front_matter, item, quote)?]);
    }
    let value = wrapped(front_matter, item)?;
    let before = TextRange::new(item.range.start(), value.range.start());
    let after = TextRange::new(value.range.end(), item.range.end());
    let mut edits = vec![TextEdit { range: before, new_text: String::new() }];
    if !after.is_empty() {
        edits.push(TextEdit { range: after, new_text: String::new() });
    }
    Some(edits)
}

/// Returns the edit that puts a plain scalar into quotes, as it is written.
fn quoted(front_matter: &FrontMatter, node: &Node, quote: Quote) -> Option<TextEdit> {
    let written = front_matter.slice(node.range);
    // What an alias refers to is written elsewhere.
    (node.as_str() == Some(written)).then(|| TextEdit { range: node.range, new_text: quote.quote(written) })
}

/// Returns the string of a mapping such as `pattern: "x"`, where nothing else stands in it.
fn wrapped<'a>(front_matter: &FrontMatter, node: &'a Node) -> Option<&'a Node> {
    let [Entry { key, value }] = node.entries()? else { return None };
    if !WRAPPERS.contains(&key.as_str()?) || !is_string(value) {
        return None;
    }
    let flow = matches!(node.kind, NodeKind::Mapping { flow: true, .. });
    let (open, close): (&[char], &[char]) = if flow { (&['{'], &['}']) } else { (&[], &[]) };
    let clean = holds_only(front_matter, TextRange::new(node.range.start(), key.range.start()), open)
        && holds_only(front_matter, TextRange::new(key.range.end(), value.range.start()), &[':'])
        && holds_only(front_matter, TextRange::new(value.range.end(), node.range.end()), close);
    let one_line = !front_matter.slice(node.range).contains(['\n', '\r']);
    let braces = !flow || front_matter.slice(node.range).starts_with('{');
    (clean && one_line && braces).then_some(value)
}

/// Returns the fix that replaces the value of `entry` by `inner`, which lies in it. For review.
fn unwrap(front_matter: &FrontMatter, entry: &Entry, inner: &Node) -> Option<Fix> {
    let written = front_matter.slice(inner.range);
    let value = TextRange::new(entry.key.range.end(), entry.value.range.end());
    if written.contains(['\n', '\r']) || front_matter.slice(value).contains('#') {
        return None;
    }
    let key = entry.key.as_str().unwrap_or_default();
    let edit = TextEdit { range: value, new_text: format!(": {written}") };
    Some(Fix { title: format!("Write `{key}: {written}`"), safe: false, edits: vec![edit] })
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::{check, check_fixed};
    use expect_test::expect;

    const RULE: &str = "instructions/wrong-type";

    #[test]
    fn maps_in_a_list_become_strings_with_their_quotes_and_comments() {
        check(
            "---\r\napplyTo: # which\r\n  - pattern: \"src/**\" # a\r\n  - 'b'\r\n  - glob:   c/**\r\n  - 5\r\ndescription: d\r\n---\r\n",
            RULE,
            &expect![[r#"
                1:0-5:5 error instructions/wrong-type "applyTo: # which\r\n  - pattern: \"src/**\" # a\r\n  - 'b'\r\n  - glob:   c/**\r\n  - 5": `applyTo` holds values that are not strings; expected a list of strings
                  field: applyTo
                  related 2:4-2:21: item 1 is a mapping
                  related 4:4-4:16: item 3 is a mapping
                  related 5:4-5:5: item 4 is a number
                  safe fix: Write every item as a string
                    "---\r\napplyTo: # which\r\n  - \"src/**\" # a\r\n  - 'b'\r\n  - c/**\r\n  - \"5\"\r\ndescription: d\r\n---\r\n"
            "#]],
        );
        check(
            "---\napplyTo: [{path: 'a'}, true]\ndescription: d\n---\n",
            RULE,
            &expect![[r#"
            1:0-1:27 error instructions/wrong-type "applyTo: [{path: 'a'}, true": `applyTo` holds values that are not strings; expected a list of strings
              field: applyTo
              related 1:10-1:21: item 1 is a mapping
              related 1:23-1:27: item 2 is a boolean
              safe fix: Write every item as a string
                "---\napplyTo: ['a', 'true']\ndescription: d\n---\n"
        "#]],
        );
        check_fixed(
            "---\napplyTo:\n- file: a\n- match: 'b' # x\ndescription: d\n---\n",
            &expect![[r#"
            ---
            applyTo:
            - a
            - 'b' # x
            description: d
            ---
        "#]],
        );
    }

    #[test]
    fn maps_that_say_more_are_left_to_the_author() {
        check(
            "---\napplyTo:\n  - pattern: a\n    except: b\n  - glob: c\n---\n",
            RULE,
            &expect![[r#"
            1:0-4:11 error instructions/wrong-type "applyTo:\n  - pattern: a\n    except: b\n  - glob: c": `applyTo` holds a mapping where a glob is expected; expected a list of strings
              field: applyTo
              related 2:4-3:13: item 1 is a mapping
              related 4:4-4:11: item 2 is a mapping
        "#]],
        );
        check(
            "---\napplyTo: [pattern: a, [b]]\n---\n",
            RULE,
            &expect![[r#"
            1:0-1:25 error instructions/wrong-type "applyTo: [pattern: a, [b]": `applyTo` holds values that are not strings; expected a list of strings
              field: applyTo
              related 1:10-1:20: item 1 is a mapping
              related 1:22-1:25: item 2 is a list
        "#]],
        );
        check(
            "---\napplyTo:\n  - pattern: &x a\n  - pattern: 5\n---\n",
            RULE,
            &expect![[r#"
            1:0-3:14 error instructions/wrong-type "applyTo:\n  - pattern: &x a\n  - pattern: 5": `applyTo` holds a mapping where a glob is expected; expected a list of strings
              field: applyTo
              related 2:4-2:17: item 1 is a mapping
              related 3:4-3:14: item 2 is a mapping
        "#]],
        );
    }

    #[test]
    fn numbers_and_booleans_are_quoted() {
        check(
            "---\napplyTo: 007 # c\ndescription: Yes, 1\n---\n",
            RULE,
            &expect![[r#"
            1:9-1:12 error instructions/wrong-type "007": `applyTo` is a number; expected a glob or a list of globs
              field: applyTo
              safe fix: Quote the value: `"007"`
                "---\napplyTo: \"007\" # c\ndescription: Yes, 1\n---\n"
        "#]],
        );
        check(
            "---\napplyTo: 'x'\ndescription: true\n---\n",
            RULE,
            &expect![[r#"
            2:13-2:17 error instructions/wrong-type "true": `description` is a boolean; expected a string
              field: description
              safe fix: Quote the value: `'true'`
                "---\napplyTo: 'x'\ndescription: 'true'\n---\n"
        "#]],
        );
        check(
            "---\nn: &n 5\napplyTo: *n\n---\n",
            RULE,
            &expect![[r#"
            2:9-2:11 error instructions/wrong-type "*n": `applyTo` is a number; expected a glob or a list of globs
              field: applyTo
        "#]],
        );
    }

    #[test]
    fn a_single_wrapper_is_unwrapped_for_review() {
        check(
            "---\napplyTo:\n  pattern: \"x\"\ndescription: [d]\n---\n",
            RULE,
            &expect![[r#"
            1:0-2:14 error instructions/wrong-type "applyTo:\n  pattern: \"x\"": `applyTo` is a mapping; expected a glob or a list of globs
              field: applyTo
              review fix: Write `applyTo: "x"`
                "---\napplyTo: \"x\"\ndescription: [d]\n---\n"
            3:13-3:16 error instructions/wrong-type "[d]": `description` is a list; expected a string
              field: description
              review fix: Write `description: d`
                "---\napplyTo:\n  pattern: \"x\"\ndescription: d\n---\n"
        "#]],
        );
        check(
            "---\napplyTo: {glob: x}\ndescription:\n  - 'd' # c\n---\n",
            RULE,
            &expect![[r#"
            1:0-1:18 error instructions/wrong-type "applyTo: {glob: x}": `applyTo` is a mapping; expected a glob or a list of globs
              field: applyTo
              review fix: Write `applyTo: x`
                "---\napplyTo: x\ndescription:\n  - 'd' # c\n---\n"
            3:2-3:7 error instructions/wrong-type "- 'd'": `description` is a list; expected a string
              field: description
              review fix: Write `description: 'd'`
                "---\napplyTo: {glob: x}\ndescription: 'd' # c\n---\n"
        "#]],
        );
        check(
            "---\napplyTo: {a: b}\ndescription: {a: b}\n---\n",
            RULE,
            &expect![[r#"
            1:0-1:15 error instructions/wrong-type "applyTo: {a: b}": `applyTo` is a mapping; expected a glob or a list of globs
              field: applyTo
            2:13-2:19 error instructions/wrong-type "{a: b}": `description` is a mapping; expected a string
              field: description
        "#]],
        );
    }

    #[test]
    fn front_matter_that_is_no_mapping() {
        check(
            "---\n- a\n- b\n---\n",
            "*",
            &expect![[r#"
                1:0-2:3 error instructions/wrong-type "- a\n- b": the front matter is a list; expected `key: value` lines
                  field: frontmatter
                3:0-3:3 warning instructions/short-content "---": the body is empty; expected at least 100 characters
            "#]],
        );
        check(
            "---\njust text\n---\n",
            RULE,
            &expect![[r#"
            1:0-1:9 error instructions/wrong-type "just text": the front matter is a string; expected `key: value` lines
              field: frontmatter
        "#]],
        );
        check("---\n# only a comment\n---\n", RULE, &expect![[""]]);
    }

    #[test]
    fn strings_nothing_and_references_are_for_other_rules() {
        check("---\napplyTo: ['a', \"b\", c, '']\ndescription: '5'\n---\n", RULE, &expect![[""]]);
        check("---\napplyTo:\ndescription: ~\n---\n", RULE, &expect![[""]]);
        check("---\nx: &x [a]\napplyTo: *x\ndescription: *y\n---\n", RULE, &expect![[""]]);
    }
}
