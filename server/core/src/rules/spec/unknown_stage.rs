//! `spec/unknown-stage`.

use crate::component::{ComponentFile, DocumentKind, Standing, Stated};
use crate::config::shorten;
use crate::diagnostic::{Fix, Severity};
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;
use crate::text::{TextRange, range};

declare_rule! {
    /// ## What it checks
    /// Target Stage, Current Stage and the stage in parentheses behind a dependency name a stage: experimental,
    /// development (or dev), staging, production (or prod), deprecated. Bold, emoji, and what follows in parentheses do
    /// not matter. Status is free text: `Draft` and `Stable` are fine.
    ///
    /// ## Why it matters
    /// A stage that cannot be read is none: nothing is compared with it, and nothing promoted.
    ///
    /// ## Example
    /// ```markdown
    /// **Target Stage:** stagign
    /// ```
    ///
    /// ## Fix
    /// A near miss is corrected.
    ///
    /// ## References
    /// requirement 001, "Maturity Stages"; `specs/spec-files.md`, "Stages".
    UNKNOWN_STAGE = {
        code: "spec/unknown-stage",
        summary: "words that name no stage",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.standing != Standing::Component {
        return;
    }
    let unknown = |stated: &&Stated| {
        stated.stage.is_none()
            && !stated.placeholder
            && !stated.text.is_empty()
            && !super::placeholder_left::stands_for_nothing(&stated.text)
    };
    if let Some(target) = file.target.as_ref().filter(unknown) {
        report(cx, "Target Stage", target.range, &target.text, Severity::Error);
    }
    // In the front matter of a spec `stage` may be a key of another tool.
    let named = file.kind == DocumentKind::Maturity
        || file.field("Current Stage").is_some()
        || file.head.front_matter().is_some_and(|head| head.entry("current_stage").is_some());
    if let Some(current) = file.current.as_ref().filter(unknown).filter(|_| named) {
        report(cx, "Current Stage", current.range, &current.text, Severity::Error);
    }
    for dependency in &file.dependencies {
        if let Some(stage) = dependency.stage.as_ref().filter(|stage| stage.stage.is_none()) {
            report(cx, &dependency.name, stage.range, &stage.text, Severity::Warning);
        }
    }
}

fn report(cx: &mut RuleContext<'_, ComponentFile>, field: &str, at: TextRange, text: &str, most: Severity) {
    let expected = "expected experimental, development, staging, production or deprecated";
    let message = format!("`{}` names no stage; {expected}", shorten(text));
    let written = cx.source.slice(at.start().into(), at.end().into());
    let fix = near(text).and_then(|(word, stage)| {
        let start = usize::from(at.start()) + written.find(word)?;
        let capital = word.starts_with(|c: char| c.is_uppercase());
        let name = if capital { stage.title() } else { stage.name() };
        Some(Fix::safe(format!("Change `{word}` to `{name}`"), range(start, start + word.len()), name))
    });
    let mut finding = cx.report(&UNKNOWN_STAGE, at, message).field(field).at_most(most);
    if fix.is_none() {
        finding =
            finding.help("write one of these words; what else there is to say goes in parentheses behind it");
    }
    finding.fix(fix).done();
}

/// Returns the first word of `text` and the stage that it certainly means.
fn near(text: &str) -> Option<(&str, Stage)> {
    let text = text.trim_start();
    let word = &text[..text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len())];
    let rest = text[word.len()..].trim_start();
    let alone = rest.is_empty() || rest.starts_with(['(', '→', ',', ';', '.', '-', '–', '—']);
    let lower = word.to_lowercase();
    if !alone || !(5..=14).contains(&word.len()) {
        return None;
    }
    let mut best = Stage::ALL.map(|stage| (strsim::damerau_levenshtein(&lower, stage.name()), stage));
    best.sort_unstable();
    (best[0].0 <= 2).then_some((word, best[0].1))
}

#[cfg(test)]
mod tests {
    use crate::fixture::{check, check_fixed};
    use expect_test::expect;

    #[test]
    fn what_names_no_stage_is_reported_and_a_near_miss_corrected() {
        let fixture = "//- specs/a.md\n# A\n\n**Component Name:** a\n**Status:** Stable\n**Target Stage:** **Stagign** 🎉 (soon)\n\n## Dependencies\n- `b` (productoin) - x\n\
             //- specs/b.md\n# B\n\n**Component Name:** b\n**Target Stage:** Production Ready\n\
             //- src/b/MATURITY.md\n# B\n\n**Current Stage**: beta\n";
        check(
            fixture,
            "spec/unknown-stage",
            &expect![[r#"
                specs/a.md 4:18-4:39 error spec/unknown-stage "**Stagign** 🎉 (soon)": `Stagign` names no stage; expected experimental, development, staging, production or deprecated
                  field: Target Stage
                  safe fix: Change `Stagign` to `Staging` [("Stagign", "Staging")]
                specs/a.md 7:7-7:17 warning spec/unknown-stage "productoin": `productoin` names no stage; expected experimental, development, staging, production or deprecated
                  field: b
                  safe fix: Change `productoin` to `production` [("productoin", "production")]
                specs/b.md 3:18-3:34 error spec/unknown-stage "Production Ready": `Production Ready` names no stage; expected experimental, development, staging, production or deprecated
                  field: Target Stage
                  help: write one of these words; what else there is to say goes in parentheses behind it
                src/b/MATURITY.md 2:19-2:23 error spec/unknown-stage "beta": `beta` names no stage; expected experimental, development, staging, production or deprecated
                  field: Current Stage
                  help: write one of these words; what else there is to say goes in parentheses behind it
            "#]],
        );
        check_fixed(
            fixture,
            "specs/a.md",
            &expect![[r#"
            # A

            **Component Name:** a
            **Status:** Stable
            **Target Stage:** **Staging** 🎉 (soon)

            ## Dependencies
            - `b` (production) - x
        "#]],
        );
    }

    #[test]
    fn stages_as_they_are_written_placeholders_and_status_are_fine() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** a\n**Status:** DEMOTED (Staging → Development)\n**Target Stage:** [staging | production]\n\
             //- specs/b.md\n# B\n\n**Component Name:** b\n**Target Stage:** TBD\n\
             //- specs/c.md\n# C\n\n**Component Name:** c\n**Target Stage:** **Staging** ⚠️ (7-Day Validation)\n\
             //- src/c/MATURITY.md\n# C\n\n**Current Stage**: Development → Staging (In Progress)\n\
             //- src/d/MATURITY.md\n# D\n\n**Current Stage**: <Development|Staging>\n\
             //- specs/f.md\n---\nstage: alpha\n---\n# F\n\n**Component Name:** f\n**Target Stage:** dev\n\
             //- specs/templates/e.md\n# E\n\n**Target Stage:** nope\n",
            "spec/unknown-stage",
            &expect![[r#""#]],
        );
    }
}
