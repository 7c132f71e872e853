//! `maturity/unknown-stage`.

use super::write::stage_like;
use crate::components::Facts;
use crate::config::shorten;
use crate::diagnostic::Fix;
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;

const EXPECTED: &str = "experimental, development, staging, production or deprecated";

/// Longest text that near stages are looked for.
const MAX_BYTES: usize = 32;

declare_rule! {
    /// ## What it checks
    /// The stage that code declares (`__maturity__` in Python, the `stagegate` section of Cargo.toml or package.json) is
    /// experimental, development (or dev), staging, production (or prod) or deprecated.
    ///
    /// ## Why it matters
    /// A word that names no stage states none: the component counts as not started.
    ///
    /// ## Example
    /// ```python
    /// __maturity__ = "stagin"
    /// ```
    ///
    /// ## Fix
    /// Writes the stage that was meant, where only one is near.
    ///
    /// ## References
    /// requirement 000, step 5; `specs/spec-files.md`, "Stages".
    UNKNOWN_STAGE = {
        code: "maturity/unknown-stage",
        summary: "code declares a stage that does not exist",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check_code(cx: &mut RuleContext<'_, Facts>) {
    let file = cx.file;
    let Some(stated) = file.stage.as_ref().filter(|stated| stated.stage.is_none()) else { return };
    let written = stated.text.trim();
    if written.is_empty() {
        let expected = format!("the declared stage is empty; expected {EXPECTED}");
        cx.report(&UNKNOWN_STAGE, file.headline, expected).done();
        return;
    }
    let near = near(written);
    let message = format!("`{}` is no stage; expected {EXPECTED}", shorten(written));
    let finding = cx.report(&UNKNOWN_STAGE, stated.range, message);
    match near {
        Some(stage) => {
            let new = stage_like(written, stage);
            let fix = Fix::safe(format!("Write `{new}`"), stated.range, &*new);
            finding.help(format!("did you mean `{new}`?")).fix(fix).done();
        }
        None => finding.done(),
    }
}

/// Returns the one stage that a word nearly names.
fn near(written: &str) -> Option<Stage> {
    if written.len() > MAX_BYTES {
        return None;
    }
    let word = written.to_lowercase();
    let is_near = |stage: &Stage| {
        let starts = word.len() >= 4 && stage.name().starts_with(&word);
        starts || strsim::osa_distance(&word, stage.name()) <= 2
    };
    let mut found = Stage::ALL.into_iter().filter(is_near);
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::{check, check_fixed};

    const TEXT: &str = "\
//- src/a/__init__.py
__maturity__ = \"stagin\"
//- src/b/Cargo.toml
[package.metadata.stagegate]
stage = 'Prodution'
//- src/c/package.json
{\"stagegate\": {\"stage\": \"devel\"}}
//- src/d/__init__.py
__maturity__ = 'beta'
//- src/e/__init__.py
__maturity__ = ''
//- src/f/__init__.py
__maturity__ = 'prod'
__maturity__ = compute()
//- src/g/__init__.py
__maturity__ = 'x' # stagegate: ignore[unknown-stage]
";

    #[test]
    fn words_that_name_no_stage_are_reported() {
        check(
            TEXT,
            "maturity/unknown-stage",
            &expect![[r#"
                src/a/__init__.py 0:16-0:22 error maturity/unknown-stage "stagin": `stagin` is no stage; expected experimental, development, staging, production or deprecated
                  help: did you mean `staging`?
                  safe fix: Write `staging` [("stagin", "staging")]
                src/b/Cargo.toml 1:9-1:18 error maturity/unknown-stage "Prodution": `Prodution` is no stage; expected experimental, development, staging, production or deprecated
                  help: did you mean `Production`?
                  safe fix: Write `Production` [("Prodution", "Production")]
                src/c/package.json 0:25-0:30 error maturity/unknown-stage "devel": `devel` is no stage; expected experimental, development, staging, production or deprecated
                  help: did you mean `development`?
                  safe fix: Write `development` [("devel", "development")]
                src/d/__init__.py 0:16-0:20 error maturity/unknown-stage "beta": `beta` is no stage; expected experimental, development, staging, production or deprecated
                src/e/__init__.py 0:0-0:12 error maturity/unknown-stage "__maturity__": the declared stage is empty; expected experimental, development, staging, production or deprecated
            "#]],
        );
    }

    #[test]
    fn what_is_nearly_a_stage_is_mended() {
        check_fixed(
            TEXT,
            "src/a/__init__.py",
            &expect![[r#"
            __maturity__ = "staging"
        "#]],
        );
        check_fixed(
            TEXT,
            "src/b/Cargo.toml",
            &expect![[r#"
            [package.metadata.stagegate]
            stage = 'Production'
        "#]],
        );
    }
}
