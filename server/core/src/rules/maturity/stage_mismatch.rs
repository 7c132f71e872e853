//! `maturity/stage-mismatch`.

use std::fmt::Write as _;

use super::own::{Own, in_stage};
use crate::component::{ComponentFile, Stated};
use crate::components::{Facts, Statement};
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;

/// Most files that the message names; a component has three.
const MAX_NAMED: usize = 6;

/// Most files that are pointed to.
const MAX_RELATED: usize = 20;

declare_rule! {
    /// ## What it checks
    /// All files that state the stage of a component state the same one: `Current Stage` of its MATURITY.md,
    /// `__maturity__` (or the `stagegate` section of Cargo.toml or package.json), and the status of its spec. A status
    /// that names no stage, such as Draft, states none. Every file that disagrees with another one is marked.
    ///
    /// ## Why it matters
    /// Only one of them can be true. Until they agree, MATURITY.md counts before the code, and the code before the
    /// spec.
    ///
    /// ## Example
    /// `**Current Stage**: Development` in MATURITY.md, `__maturity__ = "staging"` in `__init__.py`.
    ///
    /// ## Fix
    /// None. Decide which one is true and correct the others.
    ///
    /// ## References
    /// `specs/spec-files.md`, "Which stage counts"; requirement 000, step 5.
    STAGE_MISMATCH = {
        code: "maturity/stage-mismatch",
        summary: "files state different stages for one component",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    if let Some(own) = Own::of(cx) {
        report(cx, own, cx.file.current.as_ref());
    }
}

pub(crate) fn check_code(cx: &mut RuleContext<'_, Facts>) {
    if let Some(own) = Own::of_code(cx) {
        report(cx, own, cx.file.stage.as_ref());
    }
}

fn report<'a, F>(cx: &mut RuleContext<'a, F>, own: Own<'a>, here: Option<&Stated>) {
    let Some((here, stage)) = here.and_then(|here| Some((here, here.stage?))) else { return };
    let path = cx.path;
    let others = own.component.statements().filter(|other| other.stage.is_some() && other.path != path);
    let (agree, disagree): (Vec<_>, Vec<_>) = others.partition(|other| other.stage == Some(stage));
    if disagree.is_empty() {
        return;
    }
    let mut message = format!("`{}` is {} here, but ", own.component.name, in_stage(stage));
    message += &says(&disagree);
    if !agree.is_empty() {
        message += ", and ";
        message += &says(&agree);
        message += " as well";
    }
    let first = own.component.statements().find(|other| other.stage.is_some());
    let help = match first.and_then(|first| Some((first, first.stage?))) {
        Some((first, counts)) if first.path != path => {
            let counts = in_stage(counts);
            format!("`{}` counts first: it is taken to be {counts}; correct what is wrong", first.path)
        }
        _ => format!("this counts first: it is taken to be {}; correct what is wrong", in_stage(stage)),
    };
    let mut finding = cx.report(&STAGE_MISMATCH, here.range, message).help(help);
    for other in disagree.iter().chain(&agree).take(MAX_RELATED) {
        finding = finding.related_in(other.path, other.range, format!("`{}` stands here", other.text));
    }
    finding.done();
}

