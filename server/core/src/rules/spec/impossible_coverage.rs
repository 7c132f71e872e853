//! `spec/impossible-coverage`.

use crate::component::{ComponentFile, Standing};
use crate::config::shorten;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// No coverage that a spec asks for is above 100 %. What is no number at all, such as `≥-1%` or `≥70.5.3%`, is not
    /// read.
    ///
    /// ## Why it matters
    /// No component can ever reach it.
    ///
    /// ## Example
    /// ```markdown
    /// ### Staging
    /// - Test coverage: ≥120%
    /// ```
    ///
    /// ## Fix
    /// None. Write the coverage that was meant.
    ///
    /// ## References
    /// `specs/spec-files.md`, "Criteria and coverage".
    IMPOSSIBLE_COVERAGE = {
        code: "spec/impossible-coverage",
        summary: "a spec asks for a coverage above 100 %",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.standing != Standing::Component {
        return;
    }
    for target in file.coverage_targets.iter().filter(|target| target.percent > 100.0) {
        let written = cx.source.slice(target.number.start().into(), target.number.end().into());
        let message = format!("no coverage is {} %; expected 0 to 100 %", shorten(&written));
        cx.report(&IMPOSSIBLE_COVERAGE, target.number, message).field(target.stage.title()).done();
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn coverage_that_nothing_can_have_is_reported() {
        check(
            "\
//- specs/a.md
# A
**Component Name:** a
## Maturity Targets
### Development
- Test coverage: ≥ 120%
### Staging
- Test coverage: ≥99999999999999999999999999999999999999999999999999999999999999999999999999999%
### Production
- Test coverage: ≥100%
- Test coverage: ≥-1%
- Test coverage: ≥170.5.3%
",
            "spec/impossible-coverage",
            &expect![[r#"
                specs/a.md 4:19-4:22 warning spec/impossible-coverage "120": no coverage is 120 %; expected 0 to 100 %
                  field: Development
                specs/a.md 6:18-6:95 warning spec/impossible-coverage "99999999999999999999999999999999999999999999999999999999999999999999999999999": no coverage is 999999999999999999999999999999999999999999999999999999999999... %; expected 0 to 100 %
                  field: Staging
            "#]],
        );
    }
}
