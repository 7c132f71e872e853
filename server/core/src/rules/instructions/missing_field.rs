//! `instructions/missing-field`.

use super::edit::proposed_description;
use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::FrontMatter;
use crate::frontmatter::yaml::{Entry, Node, ProblemKind};
use crate::instructions::{APPLY_TO, DESCRIPTION, alias_of, near_miss};
use crate::rules::{RuleContext, declare_rule};
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// The front matter has both required fields: `applyTo` and `description`.
    ///
    /// ## Why it matters
    /// Without `applyTo` the instructions are attached to no file; without `description` an assistant cannot tell
    /// when they are of use. The incumbent's gate fails on either.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "src/**/*.py"
    /// ---
    /// ```
    ///
    /// ## Fix
    /// Where a misspelt key was certainly meant, it is renamed (safe); a key that another tool has for it (`globs`) is
    /// renamed after your review. Otherwise a line with a proposal is added,
    /// for you to review: all files for `applyTo`, the first heading for `description`.
    ///
    /// ## References
    /// requirement 002, "Instruction Validation Gates": "Required fields: `applyTo`, `description`".
    MISSING_FIELD = {
        code: "instructions/missing-field",
        summary: "a required field is missing",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    if !is_mapping(front_matter) {
        return;
    }
    for field in [APPLY_TO, DESCRIPTION] {
        if front_matter.entry(field).is_some() {
            continue;
        }
        let opening = front_matter.fences.opening;
        let (fix, near) = match meant(front_matter, field, &cx.root.config.instructions.known_keys) {
            Some((entry, safe)) => {
                let written = entry.key.as_str().unwrap_or_default();
                let title = format!("Rename `{written}` to `{field}`");
                let fix = Fix { safe, ..Fix::safe(title, entry.key.range, field) };
                (Some(fix), Some((entry.key.range, written.to_owned())))
            }
            None => (insert(cx, field), None),
        };
        let finding = cx
            .report(&MISSING_FIELD, opening, format!("the required field `{field}` is missing"))
            .field(field)
            .fix(fix);
        match near {
            Some((at, written)) => {
                finding.related(at, format!("`{written}` stands here; `{field}` was expected")).done();
            }
            None if field == APPLY_TO => {
                finding.help("say which files it applies to: `applyTo: \"src/**/*.py\"`").done();
            }
            None => finding.help("say what it is about: `description: \"...\"`").done(),
        }
    }
}

/// Whether fields can be missing at all: what is no mapping is wrong-type's, and what could not be read as one may
/// hold them.
fn is_mapping(front_matter: &FrontMatter) -> bool {
    match &front_matter.root {
        // Comments alone read as an empty value.
        Some(root) => root.entries().is_some() || root.range.is_empty(),
        None => front_matter.problems.iter().all(|problem| problem.kind != ProblemKind::Syntax),
    }
}

/// Returns the entry that was meant to be `field`, and whether that is certain: a misspelling is, the key that
/// another tool has for it is not.
fn meant<'a>(front_matter: &'a FrontMatter, field: &str, known: &[String]) -> Option<(&'a Entry, bool)> {
    let find = |means: &dyn Fn(&str) -> Option<&'static str>| {
        let is_meant = |key: &Node| key.as_str().and_then(means) == Some(field);
        front_matter.entries().iter().find(|entry| is_meant(&entry.key))
    };
    let misspelt = find(&|key| near_miss(key, known).map(|near| near.meant));
    misspelt.map(|entry| (entry, true)).or_else(|| Some((find(&|key| alias_of(key, known))?, false)))
}

