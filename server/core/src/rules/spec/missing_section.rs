//! `spec/missing-section`.

use super::insert::Places;
use crate::component::{ComponentFile, DocumentKind, SectionKind, Standing};
use crate::diagnostic::{Fix, Severity};
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// A spec has the sections Overview (or Purpose), Requirements (Functional Requirements) and Acceptance Criteria
    /// (Success Criteria, Validation Criteria, Validation Checklist). A hint names the recommended ones that are
    /// missing: Dependencies, API Design, Implementation Plan, Testing Strategy (Testing Requirements), Maturity
    /// Targets (Maturity Stage Targets), Rollback Procedure. A heading of level 2 to 6 counts.
    ///
    /// ## Why it matters
    /// What a spec does not say cannot be checked: no acceptance criteria, nothing to promote against.
    ///
    /// ## Example
    /// ```markdown
    /// # Calculator
    ///
    /// **Component Name:** calculator
    ///
    /// ## Overview
    /// ```
    ///
    /// ## Fix
    /// Adds the heading for you to fill in: before the section that follows in the order of the template, else behind
    /// the last section that it knows, and before a list of approvals.
    ///
    /// ## References
    /// requirement 003, "Specification completeness check"; `specs/spec-files.md`, "Sections".
    MISSING_SECTION = {
        code: "spec/missing-section",
        summary: "a section of the spec is missing",
        severity: Error,
        fix: Review,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.kind != DocumentKind::Spec || file.standing != Standing::Component {
        return;
    }
    let at = file.headline(cx.source);
    let missing: Vec<_> = SectionKind::ALL.into_iter().filter(|kind| file.section(*kind).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    let places = Places::new(cx.source, file);
    for kind in missing {
        let title = kind.title();
        let (word, most) = match kind.is_required() {
            true => ("required", Severity::Error),
            false => ("recommended", Severity::Hint),
        };
        let fix = places.section(kind).map(|edit| Fix {
            title: format!("Add the section `## {title}`"),
            safe: false,
            edits: vec![edit],
        });
        cx.report(&MISSING_SECTION, at, format!("the {word} section `{title}` is missing"))
            .field(title)
            .at_most(most)
            .fix(fix)
            .done();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::apply_edits;
    use crate::fixture::{Fixture, check};
    use expect_test::{Expect, expect};

    /// Checks the text after adding every missing section, one after the other, the last one first.
    fn check_added(text: &str, expected: &Expect) {
        let mut text = text.to_owned();
        for _ in 0..SectionKind::ALL.len() {
            let fixture = Fixture::new(&format!("//- specs/a.md\n{text}"));
            let findings = fixture.findings("specs/a.md");
            let fix = findings.iter().rev().find(|d| *d.rule == MISSING_SECTION).and_then(|d| d.fix.as_ref());
            let Some(fix) = fix else { break };
            text = apply_edits(&text, &fix.edits);
        }
        expected.assert_eq(&text.replace('\r', "\\r"));
    }

    #[test]
    fn required_sections_are_errors_and_recommended_ones_hints() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** a\n\n## 1. Purpose\n\n## Success criteria\n\n## Plan\n",
            "spec/missing-section",
            &expect![[r###"
                specs/a.md 0:2-0:3 error spec/missing-section "A": the required section `Requirements` is missing
                  field: Requirements
                  review fix: Add the section `## Requirements` [("", "## Requirements\n\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Dependencies` is missing
                  field: Dependencies
                  review fix: Add the section `## Dependencies` [("", "## Dependencies\n\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `API Design` is missing
                  field: API Design
                  review fix: Add the section `## API Design` [("", "## API Design\n\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Implementation Plan` is missing
                  field: Implementation Plan
                  review fix: Add the section `## Implementation Plan` [("", "## Implementation Plan\n\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Testing Strategy` is missing
                  field: Testing Strategy
                  review fix: Add the section `## Testing Strategy` [("", "## Testing Strategy\n\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Maturity Targets` is missing
                  field: Maturity Targets
                  review fix: Add the section `## Maturity Targets` [("", "## Maturity Targets\n\n")]
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Rollback Procedure` is missing
                  field: Rollback Procedure
                  review fix: Add the section `## Rollback Procedure` [("", "## Rollback Procedure\n\n")]
            "###]],
        );
    }

    #[test]
    fn other_dialects_templates_and_moved_documents_miss_nothing() {
        check(
            "//- specs/a/requirements.md\n# Requirements Document\n\n## Introduction\n\
             //- specs/feature.md\n# F\n\n**Feature ID:** F-1\n**Component:** a\n\
             //- specs/templates/a.md\n# A\n\n**Component Name:** a\n\
             //- specs/old.md\n# Old\n\n**Component Name:** a\n\nThis document has moved!\n",
            "spec/missing-section",
            &expect![[r#""#]],
        );
    }

    #[test]
    fn sections_are_added_in_the_order_of_the_template() {
        check_added(
            "# A\n\n**Component Name:** a\n\n---\n\n## Requirements\n\ntext\n\n---\n\n## Acceptance Criteria\n\n## Notes\n",
            &expect![[r#"
                # A

                **Component Name:** a

                ---

                ## Overview

                ---

                ## Requirements

                text

                ---

                ## Dependencies

                ---

                ## API Design

                ---

                ## Implementation Plan

                ---

                ## Testing Strategy

                ---

                ## Acceptance Criteria

                ## Maturity Targets

                ## Rollback Procedure

                ## Notes
            "#]],
        );
    }

    #[test]
    fn an_approval_block_stays_last() {
        check_added(
            "# A\n\n**Component Name:** a\n\n## Maturity Targets\n\n---\n\n**Approval:**\n- [ ] me\n",
            &expect![[r#"
                # A

                **Component Name:** a

                ## Overview

                ## Requirements

                ## Dependencies

                ## API Design

                ## Implementation Plan

                ## Testing Strategy

                ## Acceptance Criteria

                ## Maturity Targets

                ---

                ## Rollback Procedure

                ---

                **Approval:**
                - [ ] me
            "#]],
        );
    }

    #[test]
    fn line_ends_are_kept() {
        check_added(
            "# A\r\n\r\n**Component Name:** a\r\n\r\n## Overview\r\ntext",
            &expect![[r#"
            # A\r
            \r
            **Component Name:** a\r
            \r
            ## Overview\r
            text\r
            \r
            ## Requirements\r
            \r
            ## Dependencies\r
            \r
            ## API Design\r
            \r
            ## Implementation Plan\r
            \r
            ## Testing Strategy\r
            \r
            ## Acceptance Criteria\r
            \r
            ## Maturity Targets\r
            \r
            ## Rollback Procedure\r
        "#]],
        );
        check_added(
            "**Target Stage:** staging",
            &expect![[r#"
            **Target Stage:** staging

            ## Overview

            ## Requirements

            ## Dependencies

            ## API Design

            ## Implementation Plan

            ## Testing Strategy

            ## Acceptance Criteria

            ## Maturity Targets

            ## Rollback Procedure
        "#]],
        );
    }

    #[test]
    fn nothing_is_added_inside_of_code() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** a\n\n## Overview\n\n## Requirements\n\n```sh\n## no\n",
            "spec/missing-section",
            &expect![[r#"
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Dependencies` is missing
                  field: Dependencies
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `API Design` is missing
                  field: API Design
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Implementation Plan` is missing
                  field: Implementation Plan
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Testing Strategy` is missing
                  field: Testing Strategy
                specs/a.md 0:2-0:3 error spec/missing-section "A": the required section `Acceptance Criteria` is missing
                  field: Acceptance Criteria
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Maturity Targets` is missing
                  field: Maturity Targets
                specs/a.md 0:2-0:3 hint spec/missing-section "A": the recommended section `Rollback Procedure` is missing
                  field: Rollback Procedure
            "#]],
        );
    }
}
