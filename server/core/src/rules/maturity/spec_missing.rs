//! `maturity/spec-missing`.

use super::own::Own;
use crate::component::ComponentFile;
use crate::components::Facts;
use crate::name;
use crate::rules::{RuleContext, declare_rule};
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// Every component with a MATURITY.md, or with a stage that code declares, has a spec. It is reported once: in
    /// MATURITY.md, else in the code.
    ///
    /// ## Why it matters
    /// The spec says what has to be true before a promotion. Without it nothing can be promoted.
    ///
    /// ## Example
    /// `src/pricing/MATURITY.md`, and no spec with `**Component Name:** pricing`.
    ///
    /// ## Fix
    /// None. `stagegate new spec NAME` writes one.
    ///
    /// ## References
    /// requirement 000, step 1; requirement 003, "Specification stage"; `specs/spec-files.md`, "Which files".
    SPEC_MISSING = {
        code: "maturity/spec-missing",
        summary: "a component states a stage, but has no spec",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    if let Some(own) = Own::of(cx) {
        report(cx, own, cx.file.headline(cx.source));
    }
}

pub(crate) fn check_code(cx: &mut RuleContext<'_, Facts>) {
    if let Some(own) = Own::of_code(cx) {
        report(cx, own, cx.file.headline);
    }
}

fn report<'a, F>(cx: &mut RuleContext<'a, F>, own: Own<'a>, at: TextRange) {
    if !own.component.specs.is_empty() || !own.is_reported_in(cx.path) {
        return;
    }
    let name = &own.component.name;
    let help = if name::is_valid(name) {
        format!("`stagegate new spec {name}` writes one")
    } else {
        "give it a name of letters, digits, `_` and `-`, and a spec".to_owned()
    };
    cx.report(&SPEC_MISSING, at, format!("`{name}` has no spec")).help(help).done();
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::check;

    #[test]
    fn a_component_without_a_spec_is_reported_once() {
        check(
            "\
//- src/a/MATURITY.md
# A Maturity Status
**Current Stage**: Staging
//- src/a/__init__.py
__maturity__ = 'staging'
//- src/b/__init__.py
__maturity__ = 'staging'
//- src/c/package.json
{\"stagegate\": \"staging\"}
//- src/d/__init__.py
__maturity__ = 'staging'
//- specs/d.md
**Component Name:** D
//- src/components/MATURITY.md
# All components
**Current Stage**: Staging
//- src/e/__init__.py
nothing = 'declared'
//- src/f/MATURITY.md
# This document has moved!
",
            "maturity/spec-missing",
            &expect![[r#"
                src/a/MATURITY.md 0:2-0:19 warning maturity/spec-missing "A Maturity Status": `a` has no spec
                  help: `stagegate new spec a` writes one
                src/b/__init__.py 0:0-0:12 warning maturity/spec-missing "__maturity__": `b` has no spec
                  help: `stagegate new spec b` writes one
                src/c/package.json 0:2-0:11 warning maturity/spec-missing "stagegate": `c` has no spec
                  help: `stagegate new spec c` writes one
            "#]],
        );
    }
}
