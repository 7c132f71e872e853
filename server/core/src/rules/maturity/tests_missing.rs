//! `maturity/tests-missing`.

use super::own::Own;
use super::source_missing::expected;
use crate::component::ComponentFile;
use crate::components::Facts;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// A component in development, staging or production that has source also has tests where `components.tests` looks
    /// for them. It is no error: the places are a guess, and the gates of a promotion run the tests anyway.
    ///
    /// ## Why it matters
    /// Without tests no gate can pass, and the first promotion ends there.
    ///
    /// ## Example
    /// `src/pricing/` is there, but neither `tests/pricing/` nor `tests/test_pricing.py`.
    ///
    /// ## Fix
    /// None. Add tests, or name their place in `stagegate.yaml` under `components.tests`: it may lie within the source, as
    /// `src/<component>/tests`. Where tests stand in the source files themselves, as in Rust, write `tests: []`; the rule
    /// is silent then.
    ///
    /// ## References
    /// requirement 000, step 3; requirement 003, "Testing stage"; `docs/configuration.md`, `components.tests`.
    TESTS_MISSING = {
        code: "maturity/tests-missing",
        summary: "a component has source, but no tests",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    if let Some(own) = Own::of(cx) {
        report(cx, own);
    }
}

pub(crate) fn check_code(cx: &mut RuleContext<'_, Facts>) {
    if let Some(own) = Own::of_code(cx) {
        report(cx, own);
    }
}

fn report<'a, F>(cx: &mut RuleContext<'a, F>, own: Own<'a>) {
    let patterns = &cx.root.config.components.tests;
    let silent = patterns.is_empty() || cx.root.files.is_none() || !own.is_started();
    if silent || !own.is_reported_in(cx.path) || !own.has_source() {
        return;
    }
    if own.components.has_tests(own.id) {
        return;
    }
    let (name, stage) = (&own.component.name, own.component.stage.map_or("", |stage| stage.name()));
    let help = format!(
        "expected {}; `components.tests` in stagegate.yaml says where to look",
        expected(patterns, &own.component.canonical)
    );
    cx.report(&TESTS_MISSING, own.place, format!("`{name}` is in {stage}, but has no tests"))
        .help(help)
        .done();
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::check;

    const RULE: &str = "maturity/tests-missing";

    const TEXT: &str = "\
//- specs/a.md
**Component Name:** a
**Status:** Development
//- src/a/a.py
x
//- src/b/__init__.py
__maturity__ = 'staging'
//- src/c/__init__.py
__maturity__ = 'staging'
//- tests/test_c.py
x
//- src/d/__init__.py
__maturity__ = 'experimental'
//- specs/e.md
**Component Name:** e
**Status:** Development
";

    #[test]
    fn source_needs_tests() {
        check(
            TEXT,
            RULE,
            &expect![[r#"
            specs/a.md 0:20-0:21 warning maturity/tests-missing "a": `a` is in development, but has no tests
              help: expected `tests/a`, `tests/test_a.py`, `tests/test_a_*.py` or another place; `components.tests` in stagegate.yaml says where to look
            src/b/__init__.py 0:0-0:12 warning maturity/tests-missing "__maturity__": `b` is in staging, but has no tests
              help: expected `tests/b`, `tests/test_b.py`, `tests/test_b_*.py` or another place; `components.tests` in stagegate.yaml says where to look
        "#]],
        );
    }

    #[test]
    fn without_places_nothing_is_missing_and_places_may_lie_in_the_source() {
        check(&format!("{TEXT}//- stagegate.yaml\ncomponents: {{tests: []}}\n"), RULE, &expect![[""]]);
        let tests = "//- src/a/tests/t.py\n//- src/b/tests/t.py\n//- src/c/tests/t.py\n//- stagegate.yaml\n";
        let config = "components: {tests: ['src/<component>/tests']}\n";
        check(&format!("{TEXT}{tests}{config}"), RULE, &expect![[""]]);
    }
}
