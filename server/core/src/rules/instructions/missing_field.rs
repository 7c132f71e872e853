//! `instructions/missing-field`.

use crate::diagnostic::{Fix, TextEdit};
use crate::instructions::{APPLY_TO, DESCRIPTION, near_miss};
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
    /// Where a misspelt key was certainly meant, it is renamed (safe). Otherwise a line with a proposal is added,
    /// for you to review: all files for `applyTo`, the first heading for `description`.
    ///
    /// ## References
    /// 002, "Instruction Validation Gates": "Required fields: `applyTo`, `description`".
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
    if front_matter.root.as_ref().is_some_and(|root| root.entries().is_none()) {
        return; // No mapping at all: wrong-type says so.
    }
    for field in [APPLY_TO, DESCRIPTION] {
        if front_matter.entry(field).is_some() {
            continue;
        }
        let meant = front_matter.entries().iter().find(|entry| {
            let near =
                entry.key.as_str().and_then(|key| near_miss(key, &cx.root.config.instructions.known_keys));
            near.is_some_and(|near| near.meant == field)
        });
        let opening = front_matter.fences.opening;
        let (fix, near) = match meant {
            Some(entry) => {
                let written = entry.key.as_str().unwrap_or_default();
                let title = format!("Rename `{written}` to `{field}`");
                (Some(Fix::safe(title, entry.key.range, field)), Some((entry.key.range, written.to_owned())))
            }
            None => (insert(cx, field), None),
        };
        let finding = cx
            .report(&MISSING_FIELD, opening, format!("the required field `{field}` is missing"))
            .field(field)
            .fix(fix);
        match near {
            Some((at, written)) => {
                finding.related(at, format!("`{written}` stands here; `{field}` was expected")).done()
            }
            None if field == APPLY_TO => {
                finding.help("say which files it applies to: `applyTo: \"src/**/*.py\"`").done()
            }
            None => finding.help("say what it is about: `description: \"...\"`").done(),
        }
    }
}

/// Returns a fix that adds the field at the end of the front matter (`applyTo` at its start).
fn insert(cx: &RuleContext<'_>, field: &str) -> Option<Fix> {
    let front_matter = cx.file.head.front_matter()?;
    let value = if field == APPLY_TO {
        "**".to_owned()
    } else {
        let (_, heading) = crate::markdown::headings(cx.source, cx.file.body_start)
            .next()
            .map(|heading| (heading.range, heading.text))?;
        heading.replace('\\', "\\\\").replace('"', "\\\"")
    };
    let yaml = front_matter.fences.yaml;
    let at = if field == APPLY_TO { yaml.start() } else { yaml.end() };
    let line_end = front_matter.line_end();
    let edit = TextEdit { range: TextRange::empty(at), new_text: format!("{field}: \"{value}\"{line_end}") };
    let title = format!("Add `{field}: \"{value}\"`");
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
    fn a_misspelt_key_is_renamed() {
        check_fixed(
            "---\napplyto: 'a' # x\r\ndesciption: b\n---\n",
            &expect![[r#"
            ---
            applyTo: 'a' # x
            description: b
            ---
        "#]],
        );
    }
}
