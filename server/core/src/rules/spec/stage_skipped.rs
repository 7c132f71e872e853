//! `spec/stage-skipped`.

use crate::component::{ComponentFile, Standing};
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// The target stage is at most one step above the stage that the component is in: development, staging, production.
    /// A component whose stage no file states may name its final target, and a lower target is no finding.
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
    let component = cx.root.components.as_deref().and_then(|components| {
        let component = components.get(components.find(&file.component.name)?);
        // The statement that counts comes first.
        let stated = component.statements().find(|statement| statement.stage == component.stage);
        Some((component.stage?, stated.filter(|stated| stated.path != cx.path)))
    });
    let own = file.current.as_ref().and_then(|current| Some((current.stage?, None)));
    let Some((from, stated)) = component.or(own) else { return };
    let Some(next) = from.next().filter(|next| to.rank() > next.rank()) else { return };
    let message = format!("from {from} to {to} skips {next}; expected {next} as the next target");
    let mut finding = cx.report(&STAGE_SKIPPED, target.range, message).field("Target Stage");
    if let Some(stated) = stated {
        finding = finding.related_in(stated.path, stated.range, format!("the component is in {from}"));
    } else if let Some(current) = &file.current {
        finding = finding.related(current.range, format!("the component is in {from}"));
    }
    finding.help(format!("set the target to {next}, and to {to} once it is there")).done();
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
                  related src/b/MATURITY.md 0:19-0:31 "Experimental": the component is in experimental
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
