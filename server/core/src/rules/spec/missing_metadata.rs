//! `spec/missing-metadata`.

use super::insert::metadata;
use crate::component::{ComponentFile, DocumentKind, IdSource, Standing, stem};
use crate::diagnostic::{Fix, Severity};
use crate::files::FileKind;
use crate::name;
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// A spec names its component (Component ID, Component Name or Component, or the front matter) and its Target Stage,
    /// unless the MATURITY.md of the component has a target. A hint says so where the component has source, but no file
    /// states the stage that it is in: neither Status nor MATURITY.md nor `__maturity__`. A file directly in a folder `specs` that has no metadata at
    /// all is a spec only if a component of the source layout has its name; format descriptions and specs of other
    /// dialects lack nothing.
    ///
    /// ## Why it matters
    /// Without a name, the name of the file counts, and a renamed file is another component. Without a target nothing
    /// can be promoted.
    ///
    /// ## Example
    /// ```markdown
    /// # Calculator
    ///
    /// **Target Stage:** staging
    /// ```
    ///
    /// ## Fix
    /// Adds the line below the other metadata or below the title, for you to correct.
    ///
    /// ## References
    /// requirement 003, "Specification completeness check"; `specs/spec-files.md`, "Metadata".
    MISSING_METADATA = {
        code: "spec/missing-metadata",
        summary: "a spec does not name its component, its target stage or its status",
        severity: Warning,
        fix: Review,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.kind != DocumentKind::Spec {
        return;
    }
    match file.standing {
        Standing::Component => {}
        Standing::Other if is_forgotten(cx) => {}
        Standing::Other | Standing::Template | Standing::Moved => return,
    }
    let at = file.headline(cx.source);
    let components = cx.root.components.as_deref();
    let component =
        components.and_then(|components| Some(components.get(components.find(&file.component.name)?)));
    let actual = component.and_then(|component| component.stage);
    // A placeholder has a rule of its own.
    let is_written = |key: &str| file.field(key).is_some_and(|field| !field.value.trim().is_empty());
    let named = !matches!(file.component.source, IdSource::FileStem | IdSource::Folder)
        || ["Component ID", "Component Name", "Component"].iter().any(|key| is_written(key));
    if !named {
        let name = &*file.component.name;
        let message = format!("the spec does not name its component; by its path it is `{name}`");
        let fix = name::is_valid(name).then_some(("Component Name", name));
        report(cx, at, "Component Name", message, fix, Severity::Error);
    }
    let target = file.target.as_ref().is_some_and(|target| !target.text.is_empty());
    if !target && component.is_none_or(|component| component.target().is_none()) {
        let next = actual.map_or(Stage::Development, |stage| stage.next().unwrap_or(stage));
        let message = "the spec has no Target Stage; expected development, staging or production".to_owned();
        report(cx, at, "Target Stage", message, Some(("Target Stage", next.name())), Severity::Error);
    }
    let status = file.status.as_ref().is_some_and(|status| !status.text.is_empty()) || file.current.is_some();
    // What has a spec and no source is in the backlog.
    let place = components.and_then(|all| all.layout().get(&name::canonical(&file.component.name)));
    let stated = component.is_some_and(|component| component.counting().is_some());
    if !status && !stated && place.is_some_and(|place| !place.source.is_empty()) {
        let message =
            "no file states the stage that the component is in; expected a Status here, or a MATURITY.md";
        report(cx, at, "Status", message.to_owned(), Some(("Status", "Development")), Severity::Hint);
    }
}

fn report(
    cx: &mut RuleContext<'_, ComponentFile>,
    at: TextRange,
    field: &str,
    message: String,
    line: Option<(&str, &str)>,
    most: Severity,
) {
    let fix = line.map(|(key, value)| Fix {
        title: format!("Add `{key}: {value}`"),
        safe: false,
        edits: vec![metadata(cx.source, cx.file, key, value)],
    });
    cx.report(&MISSING_METADATA, at, message).field(field).at_most(most).fix(fix).done();
}

