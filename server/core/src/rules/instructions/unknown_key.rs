//! `instructions/unknown-key`.

use crate::diagnostic::{Fix, Severity};
use crate::instructions::{KNOWN_KEYS, near_miss};
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// Every key of the front matter is one that a consumer reads or that is in wide use.
    ///
    /// ## Why it matters
    /// A misspelt key is ignored without a word: `applyto` attaches the instructions to nothing.
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
    /// Any other unknown key is a hint; list yours under `instructions.known_keys`.
    ///
    /// ## References
    /// 002, "Field Type Validation"; VS Code, "Custom instructions".
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
    for entry in front_matter.entries() {
        let Some(key) = entry.key.as_str() else { continue };
        if KNOWN_KEYS.iter().any(|k| k.name == key) || known.iter().any(|k| k == key) {
            continue;
        }
        let near = near_miss(key, known).filter(|near| front_matter.entry(near.meant).is_none());
        match near {
            Some(near) => cx
                .report(
                    &UNKNOWN_KEY,
                    entry.key.range,
                    format!("unknown key `{key}`; expected `{}`", near.meant),
                )
                .field(key)
                .fix(Fix::safe(format!("Rename `{key}` to `{}`", near.meant), entry.key.range, near.meant))
                .done(),
            None => cx
                .report(&UNKNOWN_KEY, entry.key.range, format!("unknown key `{key}`; no consumer reads it"))
                .field(key)
                .help("if it is yours, list it under `instructions.known_keys` in stagegate.yaml")
                .at_most(Severity::Hint)
                .done(),
        }
    }
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
              field: applyto
              safe fix: Rename `applyto` to `applyTo`
                "---\napplyTo: a\ndescription: b\nflavour: c\npriority: high\n---\n"
            3:0-3:7 hint instructions/unknown-key "flavour": unknown key `flavour`; no consumer reads it
              field: flavour
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
            2:0-2:7 hint instructions/unknown-key "applyto": unknown key `applyto`; no consumer reads it
              field: applyto
              help: if it is yours, list it under `instructions.known_keys` in stagegate.yaml
        "#]],
        );
    }
}
