//! `spec/missing-section`.

use crate::component::{ComponentFile, DocumentKind, SectionKind, Standing};
use crate::diagnostic::{Fix, Severity, TextEdit};
use crate::rules::{RuleContext, declare_rule};
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// A spec has the sections Overview (or Purpose), Requirements (Functional Requirements) and Acceptance Criteria
    /// (Success Criteria, Validation Criteria, Validation Checklist). A hint names the recommended ones that are
    /// missing: Dependencies, API Design, Implementation Plan, Testing Strategy (Testing Requirements), Maturity
    /// Targets (Maturity Stage Targets), Rollback Procedure. A heading of any level counts.
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
    /// Adds the heading at the end of the spec, for you to fill in.
    ///
    /// ## References
    /// requirement 003, "Specification completeness check"; `specs/spec-files.md`, "Sections".
    MISSING_SECTION = {
        code: "spec/missing-section",
        summary: "a section of the spec is missing",
        severity: Warning,
        fix: Review,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    if cx.file.kind != DocumentKind::Spec || cx.file.standing != Standing::Component {
        return;
    }
    let at = cx.file.headline(cx.source);
    for kind in SectionKind::ALL {
        if cx.file.section(kind).is_some() {
            continue;
        }
        let title = kind.title();
        let (word, most) = match kind.is_required() {
            true => ("required", Severity::Error),
            false => ("recommended", Severity::Hint),
        };
        let end = crate::text::offset(cx.source.len());
        let edit = TextEdit { range: TextRange::empty(end), new_text: format!("\n## {title}\n") };
        let fix = Fix { title: format!("Add the section `## {title}`"), safe: false, edits: vec![edit] };
        cx.report(&MISSING_SECTION, at, format!("the {word} section `{title}` is missing"))
            .field(title)
            .at_most(most)
            .fix(fix)
            .done();
    }
}
