//! `spec/duplicate-component`.

use crate::component::{ComponentFile, DocumentKind, Standing};
use crate::rules::{RuleContext, declare_rule};

/// Most other specs that a finding points to.
const MAX_RELATED: usize = 10;

declare_rule! {
    /// ## What it checks
    /// No two specs are about one component. Names are compared without case, and `-` and a blank equal `_`.
    ///
    /// ## Why it matters
    /// Which target, dependencies and criteria count is then a matter of chance.
    ///
    /// ## Example
    /// `**Component Name:** price-list` in `specs/pricing.md` and `**Component Name:** Price List` in
    /// `specs/price_list.md`.
    ///
    /// ## Fix
    /// None. Correct the name in one of them, or merge them.
    ///
    /// ## References
    /// `specs/spec-files.md`, "Metadata".
    DUPLICATE_COMPONENT = {
        code: "spec/duplicate-component",
        summary: "two specs are about one component",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.kind != DocumentKind::Spec || file.standing != Standing::Component {
        return;
    }
    let Some(components) = cx.root.components.as_deref() else { return };
    let Some(id) = components.find(&file.component.name) else { return };
    let own = cx.path;
    let others = || components.get(id).specs.iter().filter(|spec| &*spec.path != own);
    let count = others().count();
    let Some(first) = others().next() else { return };
    let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
    let message = format!(
        "`{}` has another spec, `{}`{more}; expected one spec for each component",
        file.component.name, first.path
    );
    let at = file.component.range.unwrap_or_else(|| file.headline(cx.source));
    let mut finding = cx.report(&DUPLICATE_COMPONENT, at, message);
    for other in others().take(MAX_RELATED) {
        let place = other.facts.name_range.unwrap_or(other.facts.headline);
        finding = finding.related_in(&*other.path, place, "it is also described here");
    }
    finding.help("correct the name in one of them, or merge them").done();
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, check};
    use expect_test::expect;

    #[test]
    fn one_spec_and_a_maturity_file_are_no_duplicates() {
        let fixture = Fixture::new(
            "//- specs/a.md\n# A\n\n**Component Name:** a\n//- src/a/MATURITY.md\n**Current Stage**: Staging\n",
        );
        assert_eq!(fixture.components().len(), 1);
        assert_eq!(fixture.render("spec/duplicate-component"), "");
    }

    #[test]
    fn both_specs_are_reported_and_name_each_other() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** price-list\n\
             //- specs/price list.md\n# B\n\n**Target Stage:** staging\n\
             //- specs/other.md\n# C\n\n**Component Name:** price_lists\n\
             //- specs/templates/price_list.md\n# C\n\n**Component Name:** price_list\n\
             //- src/price_list/MATURITY.md\n**Current Stage**: Staging\n",
            "spec/duplicate-component",
            &expect![[r#"
                specs/a.md 2:20-2:30 error spec/duplicate-component "price-list": `price_list` has another spec, `specs/price list.md`; expected one spec for each component
                  help: correct the name in one of them, or merge them
                  related specs/price list.md 0:2-0:3 "B": it is also described here
                specs/price list.md 0:2-0:3 error spec/duplicate-component "B": `price_list` has another spec, `specs/a.md`; expected one spec for each component
                  help: correct the name in one of them, or merge them
                  related specs/a.md 2:20-2:30 "price-list": it is also described here
            "#]],
        );
    }
}
