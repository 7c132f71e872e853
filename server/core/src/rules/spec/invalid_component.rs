//! `spec/invalid-component`.

use crate::component::{ComponentFile, Standing};
use crate::components::Facts;
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
    let message = message(&component.name);
    let at = component.range.unwrap_or_else(|| file.headline(cx.source));
    let finding = cx.report(&INVALID_COMPONENT, at, message).field(component.source.name());
    match component.range {
        Some(_) => finding.done(),
        None => finding.help("the path gives this name; add a line `**Component Name:** ...`").done(),
    }
}

/// A manifest may name its component.
pub(crate) fn check_code(cx: &mut RuleContext<'_, Facts>) {
    let file = cx.file;
    if !name::is_valid(&file.component) {
        let at = file.name_range.unwrap_or(file.headline);
        cx.report(&INVALID_COMPONENT, at, message(&file.component)).field("component").done();
    }
}

fn message(name: &str) -> String {
    let expected = match name.len() > name::MAX_BYTES {
        true => format!("at most {} bytes", name::MAX_BYTES),
        false => "letters from A to Z, digits, `_` and `-` only".to_owned(),
    };
    format!("`{}` cannot be the name of a component; expected {expected}", shorten(name))
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
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** ../../etc\n**Status:** Staging\n\n## Dependencies\n- `b` (staging)\n\
             //- src/c/package.json\n{\"stagegate\": {\"stage\": \"staging\", \"component\": \"../x\"}}\n",
            "*",
            &expect![[r###"
                specs/a.md 0:2-0:3 warning spec/missing-metadata "A": the spec has no Target Stage; expected development, staging or production
                  field: Target Stage
                  review fix: Add `Target Stage: development` [("", "**Target Stage:** development\n")]
                specs/a.md 0:2-0:3 error spec/missing-section "A": the required section `Overview` is missing
                  field: Overview
                  review fix: Add the section `## Overview` [("", "## Overview\n\n")]
                specs/a.md 0:2-0:3 error spec/missing-section "A": the required section `Requirements` is missing
                  field: Requirements
                  review fix: Add the section `## Requirements` [("", "## Requirements\n\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `API Design` is missing
                  field: API Design
                  review fix: Add the section `## API Design` [("", "\n## API Design\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Implementation Plan` is missing
                  field: Implementation Plan
                  review fix: Add the section `## Implementation Plan` [("", "\n## Implementation Plan\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Testing Strategy` is missing
                  field: Testing Strategy
                  review fix: Add the section `## Testing Strategy` [("", "\n## Testing Strategy\n")]
                specs/a.md 0:2-0:3 error spec/missing-section "A": the required section `Acceptance Criteria` is missing
                  field: Acceptance Criteria
                  review fix: Add the section `## Acceptance Criteria` [("", "\n## Acceptance Criteria\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Maturity Targets` is missing
                  field: Maturity Targets
                  review fix: Add the section `## Maturity Targets` [("", "\n## Maturity Targets\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Rollback Procedure` is missing
                  field: Rollback Procedure
                  review fix: Add the section `## Rollback Procedure` [("", "\n## Rollback Procedure\n")]
                specs/a.md 2:20-2:29 error spec/invalid-component "../../etc": `../../etc` cannot be the name of a component; expected letters from A to Z, digits, `_` and `-` only
                  field: Component Name
                src/c/package.json 0:49-0:53 error spec/invalid-component "../x": `../x` cannot be the name of a component; expected letters from A to Z, digits, `_` and `-` only
                  field: component
            "###]],
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
