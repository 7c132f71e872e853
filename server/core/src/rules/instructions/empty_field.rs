//! `instructions/empty-field`.

use super::edit::{in_scalar, list_item, with_comma};
use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::FrontMatter;
use crate::frontmatter::yaml::{Entry, Node, NodeKind, ScalarType};
use crate::instructions::{APPLY_TO, DESCRIPTION};
use crate::rules::{RuleContext, declare_rule};
use crate::text::{TextRange, TextSize};

declare_rule! {
    /// ## What it checks
    /// `applyTo` and `description` say something: not nothing, only blanks, an empty list, an empty list item, or
    /// nothing between two commas.
    ///
    /// ## Why it matters
    /// An empty `applyTo` attaches the instructions to nothing, an empty `description` tells an assistant nothing,
    /// and some readers take an empty glob for every file.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "src/**,,tests/**"
    /// description:
    /// ---
    /// ```
    ///
    /// ## Fix
    /// A superfluous comma is removed (safe), and so is an empty list item (for you to review). Nothing else can be
    /// guessed.
    ///
    /// ## References
    /// requirement 002, "Field Type Validation": "`description`: Must be non-empty string".
    EMPTY_FIELD = {
        code: "instructions/empty-field",
        summary: "a required field says nothing",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    if let Some(entry) = front_matter.entry(APPLY_TO) {
        match &entry.value.kind {
            NodeKind::Sequence { items, .. } if items.is_empty() => {
                report(
                    cx,
                    written(entry),
                    APPLY_TO,
                    "`applyTo` is an empty list; expected at least one glob",
                );
            }
            NodeKind::Sequence { items, .. } => items_of(cx, front_matter, entry, items),
            _ if is_blank(&entry.value) => {
                report(
                    cx,
                    written(entry),
                    APPLY_TO,
                    "`applyTo` is empty; expected a glob, such as \"src/**\"",
                );
            }
            _ => {}
        }
        segments(cx, front_matter);
    }
    if let Some(entry) = front_matter.entry(DESCRIPTION) {
        let empty_list = entry.value.items().is_some_and(<[Node]>::is_empty);
        if empty_list || is_blank(&entry.value) {
            let message = "`description` is empty; expected a sentence that says what it is about";
            report(cx, written(entry), DESCRIPTION, message);
        }
    }
}

fn report(cx: &mut RuleContext<'_>, range: TextRange, field: &str, message: &str) {
    cx.report(&EMPTY_FIELD, range, message).field(field).done();
}

/// Whether a scalar says nothing: null, blanks, or commas alone.
fn is_blank(node: &Node) -> bool {
    let blank = || node.as_str().is_some_and(|value| value.trim().is_empty());
    node.scalar_type() == Some(ScalarType::Null) || blank()
}

/// Returns the place of a value, or of the key where nothing is written.
fn written(entry: &Entry) -> TextRange {
    if entry.value.range.is_empty() { entry.key.range } else { entry.value.range }
}

fn items_of(cx: &mut RuleContext<'_>, front_matter: &FrontMatter, entry: &Entry, items: &[Node]) {
    for item in items.iter().filter(|item| is_blank(item)) {
        let mut place = item.range;
        if place.is_empty() {
            // Nothing is written: the dash is all there is.
            let dash = TextRange::new(place.start() - TextSize::from(1), place.start());
            place = if front_matter.slice(dash) == "-" { dash } else { entry.key.range };
        }
        let fix = list_item(front_matter, &entry.value, item.range).map(|removal| Fix {
            title: "Remove the empty item".to_owned(),
            safe: false,
            edits: vec![TextEdit { range: removal.range, new_text: String::new() }],
        });
        cx.report(&EMPTY_FIELD, place, "an item of `applyTo` is empty; expected a glob")
            .field(APPLY_TO)
            .fix(fix)
            .done();
    }
}

/// Reports every place where a comma separates nothing.
fn segments(cx: &mut RuleContext<'_>, front_matter: &FrontMatter) {
    let globs = &cx.file.apply_to.globs;
    for (at, item) in globs.iter().enumerate().filter(|(_, item)| item.pattern.is_empty()) {
        let beside =
            |at: Option<usize>| at.and_then(|at| globs.get(at)).is_some_and(|g| g.scalar == item.scalar);
        if !beside(at.checked_sub(1)) && !beside(Some(at + 1)) {
            continue; // The whole scalar is empty.
        }
        let removed = with_comma(front_matter, globs, at);
        let fix = removed.and_then(|range| in_scalar(front_matter, item, range, "")).map(|edit| Fix {
            title: "Remove the superfluous comma".to_owned(),
            safe: true,
            edits: vec![edit],
        });
        cx.report(
            &EMPTY_FIELD,
            removed.unwrap_or(item.scalar),
            "nothing stands on one side of this comma; expected a glob",
        )
        .field(APPLY_TO)
        .fix(fix)
        .done();
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::{check, check_fixed};
    use expect_test::expect;

    const RULE: &str = "instructions/empty-field";

    #[test]
    fn nothing_blanks_and_empty_lists() {
        check(
            "---\r\napplyTo:\r\ndescription: '  '\r\n---\r\n",
            RULE,
            &expect![[r#"
            1:0-1:7 error instructions/empty-field "applyTo": `applyTo` is empty; expected a glob, such as "src/**"
              field: applyTo
            2:13-2:17 error instructions/empty-field "'  '": `description` is empty; expected a sentence that says what it is about
              field: description
        "#]],
        );
        check(
            "---\napplyTo: []\ndescription: ~\n---\n",
            RULE,
            &expect![[r#"
            1:9-1:11 error instructions/empty-field "[]": `applyTo` is an empty list; expected at least one glob
              field: applyTo
            2:13-2:14 error instructions/empty-field "~": `description` is empty; expected a sentence that says what it is about
              field: description
        "#]],
        );
        check(
            "---\napplyTo: \"\"\ndescription: |\n---\n",
            RULE,
            &expect![[r#"
            1:9-1:11 error instructions/empty-field "\"\"": `applyTo` is empty; expected a glob, such as "src/**"
              field: applyTo
            2:13-2:14 error instructions/empty-field "|": `description` is empty; expected a sentence that says what it is about
              field: description
        "#]],
        );
    }

    #[test]
    fn empty_items() {
        check(
            "---\napplyTo:\n  - a\n  -\n  - ''\ndescription: []\n---\n",
            RULE,
            &expect![[r#"
            3:2-3:3 error instructions/empty-field "-": an item of `applyTo` is empty; expected a glob
              field: applyTo
              review fix: Remove the empty item
                "---\napplyTo:\n  - a\n  - ''\ndescription: []\n---\n"
            4:4-4:6 error instructions/empty-field "''": an item of `applyTo` is empty; expected a glob
              field: applyTo
              review fix: Remove the empty item
                "---\napplyTo:\n  - a\n  -\ndescription: []\n---\n"
            5:13-5:15 error instructions/empty-field "[]": `description` is empty; expected a sentence that says what it is about
              field: description
        "#]],
        );
        check(
            "---\napplyTo: [\"\"]\n---\n",
            RULE,
            &expect![[r#"
            1:10-1:12 error instructions/empty-field "\"\"": an item of `applyTo` is empty; expected a glob
              field: applyTo
        "#]],
        );
    }

    #[test]
    fn superfluous_commas_are_removed() {
        check(
            "---\napplyTo: \"a, ,b,\"\n---\n",
            RULE,
            &expect![[r#"
            1:11-1:13 error instructions/empty-field ", ": nothing stands on one side of this comma; expected a glob
              field: applyTo
              safe fix: Remove the superfluous comma
                "---\napplyTo: \"a,b,\"\n---\n"
            1:15-1:16 error instructions/empty-field ",": nothing stands on one side of this comma; expected a glob
              field: applyTo
              safe fix: Remove the superfluous comma
                "---\napplyTo: \"a, ,b\"\n---\n"
        "#]],
        );
        check_fixed(
            "---\r\napplyTo: 'a,,b, ' # c\r\ndescription: d\r\n---\r\n",
            &expect![[r#"
            ---\r
            applyTo: 'a,b' # c\r
            description: d\r
            ---\r
        "#]],
        );
        check_fixed(
            "---\napplyTo: \",,\"\ndescription: d\n---\n",
            &expect![[r#"
            ---
            applyTo: ""
            description: d
            ---
        "#]],
        );
        check_fixed(
            "---\napplyTo: a,,5,\ndescription: d\n---\n",
            &expect![[r#"
            ---
            applyTo: a,5
            description: d
            ---
        "#]],
        );
        check_fixed(
            "---\napplyTo: [\", *.py\", 'b,']\ndescription: d\n---\n",
            &expect![[r#"
            ---
            applyTo: ["*.py", 'b']
            description: d
            ---
        "#]],
        );
    }

    #[test]
    fn where_escapes_hide_the_place_the_whole_value_is_shown() {
        check(
            "---\napplyTo: \"a,\\u0020,b\"\n---\n",
            RULE,
            &expect![[r#"
            1:9-1:21 error instructions/empty-field "\"a,\\u0020,b\"": nothing stands on one side of this comma; expected a glob
              field: applyTo
        "#]],
        );
    }

    #[test]
    fn commas_in_braces_and_values_of_other_types_are_fine() {
        check("---\napplyTo: '{a,,b}/*'\ndescription: 0\n---\n", RULE, &expect![[""]]);
        check("---\napplyTo: {a: b}\ndescription: d\nx:\n---\n", RULE, &expect![[""]]);
    }
}