/// Returns a fix that adds the field at the end of the front matter (`applyTo` at its start).
fn insert(cx: &RuleContext<'_>, field: &str) -> Option<Fix> {
    let front_matter = cx.file.head.front_matter()?;
    let value = if field == APPLY_TO { "\"**\"".to_owned() } else { proposed_description(cx)? };
    let yaml = front_matter.fences.yaml;
    let at = if field == APPLY_TO { yaml.start() } else { yaml.end() };
    let line_end = front_matter.line_end();
    let edit = TextEdit { range: TextRange::empty(at), new_text: format!("{field}: {value}{line_end}") };
    let title = format!("Add `{field}: {value}`");
    Some(Fix { title, edits: vec![edit], safe: false })
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::{check, check_fixed};
    use expect_test::expect;

    #[test]
    fn each_missing_field_is_one_error_on_the_fence() {
        check(
            "---\npriority: high\n---\n# T\n",
            "instructions/missing-field",
            &expect![[r#"
            0:0-0:3 error instructions/missing-field "---": the required field `applyTo` is missing
              field: applyTo
              help: say which files it applies to: `applyTo: "src/**/*.py"`
              review fix: Add `applyTo: "**"`
                "---\napplyTo: \"**\"\npriority: high\n---\n# T\n"
            0:0-0:3 error instructions/missing-field "---": the required field `description` is missing
              field: description
              help: say what it is about: `description: "..."`
              review fix: Add `description: "T"`
                "---\npriority: high\ndescription: \"T\"\n---\n# T\n"
        "#]],
        );
        check("---\napplyTo: a\ndescription: b\n---\n", "instructions/missing-field", &expect![[r#""#]]);
    }

    #[test]
    fn a_value_that_cannot_be_read_is_there_all_the_same() {
        check("---\napplyTo: **\ndescription: [\n---\n", "instructions/missing-field", &expect![[""]]);
        check("---\n  applyTo: [\n---\n", "instructions/missing-field", &expect![[""]]);
    }

    #[test]
    fn comments_alone_hold_no_field_and_an_empty_heading_is_no_description() {
        check(
            "---\r\n# c\r\n---\r\n#\r\n## \"A\"\r\n",
            "instructions/missing-field",
            &expect![[r#"
            0:0-0:3 error instructions/missing-field "---": the required field `applyTo` is missing
              field: applyTo
              help: say which files it applies to: `applyTo: "src/**/*.py"`
              review fix: Add `applyTo: "**"`
                "---\r\napplyTo: \"**\"\r\n# c\r\n---\r\n#\r\n## \"A\"\r\n"
            0:0-0:3 error instructions/missing-field "---": the required field `description` is missing
              field: description
              help: say what it is about: `description: "..."`
              review fix: Add `description: "\"A\""`
                "---\r\n# c\r\ndescription: \"\\\"A\\\"\"\r\n---\r\n#\r\n## \"A\"\r\n"
        "#]],
        );
        check(
            "---\n---\n#\n",
            "instructions/missing-field",
            &expect![[r#"
            0:0-0:3 error instructions/missing-field "---": the required field `applyTo` is missing
              field: applyTo
              help: say which files it applies to: `applyTo: "src/**/*.py"`
              review fix: Add `applyTo: "**"`
                "---\napplyTo: \"**\"\n---\n#\n"
            0:0-0:3 error instructions/missing-field "---": the required field `description` is missing
              field: description
              help: say what it is about: `description: "..."`
        "#]],
        );
    }

    #[test]
    fn the_key_of_another_tool_is_renamed_after_review() {
        check(
            "---\nglobs: a\ndescription: b\n---\n",
            "instructions/missing-field",
            &expect![[r#"
            0:0-0:3 error instructions/missing-field "---": the required field `applyTo` is missing
              field: applyTo
              related 1:0-1:5: `globs` stands here; `applyTo` was expected
              review fix: Rename `globs` to `applyTo`
                "---\napplyTo: a\ndescription: b\n---\n"
        "#]],
        );
    }

    #[test]
    fn a_misspelt_key_is_renamed() {
        check_fixed(
            "---\napplyto: 'a' # x\r\ndesciption: b\n---\n",
            &expect![[r#"
                ---
                applyTo: 'a' # x\r
                description: b
                ---
            "#]],
        );
    }
}
