//! `spec/invalid-component`.

use crate::component::{ComponentFile, Standing};
use crate::config::shorten;
use crate::name;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// The name of a component consists of letters of the Latin alphabet, digits, `_`, `-` and blanks, which are read as
    /// `_`; it is at most 100 bytes long. Backticks, bold, emoji at its ends, and what follows in parentheses are left
    /// away first.
    ///
    /// ## Why it matters
    /// The name becomes part of paths, labels, branches and commands. `../../etc` must never do so: no command takes it.
    ///
    /// ## Example
    /// ```markdown
    /// **Component Name:** billing/invoices
    /// ```
    ///
    /// ## Fix
    /// None. Choose a name, best that of the source folder.
    ///
    /// ## References
    /// `specs/spec-files.md`, "Metadata".
    INVALID_COMPONENT = {
        code: "spec/invalid-component",
        summary: "what cannot be the name of a component",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    let component = &file.component;
    if file.standing != Standing::Component || component.name.is_empty() || name::is_valid(&component.name) {
        return;
    }
    let shown = shorten(&component.name);
    let long = component.name.len() > name::MAX_BYTES;
    let expected = match long {
        true => format!("at most {} bytes", name::MAX_BYTES),
        false => "letters from A to Z, digits, `_` and `-` only".to_owned(),
    };
    let message = format!("`{shown}` cannot be the name of a component; expected {expected}");
    let at = component.range.unwrap_or_else(|| file.headline(cx.source));
    let finding = cx.report(&INVALID_COMPONENT, at, message).field(component.source.name());
    match component.range {
        Some(_) => finding.done(),
        None => finding.help("the path gives this name; add a line `**Component Name:** ...`").done(),
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn names_that_are_no_plain_words_are_refused() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** ../../etc\n\
             //- specs/b.md\n# B\n\n**Component ID:** `pri🎉ce`\n\
             //- specs/c d (v2).md\n# C\n\n**Target Stage:** staging\n\
             //- specs/e.md\n# E\n\n**Component Name:** Player Experience (v2) 🎉\n\
             //- specs/f.md\n# F\n\n**Component:** a/b\n**Feature ID:** F1\n",
            "spec/invalid-component",
            &expect![[r#"
                specs/a.md 2:20-2:29 error spec/invalid-component "../../etc": `../../etc` cannot be the name of a component; expected letters from A to Z, digits, `_` and `-` only
                  field: Component Name
                specs/b.md 2:19-2:26 error spec/invalid-component "pri🎉ce": `pri🎉ce` cannot be the name of a component; expected letters from A to Z, digits, `_` and `-` only
                  field: Component ID
                specs/c d (v2).md 0:2-0:3 error spec/invalid-component "C": `c_d_(v2)` cannot be the name of a component; expected letters from A to Z, digits, `_` and `-` only
                  field: file stem
                  help: the path gives this name; add a line `**Component Name:** ...`
            "#]],
        );
        let long = "a".repeat(101);
        check(
            &format!("//- specs/a.md\n**Component Name:** {long}\n"),
            "spec/invalid-component",
            &expect![[r#"
                specs/a.md 0:20-0:121 error spec/invalid-component "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...` cannot be the name of a component; expected at most 100 bytes
                  field: Component Name
            "#]],
        );
    }
}