/// Lists files and what they say, those of one stage together: `` `a` and `b` say staging, `c` says production ``.
fn says(statements: &[Statement<'_>]) -> String {
    let mut stages: Vec<Stage> = Vec::new();
    for stage in statements.iter().filter_map(|statement| statement.stage) {
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    let mut parts = Vec::new();
    for stage in stages {
        let paths: Vec<_> =
            statements.iter().filter(|other| other.stage == Some(stage)).map(|other| other.path).collect();
        let mut part = String::new();
        for (at, path) in paths.iter().take(MAX_NAMED).enumerate() {
            let between = match at {
                0 => "",
                at if at + 1 == paths.len() => " and ",
                _ => ", ",
            };
            let _ = write!(part, "{between}`{path}`");
        }
        if paths.len() > MAX_NAMED {
            let _ = write!(part, " and {} others", paths.len() - MAX_NAMED);
        }
        let verb = if paths.len() == 1 { "says" } else { "say" };
        parts.push(format!("{part} {verb} {stage}"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::check;

    const RULE: &str = "maturity/stage-mismatch";

    #[test]
    fn each_file_that_disagrees_names_all_others() {
        check(
            "\
//- specs/a.md
**Component Name:** a
**Status:** Development
//- src/a/MATURITY.md
**Current Stage**: Development
//- src/a/__init__.py
__maturity__ = 'experimental'
//- src/a/package.json
{\"stagegate\": {\"stage\": \"staging\"}}
",
            RULE,
            &expect![[r#"
                specs/a.md 1:12-1:23 warning maturity/stage-mismatch "Development": `a` is in development here, but `src/a/__init__.py` says experimental, `src/a/package.json` says staging, and `src/a/MATURITY.md` says development as well
                  help: `src/a/MATURITY.md` counts first: it is taken to be in development; correct what is wrong
                  related src/a/__init__.py 0:16-0:28 "experimental": `experimental` stands here
                  related src/a/package.json 0:25-0:32 "staging": `staging` stands here
                  related src/a/MATURITY.md 0:19-0:30 "Development": `Development` stands here
                src/a/MATURITY.md 0:19-0:30 warning maturity/stage-mismatch "Development": `a` is in development here, but `src/a/__init__.py` says experimental, `src/a/package.json` says staging, and `specs/a.md` says development as well
                  help: this counts first: it is taken to be in development; correct what is wrong
                  related src/a/__init__.py 0:16-0:28 "experimental": `experimental` stands here
                  related src/a/package.json 0:25-0:32 "staging": `staging` stands here
                  related specs/a.md 1:12-1:23 "Development": `Development` stands here
                src/a/__init__.py 0:16-0:28 warning maturity/stage-mismatch "experimental": `a` is experimental here, but `src/a/MATURITY.md` and `specs/a.md` say development, `src/a/package.json` says staging
                  help: `src/a/MATURITY.md` counts first: it is taken to be in development; correct what is wrong
                  related src/a/MATURITY.md 0:19-0:30 "Development": `Development` stands here
                  related src/a/package.json 0:25-0:32 "staging": `staging` stands here
                  related specs/a.md 1:12-1:23 "Development": `Development` stands here
                src/a/package.json 0:25-0:32 warning maturity/stage-mismatch "staging": `a` is in staging here, but `src/a/MATURITY.md` and `specs/a.md` say development, `src/a/__init__.py` says experimental
                  help: `src/a/MATURITY.md` counts first: it is taken to be in development; correct what is wrong
                  related src/a/MATURITY.md 0:19-0:30 "Development": `Development` stands here
                  related src/a/__init__.py 0:16-0:28 "experimental": `experimental` stands here
                  related specs/a.md 1:12-1:23 "Development": `Development` stands here
            "#]],
        );
    }

    #[test]
    fn a_status_that_is_no_stage_and_a_misspelt_one_state_nothing() {
        check(
            "\
//- specs/a.md
**Component Name:** a
**Status:** Draft
//- src/a/MATURITY.md
**Current Stage**: Stagging
//- src/a/__init__.py
__maturity__ = 'staging' # dev
",
            RULE,
            &expect![[""]],
        );
    }

    #[test]
    fn a_comment_in_code_silences_it() {
        for comment in ["# stagegate: ignore[stage-mismatch]\n# why", "# stagegate: ignore"] {
            check(
                &format!(
                    "\
//- src/a/MATURITY.md
**Current Stage**: Staging <!-- stagegate: ignore -->
//- src/a/__init__.py
{comment}
__maturity__ = 'dev'
//- src/a/Cargo.toml
[package.metadata.stagegate]
stage = \"experimental\" # stagegate: ignore[maturity/*]
"
                ),
                RULE,
                &expect![[""]],
            );
        }
    }
}
