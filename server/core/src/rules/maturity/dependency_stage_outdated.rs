//! `maturity/dependency-stage-outdated`.

use super::own::Own;
use super::write::replace_stage;
use crate::component::ComponentFile;
use crate::diagnostic::Fix;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// The stage behind a dependency is the one that the component is in: as its MATURITY.md says, else its code, else its
    /// spec. Where none of them states a stage, nothing is said.
    ///
    /// ## Why it matters
    /// The list is read as the truth. What was promoted since then holds nobody up any more; what was rolled back does.
    ///
    /// ## Example
    /// ```markdown
    /// - `pricing` (development) - in staging since October
    /// ```
    ///
    /// ## Fix
    /// Writes the actual stage, in the style of the old one: what stands there is where the component is, not where it
    /// has to get to. None where several components share one stage.
    ///
    /// ## References
    /// `specs/spec-files.md`, "Dependencies" and "Which stage counts".
    DEPENDENCY_STAGE_OUTDATED = {
        code: "maturity/dependency-stage-outdated",
        summary: "a list of dependencies names a stage that the component is not in",
        severity: Warning,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let Some(own) = Own::of(cx) else { return };
    let (components, file) = (own.components, cx.file);
    for dependency in &file.dependencies {
        let Some((declared, says)) = dependency.stage.as_ref().and_then(|it| Some((it, it.stage?))) else {
            continue;
        };
        let Some(to) = components.find_canonical(&dependency.canonical) else { continue };
        let to = components.get(to);
        let Some(stage) = to.stage.filter(|stage| *stage != says) else { continue };
        let new = replace_stage(&declared.text, stage);
        // A stage behind several names cannot be right for all of them.
        let fix = (!declared.shared).then(|| Fix::safe(format!("Write `{new}`"), declared.range, new));
        let message = format!("`{}` is {}; this list says {says}", to.name, stage.in_words());
        let mut finding =
            cx.report(&DEPENDENCY_STAGE_OUTDATED, declared.range, message).field(&*dependency.name).fix(fix);
        if declared.shared {
            finding = finding.help("give each of these components a line of its own");
        }
        if let Some(stated) = to.counting() {
            finding = finding.related_in(stated.path, stated.range, format!("`{}` stands here", stated.text));
        }
        finding.done();
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::{check, check_fixed};

    const TEXT: &str = "\
//- specs/a.md
**Component Name:** a
## Required Components
- `pricing` (development) - too low
- **pricing** (`dev`): too low
- `rates` (Production) - too high
- `rates` (staging)
- `draft` (staging) - nobody says otherwise
- `rates` (stagign)
- `rates`
- Rates (Current Stage: **Development** 🎉)
- Rates (Current Stage: Development → Staging)
- `rates` (Required, dev)
- [`rates`](rates.md) (dev)
- `rates`, `pricing` (dev)
- `rates` (needs production)
- `rates` (production-ready)
//- src/pricing/MATURITY.md
**Current Stage**: Staging (Promoted)
//- src/rates/__init__.py
__maturity__ = 'staging'
//- specs/draft.md
**Component Name:** draft
**Status:** Draft
";

    #[test]
    fn the_list_is_compared_with_what_the_files_say() {
        check(
            TEXT,
            "maturity/dependency-stage-outdated",
            &expect![[r#"
                specs/a.md 2:13-2:24 warning maturity/dependency-stage-outdated "development": `pricing` is in staging; this list says development
                  field: pricing
                  related src/pricing/MATURITY.md 0:19-0:37 "Staging (Promoted)": `Staging` stands here
                  safe fix: Write `staging` [("development", "staging")]
                specs/a.md 3:16-3:19 warning maturity/dependency-stage-outdated "dev": `pricing` is in staging; this list says development
                  field: pricing
                  related src/pricing/MATURITY.md 0:19-0:37 "Staging (Promoted)": `Staging` stands here
                  safe fix: Write `staging` [("dev", "staging")]
                specs/a.md 4:11-4:21 warning maturity/dependency-stage-outdated "Production": `rates` is in staging; this list says production
                  field: rates
                  related src/rates/__init__.py 0:16-0:23 "staging": `staging` stands here
                  safe fix: Write `Staging` [("Production", "Staging")]
                specs/a.md 9:26-9:42 warning maturity/dependency-stage-outdated "Development** 🎉": `rates` is in staging; this list says development
                  field: Rates
                  related src/rates/__init__.py 0:16-0:23 "staging": `staging` stands here
                  safe fix: Write `Staging** 🎉` [("Development** 🎉", "Staging** 🎉")]
                specs/a.md 10:24-10:45 warning maturity/dependency-stage-outdated "Development → Staging": `rates` is in staging; this list says development
                  field: Rates
                  related src/rates/__init__.py 0:16-0:23 "staging": `staging` stands here
                  safe fix: Write `Staging` [("Development → Staging", "Staging")]
                specs/a.md 11:21-11:24 warning maturity/dependency-stage-outdated "dev": `rates` is in staging; this list says development
                  field: rates
                  related src/rates/__init__.py 0:16-0:23 "staging": `staging` stands here
                  safe fix: Write `staging` [("dev", "staging")]
                specs/a.md 12:23-12:26 warning maturity/dependency-stage-outdated "dev": `rates` is in staging; this list says development
                  field: rates
                  related src/rates/__init__.py 0:16-0:23 "staging": `staging` stands here
                  safe fix: Write `staging` [("dev", "staging")]
                specs/a.md 13:22-13:25 warning maturity/dependency-stage-outdated "dev": `rates` is in staging; this list says development
                  field: rates
                  help: give each of these components a line of its own
                  related src/rates/__init__.py 0:16-0:23 "staging": `staging` stands here
                specs/a.md 13:22-13:25 warning maturity/dependency-stage-outdated "dev": `pricing` is in staging; this list says development
                  field: pricing
                  help: give each of these components a line of its own
                  related src/pricing/MATURITY.md 0:19-0:37 "Staging (Promoted)": `Staging` stands here
            "#]],
        );
    }

    #[test]
    fn the_fix_keeps_the_style() {
        check_fixed(
            TEXT,
            "specs/a.md",
            &expect![[r#"
                **Component Name:** a
                ## Required Components
                - `pricing` (staging) - too low
                - **pricing** (`staging`): too low
                - `rates` (Staging) - too high
                - `rates` (staging)
                - `draft` (staging) - nobody says otherwise
                - `rates` (staging)
                - `rates`
                - Rates (Current Stage: **Staging** 🎉)
                - Rates (Current Stage: Staging)
                - `rates` (Required, staging)
                - [`rates`](rates.md) (staging)
                - `rates`, `pricing` (dev)
                - `rates` (needs production)
                - `rates` (production-ready)
            "#]],
        );
    }
}
