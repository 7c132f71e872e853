//! `spec/target-below-stage`.

use super::stage_skipped::{point_to_start, start};
use crate::component::{ComponentFile, Standing};
use crate::diagnostic::Severity;
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;

declare_rule! {
    /// ## What it checks
    /// The target stage is not below the stage that the component is in, and a deprecated component has no other target:
    /// that is a hint. A component in any stage may be on its way to deprecated.
    ///
    /// ## Why it matters
    /// A promotion never leads down. Mostly a target was left behind when the component was promoted.
    ///
    /// ## Example
    /// ```markdown
    /// **Status:** Production
    /// **Target Stage:** development
    /// ```
    ///
    /// ## Fix
    /// None. Set the target to the stage that the component is in or to the next one; a rollback needs no target.
    ///
    /// ## References
    /// requirement 001, "Promotion Constraints".
    TARGET_BELOW_STAGE = {
        code: "spec/target-below-stage",
        summary: "the target is below the stage that the component is in",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    let Some(target) = file.target.as_ref().filter(|_| file.standing == Standing::Component) else { return };
    let Some(to) = target.stage.filter(|to| *to != Stage::Deprecated) else { return };
    let Some((from, stated)) = start(cx) else { return };
    let deprecated = from == Stage::Deprecated;
    if !deprecated && to.rank() >= from.rank() {
        return;
    }
    let (message, help, most) = if deprecated {
        let message = format!("the component is deprecated, but is to reach {to}; expected deprecated");
        (message, "set the target to deprecated, or correct the stage".to_owned(), Severity::Hint)
    } else {
        let message =
            format!("the target {to} is below the current stage {from}; expected {from} or a stage above");
        let next = from.next().map_or(String::new(), |next| format!(" or {next}"));
        (message, format!("set the target to {from}{next}, or correct the stage"), Severity::Warning)
    };
    let finding =
        cx.report(&TARGET_BELOW_STAGE, target.range, message).field("Target Stage").help(help).at_most(most);
    point_to_start(finding, file, from, stated).done();
}

#[cfg(test)]
mod tests {
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn a_target_below_the_stage_is_reported() {
        check(
            "\
//- specs/a.md
# A
**Component Name:** a
**Status:** Production
**Target Stage:** development
//- specs/b.md
# B
**Component Name:** b
**Target Stage:** staging
//- src/b/MATURITY.md
**Current Stage**: Production
//- specs/c.md
# C
**Component Name:** c
**Status:** Deprecated
**Target Stage:** production
//- specs/d.md
# D
**Component Name:** d
**Status:** Production
**Target Stage:** deprecated
//- specs/e.md
# E
**Component Name:** e
**Status:** Staging
**Target Stage:** staging
",
            "spec/target-below-stage",
            &expect![[r#"
                specs/a.md 3:18-3:29 warning spec/target-below-stage "development": the target development is below the current stage production; expected production or a stage above
                  field: Target Stage
                  help: set the target to production, or correct the stage
                  related specs/a.md 2:12-2:22 "Production": the component is in production
                specs/b.md 2:18-2:25 warning spec/target-below-stage "staging": the target staging is below the current stage production; expected production or a stage above
                  field: Target Stage
                  help: set the target to production, or correct the stage
                  related src/b/MATURITY.md 0:19-0:29 "Production": the component is in production
                specs/c.md 3:18-3:28 hint spec/target-below-stage "production": the component is deprecated, but is to reach production; expected deprecated
                  field: Target Stage
                  help: set the target to deprecated, or correct the stage
                  related specs/c.md 2:12-2:22 "Deprecated": the component is deprecated
            "#]],
        );
    }
}