/// Whether a file without any metadata was meant to be the spec of a component: it lies directly in a folder `specs`,
/// and a component of its name has source, but no spec.
fn is_forgotten(cx: &RuleContext<'_, ComponentFile>) -> bool {
    let Some((folder, name)) = cx.path.rsplit_once('/') else { return false };
    let in_specs = folder.rsplit('/').next().is_some_and(|folder| folder.eq_ignore_ascii_case("specs"));
    if !in_specs
        || !cx.file.fields.is_empty()
        || cx.file.head.front_matter().is_some()
        || cx.root.analyses(cx.path) != Some(FileKind::Spec)
    {
        return false;
    }
    let Some(components) = cx.root.components.as_deref() else { return false };
    let name = name::canonical(stem(name));
    let has_source = components.layout().get(&name).is_some_and(|place| !place.source.is_empty());
    has_source && components.find(&name).is_none_or(|id| components.get(id).specs.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::apply_edits;
    use crate::fixture::{Fixture, check};
    use expect_test::{Expect, expect};

    /// Checks the text after every fix of this rule, one after the other.
    fn check_added(text: &str, expected: &Expect) {
        let mut text = text.to_owned();
        for _ in 0..3 {
            let fixture = Fixture::new(&format!("//- src/a/x.py\n//- specs/a.md\n{text}"));
            let findings = fixture.findings("specs/a.md");
            let fix = findings.iter().find(|d| *d.rule == MISSING_METADATA).and_then(|d| d.fix.as_ref());
            let Some(fix) = fix else { break };
            text = apply_edits(&text, &fix.edits);
        }
        expected.assert_eq(&text.replace('\r', "\\r"));
    }

    #[test]
    fn name_target_and_stage_are_asked_for() {
        check(
            "//- specs/a.md\n# A\n\n**Target Stage:** staging\n**Status:** Draft\n\
             //- specs/b.md\n# B\n\n**Component Name:** b\n//- src/b/x.py\n\
             //- specs/backlog.md\n# B\n\n**Component Name:** backlog\n**Target Stage:** staging\n\
             //- specs/c.md\n# C\n\n**Component Name:** c\n//- src/c/MATURITY.md\n**Current Stage**: Development → Staging\n\
             //- specs/d.md\n# D\n\n**Component Name:** [Component Name]\n**Target Stage:** [staging]\n**Status:** Draft\n",
            "spec/missing-metadata",
            &expect![[r#"
                specs/a.md 0:2-0:3 warning spec/missing-metadata "A": the spec does not name its component; by its path it is `a`
                  field: Component Name
                  review fix: Add `Component Name: a` [("", "**Component Name:** a\n")]
                specs/b.md 0:2-0:3 warning spec/missing-metadata "B": the spec has no Target Stage; expected development, staging or production
                  field: Target Stage
                  review fix: Add `Target Stage: development` [("", "**Target Stage:** development\n")]
                specs/b.md 0:2-0:3 hint spec/missing-metadata "B": no file states the stage that the component is in; expected a Status here, or a MATURITY.md
                  field: Status
                  review fix: Add `Status: Development` [("", "**Status:** Development\n")]
            "#]],
        );
    }

    #[test]
    fn a_forgotten_header_is_noticed_and_other_documents_are_left_alone() {
        check(
            "//- specs/calculator.md\n# Calculator\n\n## Overview\n//- src/calculator/__init__.py\n\
             //- specs/spec-files.md\n# Spec files\n\n## Which files\n\
             //- specs/pricing.md\n# Pricing\n\n**Author:** me\n//- src/pricing/__init__.py\n\
             //- docs/calculator.md\n# Calculator\n",
            "spec/missing-metadata",
            &expect![[r#"
                specs/calculator.md 0:2-0:12 warning spec/missing-metadata "Calculator": the spec does not name its component; by its path it is `calculator`
                  field: Component Name
                  review fix: Add `Component Name: calculator` [("", "\n**Component Name:** calculator\n")]
                specs/calculator.md 0:2-0:12 warning spec/missing-metadata "Calculator": the spec has no Target Stage; expected development, staging or production
                  field: Target Stage
                  review fix: Add `Target Stage: development` [("", "\n**Target Stage:** development\n")]
                specs/calculator.md 0:2-0:12 hint spec/missing-metadata "Calculator": no file states the stage that the component is in; expected a Status here, or a MATURITY.md
                  field: Status
                  review fix: Add `Status: Development` [("", "\n**Status:** Development\n")]
            "#]],
        );
    }

    #[test]
    fn lines_go_where_metadata_stands_and_look_like_it() {
        check_added(
            "# A\n\n## Overview\n",
            &expect![[r#"
            # A

            **Component Name:** a
            **Target Stage:** development
            **Status:** Development

            ## Overview
        "#]],
        );
        check_added(
            "# A\r\ntext\r\n",
            &expect![[r#"
            # A\r
            \r
            **Component Name:** a\r
            **Target Stage:** development\r
            **Status:** Development\r
            \r
            text\r
        "#]],
        );
        check_added(
            "A\n=\n\n- **Owner**: me  \n- **Target Stage**: staging  \n\ntext\n",
            &expect![[r#"
            A
            =

            - **Owner**: me  
            - **Target Stage**: staging  
            - **Component Name**: a  
            - **Status**: Development  

            text
        "#]],
        );
        check_added(
            "# A\n\n**Component Name:**\n**Target Stage:** staging",
            &expect![[r#"
            # A

            **Component Name:** a
            **Target Stage:** staging
            **Status:** Development"#]],
        );
        check_added(
            "## Overview\n",
            &expect![[r#"
            **Component Name:** a
            **Target Stage:** development
            **Status:** Development

            ## Overview
        "#]],
        );
        check_added(
            "# A",
            &expect![[r#"
            # A

            **Component Name:** a
            **Target Stage:** development
            **Status:** Development
        "#]],
        );
    }
}
