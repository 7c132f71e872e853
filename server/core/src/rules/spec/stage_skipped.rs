//! `spec/stage-skipped`.

use crate::component::{ComponentFile, Standing};
use crate::components::Statement;
use crate::rules::{Finding, RuleContext, declare_rule};
use crate::stage::Stage;

declare_rule! {
    /// ## What it checks
    /// The target stage is at most one step above the stage that the component is in: development, staging, production.
    /// A component whose stage no file states may name its final target.
    ///
    /// ## Why it matters
    /// Stages are not skipped; a promotion to this target is refused.
    ///
    /// ## Example
    /// ```markdown
    /// **Status:** Development
    /// **Target Stage:** production
    /// ```
    ///
    /// ## Fix
    /// None. Promote to the stage between them first.
    ///
    /// ## References
    /// requirement 001, "Promotion Constraints": development, staging, production, one at a time.
    STAGE_SKIPPED = {
        code: "spec/stage-skipped",
        summary: "the target is more than one stage away",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    let Some(target) = file.target.as_ref().filter(|_| file.standing == Standing::Component) else { return };
    let Some(to) = target.stage else { return };
    let Some((from, stated)) = start(cx) else { return };
    let Some(next) = from.next().filter(|next| to.rank() > next.rank()) else { return };
    let message = format!("from {from} to {to} skips {next}; expected {next} as the next target");
    let finding = cx.report(&STAGE_SKIPPED, target.range, message).field("Target Stage");
    let finding = point_to_start(finding, file, from, stated);
    finding.help(format!("set the target to {next}, and to {to} once it is there")).done();
}

/// Returns the stage that the component of a file is in, and the statement that counts where another file has it.
pub(super) fn start<'a>(cx: &RuleContext<'a, ComponentFile>) -> Option<(Stage, Option<Statement<'a>>)> {
    let file = cx.file;
    let component = cx.root.components.as_deref().and_then(|components| {
        let component = components.get(components.find(&file.component.name)?);
        Some((component.stage?, component.counting().filter(|stated| stated.path != cx.path)))
    });
    component.or_else(|| Some((file.current.as_ref()?.stage?, None)))
}

/// Points to where it is said that the component is in `from`.
pub(super) fn point_to_start<'a>(
    finding: Finding<'a>,
    file: &ComponentFile,
    from: Stage,
    stated: Option<Statement<'_>>,
) -> Finding<'a> {
    let message = format!("the component is {}", from.in_words());
    match (stated, &file.current) {
        (Some(stated), _) => finding.related_in(stated.path, stated.range, message),
        (None, Some(current)) => finding.related(current.range, message),
        (None, None) => finding,
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn a_target_more_than_one_step_away_is_reported_where_it_stands() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** a\n**Status:** Development\n**Target Stage:** production\n\
             //- specs/b.md\n# B\n\n**Component Name:** b\n**Status:** Staging\n**Target Stage:** production\n\
             //- src/b/MATURITY.md\n**Current Stage**: Experimental\n\
             //- src/c/MATURITY.md\n**Current Stage**: Development → Production\n",
            "spec/stage-skipped",
            &expect![[r#"
                specs/a.md 4:18-4:28 warning spec/stage-skipped "production": from development to production skips staging; expected staging as the next target
                  field: Target Stage
                  help: set the target to staging, and to production once it is there
                  related specs/a.md 3:12-3:23 "Development": the component is in development
                specs/b.md 4:18-4:28 warning spec/stage-skipped "production": from experimental to production skips development; expected development as the next target
                  field: Target Stage
                  help: set the target to development, and to production once it is there
                  related src/b/MATURITY.md 0:19-0:31 "Experimental": the component is experimental
                src/c/MATURITY.md 0:33-0:43 warning spec/stage-skipped "Production": from development to production skips staging; expected staging as the next target
                  field: Target Stage
                  help: set the target to staging, and to production once it is there
                  related src/c/MATURITY.md 0:19-0:43 "Development → Production": the component is in development
            "#]],
        );
    }

    #[test]
    fn the_next_stage_the_same_one_and_an_unknown_start_are_fine() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** a\n**Status:** Draft\n**Target Stage:** production\n\
             //- specs/b.md\n# B\n\n**Component Name:** b\n**Status:** Staging\n**Target Stage:** staging\n\
             //- specs/c.md\n# C\n\n**Component Name:** c\n**Status:** Staging\n**Target Stage:** development\n\
             //- specs/d.md\n# D\n\n**Component Name:** d\n**Status:** Deprecated\n**Target Stage:** production\n\
             //- src/e/MATURITY.md\n**Current Stage**: Development → Staging\n",
            "spec/stage-skipped",
            &expect![[r#""#]],
        );
    }
}
