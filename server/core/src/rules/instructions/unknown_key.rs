//! `instructions/unknown-key`.

use super::edit::field_of;
use crate::diagnostic::{Fix, Severity};
use crate::instructions::{APPLY_TO, KNOWN_KEYS, alias_of, near_miss};
use crate::rules::{RuleContext, declare_rule};
use crate::text::{Source, TextRange};

declare_rule! {
    /// ## What it checks
    /// Every key of the front matter is one that a consumer reads or that is in wide use.
    ///
    /// ## Why it matters
    /// A misspelt key is silently ignored: `applyto` attaches the instructions to nothing.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyto: "src/**/*.py"
    /// ---
    /// ```
    ///
    /// ## Fix
    /// A near miss of a key with an effect is a warning and is renamed, unless the key it means stands there too.
    /// Beside it, the misspelt one is ignored, and only you know which value is right.
    /// `globs`, `glob` and `paths`, which other tools have for `applyTo`, are renamed after your review.
    /// Any other unknown key is a hint; list yours under `instructions.known_keys`.
    ///
    /// ## References
    /// requirement 002, "Field Type Validation"; VS Code, "Custom instructions".
    UNKNOWN_KEY = {
        code: "instructions/unknown-key",
        summary: "a key that no consumer knows",
        severity: Warning,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    let known = &cx.root.config.instructions.known_keys;
    let mut renamed: Vec<&str> = Vec::new();
    let mut keys = front_matter.entries().iter().filter_map(|entry| entry.key.as_str());
    let misspelt = keys.any(|key| near_miss(key, known).is_some_and(|near| near.meant == APPLY_TO));
    for entry in front_matter.entries() {
        let Some(key) = entry.key.as_str() else { continue };
        if KNOWN_KEYS.iter().any(|k| k.name == key) || known.iter().any(|k| k == key) {
            continue;
        }
        let meant = match near_miss(key, known) {
            Some(near) => Some((near.meant, true)),
            None => alias_of(key, known).filter(|_| !misspelt).map(|meant| (meant, false)),
        };
        if let Some((meant, true)) =
            meant.filter(|(meant, _)| front_matter.entry(meant).is_some() || renamed.contains(meant))
        {
            // Beside the right key it is dead text, and certainly not a key of the user's own.
            let right = front_matter.entry(meant);
            let message = match right {
                Some(right) => {
                    let line = line_of(cx.source, right.key.range);
                    format!("`{key}` is ignored; `{meant}` stands in line {line}")
                }
                None => format!("unknown key `{key}`; expected `{meant}`"),
            };
            let finding = cx.report(&UNKNOWN_KEY, entry.key.range, message).field(field_of(meant));
            match right {
                Some(right) => finding.related(right.key.range, "this one counts").done(),
                None => finding.done(),
            }
            continue;
        }
        // Renaming two keys to one would only make a duplicate.
        match meant.filter(|(meant, _)| front_matter.entry(meant).is_none() && !renamed.contains(meant)) {
            Some((meant, safe)) => {
                renamed.push(meant);
                let fix = Fix::safe(format!("Rename `{key}` to `{meant}`"), entry.key.range, meant);
                cx.report(&UNKNOWN_KEY, entry.key.range, format!("unknown key `{key}`; expected `{meant}`"))
                    .field(field_of(meant))
                    .fix(Fix { safe, ..fix })
                    .done();
            }
            None => cx
                .report(&UNKNOWN_KEY, entry.key.range, format!("unknown key `{key}`; no consumer reads it"))
                .field("frontmatter")
                .help("if it is yours, list it under `instructions.known_keys` in stagegate.yaml")
                .at_most(Severity::Hint)
                .done(),
        }
    }
}

/// Returns the number of the line that `range` starts in, counted from one.
fn line_of(source: Source<'_>, range: TextRange) -> usize {
    source.lines_from(0).take_while(|(start, _)| *start <= range.start().into()).count()
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    #[test]
    fn near_misses_warn_and_others_hint() {
        let text = "---\napplyto: a\ndescription: b\nflavour: c\npriority: high\n---\n";
        check(
            text,
            "instructions/unknown-key",
            &expect![[r#"
                1:0-1:7 warning instructions/unknown-key "applyto": unknown key `applyto`; expected `applyTo`
                  field: applyTo
                  safe fix: Rename `applyto` to `applyTo`
                    "---\napplyTo: a\ndescription: b\nflavour: c\npriority: high\n---\n"
                3:0-3:7 hint instructions/unknown-key "flavour": unknown key `flavour`; no consumer reads it
                  field: frontmatter
                  help: if it is yours, list it under `instructions.known_keys` in stagegate.yaml
            "#]],
        );
    }

    #[test]
    fn a_near_miss_beside_the_right_key_is_not_renamed() {
        check(
            "---\napplyTo: a\napplyto: b\n---\n",
            "instructions/unknown-key",
            &expect![[r#"
                2:0-2:7 warning instructions/unknown-key "applyto": `applyto` is ignored; `applyTo` stands in line 2
                  field: applyTo
                  related 1:0-1:7: this one counts
            "#]],
        );
    }

    #[test]
    fn keys_of_other_tools_are_renamed_after_review() {
        check(
            "---\r\nglobs: a\r\npaths: b\r\n---\r\n",
            "instructions/unknown-key",
            &expect![[r#"
            1:0-1:5 warning instructions/unknown-key "globs": unknown key `globs`; expected `applyTo`
              field: applyTo
              review fix: Rename `globs` to `applyTo`
                "---\r\napplyTo: a\r\npaths: b\r\n---\r\n"
            2:0-2:5 hint instructions/unknown-key "paths": unknown key `paths`; no consumer reads it
              field: frontmatter
              help: if it is yours, list it under `instructions.known_keys` in stagegate.yaml
        "#]],
        );
        check(
            "---\napplyTo: a\nglobs: a\n---\n",
            "instructions/unknown-key",
            &expect![[r#"
            2:0-2:5 hint instructions/unknown-key "globs": unknown key `globs`; no consumer reads it
              field: frontmatter
              help: if it is yours, list it under `instructions.known_keys` in stagegate.yaml
        "#]],
        );
    }

    #[test]
    fn two_misspellings_of_one_key_are_not_both_renamed() {
        check(
            "---\napplyto: a\napply_to: b\n---\n",
            "instructions/unknown-key",
            &expect![[r#"
                1:0-1:7 warning instructions/unknown-key "applyto": unknown key `applyto`; expected `applyTo`
                  field: applyTo
                  safe fix: Rename `applyto` to `applyTo`
                    "---\napplyTo: a\napply_to: b\n---\n"
                2:0-2:8 warning instructions/unknown-key "apply_to": unknown key `apply_to`; expected `applyTo`
                  field: applyTo
            "#]],
        );
    }

    #[test]
    fn known_keys_are_fine() {
        check(
            "---\napplyTo: a\ndescription: b\ntags: [c]\n---\n",
            "instructions/unknown-key",
            &expect![[""]],
        );
    }
}
