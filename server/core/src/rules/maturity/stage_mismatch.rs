//! `maturity/stage-mismatch`.

use std::fmt::Write as _;

use super::own::Own;
use crate::component::{ComponentFile, Stated};
use crate::components::{Facts, Statement};
use crate::config::shorten;
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
    /// that names no stage, such as Draft, states none. Marked are the statement that counts and each that disagrees with
    /// it.
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
    // Where a statement agrees with the one that counts, the one that counts says so for both.
    let counts = own.component.counting();
    if counts.is_some_and(|counts| counts.path != path && counts.stage == Some(stage)) {
        return;
    }
    let others = own.component.statements().filter(|other| other.stage.is_some() && other.path != path);
    let (agree, disagree): (Vec<_>, Vec<_>) = others.partition(|other| other.stage == Some(stage));
    if disagree.is_empty() {
        return;
    }
    let mut message = format!("`{}` is {} here, but ", own.component.name, stage.in_words());
    message += &says(&disagree);
    if !agree.is_empty() {
        message += ", and ";
        message += &says(&agree);
        message += " as well";
    }
    let help = match counts.filter(|first| first.path != path) {
        Some(Statement { path: first, stage: Some(counts), .. }) => {
            let counts = counts.in_words();
            format!("`{first}` counts first: it is taken to be {counts}; correct what is wrong")
        }
        Some(first) => {
            let text = shorten(first.text);
            format!("`{}` counts first, but `{text}` there names no stage; correct that", first.path)
        }
        None => format!("this counts first: it is taken to be {}; correct what is wrong", stage.in_words()),
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

    /// What cannot be read in the file that counts is not decided by another file: a fix would write its stage.
    #[test]
    fn a_slip_in_the_file_that_counts_lets_no_other_one_decide() {
        check(
            "\
//- src/b/MATURITY.md
**Current Stage**: Stagging
//- src/b/__init__.py
__maturity__ = 'experimental'
//- specs/b.md
**Component Name:** b
**Status:** Development
//- src/c/MATURITY.md
**Current Stage**: [Development | Staging]
//- src/c/__init__.py
__maturity__ = 'dev'
//- specs/a.md
**Component Name:** a
**Target Stage:** staging
## Dependencies
- `b` (staging)
- `c` (staging)
",
            "*",
            &expect![[r#"
                src/b/MATURITY.md 0:19-0:27 error spec/unknown-stage "Stagging": `Stagging` names no stage; expected experimental, development, staging, production or deprecated
                  field: Current Stage
                  safe fix: Change `Stagging` to `Staging` [("Stagging", "Staging")]
                src/b/__init__.py 0:16-0:28 warning maturity/stage-mismatch "experimental": `b` is experimental here, but `specs/b.md` says development
                  help: `src/b/MATURITY.md` counts first, but `Stagging` there names no stage; correct that
                  related specs/b.md 1:12-1:23 "Development": `Development` stands here
                specs/b.md 0:0-0:21 warning spec/missing-metadata "**Component Name:** b": the spec has no Target Stage; expected development, staging or production
                  field: Target Stage
                  review fix: Add `Target Stage: development` [("", "**Target Stage:** development\n")]
                specs/b.md 0:0-0:21 error spec/missing-section "**Component Name:** b": the required section `Overview` is missing
                  field: Overview
                  review fix: Add the section `## Overview` [("", "\n## Overview\n")]
                specs/b.md 0:0-0:21 error spec/missing-section "**Component Name:** b": the required section `Requirements` is missing
                  field: Requirements
                  review fix: Add the section `## Requirements` [("", "\n## Requirements\n")]
                specs/b.md 0:0-0:21 hint spec/missing-section "**Component Name:** b": the recommended section `Dependencies` is missing
                  field: Dependencies
                  review fix: Add the section `## Dependencies` [("", "\n## Dependencies\n")]
                specs/b.md 0:0-0:21 hint spec/missing-section "**Component Name:** b": the recommended section `API Design` is missing
                  field: API Design
                  review fix: Add the section `## API Design` [("", "\n## API Design\n")]
                specs/b.md 0:0-0:21 hint spec/missing-section "**Component Name:** b": the recommended section `Implementation Plan` is missing
                  field: Implementation Plan
                  review fix: Add the section `## Implementation Plan` [("", "\n## Implementation Plan\n")]
                specs/b.md 0:0-0:21 hint spec/missing-section "**Component Name:** b": the recommended section `Testing Strategy` is missing
                  field: Testing Strategy
                  review fix: Add the section `## Testing Strategy` [("", "\n## Testing Strategy\n")]
                specs/b.md 0:0-0:21 error spec/missing-section "**Component Name:** b": the required section `Acceptance Criteria` is missing
                  field: Acceptance Criteria
                  review fix: Add the section `## Acceptance Criteria` [("", "\n## Acceptance Criteria\n")]
                specs/b.md 0:0-0:21 hint spec/missing-section "**Component Name:** b": the recommended section `Maturity Targets` is missing
                  field: Maturity Targets
                  review fix: Add the section `## Maturity Targets` [("", "\n## Maturity Targets\n")]
                specs/b.md 0:0-0:21 hint spec/missing-section "**Component Name:** b": the recommended section `Rollback Procedure` is missing
                  field: Rollback Procedure
                  review fix: Add the section `## Rollback Procedure` [("", "\n## Rollback Procedure\n")]
                specs/b.md 1:12-1:23 warning maturity/stage-mismatch "Development": `b` is in development here, but `src/b/__init__.py` says experimental
                  help: `src/b/MATURITY.md` counts first, but `Stagging` there names no stage; correct that
                  related src/b/__init__.py 0:16-0:28 "experimental": `experimental` stands here
                src/c/MATURITY.md 0:0-0:42 warning maturity/spec-missing "**Current Stage**: [Development | Staging]": `c` has no spec
                  help: `stagegate new spec c` writes one
                src/c/MATURITY.md 0:0-0:42 warning maturity/tests-missing "**Current Stage**: [Development | Staging]": `c` is in development, but has no tests
                  help: expected `tests/c`, `tests/test_c.py`, `tests/test_c_*.py` or another place; `components.tests` in stagegate.yaml says where to look
                src/c/MATURITY.md 0:19-0:42 warning spec/placeholder-left "[Development | Staging]": `[Development | Staging]` is a placeholder of the template; expected a value
                  field: Current Stage
                  help: write the value, or delete the line
                specs/a.md 0:0-0:21 error spec/missing-section "**Component Name:** a": the required section `Overview` is missing
                  field: Overview
                  review fix: Add the section `## Overview` [("", "\n## Overview\n\n")]
                specs/a.md 0:0-0:21 error spec/missing-section "**Component Name:** a": the required section `Requirements` is missing
                  field: Requirements
                  review fix: Add the section `## Requirements` [("", "\n## Requirements\n\n")]
                specs/a.md 0:0-0:21 hint spec/missing-section "**Component Name:** a": the recommended section `API Design` is missing
                  field: API Design
                  review fix: Add the section `## API Design` [("", "\n## API Design\n")]
                specs/a.md 0:0-0:21 hint spec/missing-section "**Component Name:** a": the recommended section `Implementation Plan` is missing
                  field: Implementation Plan
                  review fix: Add the section `## Implementation Plan` [("", "\n## Implementation Plan\n")]
                specs/a.md 0:0-0:21 hint spec/missing-section "**Component Name:** a": the recommended section `Testing Strategy` is missing
                  field: Testing Strategy
                  review fix: Add the section `## Testing Strategy` [("", "\n## Testing Strategy\n")]
                specs/a.md 0:0-0:21 error spec/missing-section "**Component Name:** a": the required section `Acceptance Criteria` is missing
                  field: Acceptance Criteria
                  review fix: Add the section `## Acceptance Criteria` [("", "\n## Acceptance Criteria\n")]
                specs/a.md 0:0-0:21 hint spec/missing-section "**Component Name:** a": the recommended section `Maturity Targets` is missing
                  field: Maturity Targets
                  review fix: Add the section `## Maturity Targets` [("", "\n## Maturity Targets\n")]
                specs/a.md 0:0-0:21 hint spec/missing-section "**Component Name:** a": the recommended section `Rollback Procedure` is missing
                  field: Rollback Procedure
                  review fix: Add the section `## Rollback Procedure` [("", "\n## Rollback Procedure\n")]
                specs/a.md 3:2-3:15 error maturity/dependency-below-target "`b` (staging)": `a` is to reach staging, but `Stagging`, stated for `b`, names no stage
                  field: b
                  help: correct the stage in `src/b/MATURITY.md`
                  related src/b/MATURITY.md 0:19-0:27 "Stagging": `Stagging` stands here
                specs/a.md 4:2-4:15 error maturity/dependency-below-target "`c` (staging)": `a` is to reach staging, but `c` is in development
                  field: c
                  help: promote `c` to staging first, or lower the target stage of `a`
                  related src/c/__init__.py 0:16-0:19 "dev": `dev` stands here
                specs/a.md 4:7-4:14 warning maturity/dependency-stage-outdated "staging": `c` is in development; this list says staging
                  field: c
                  related src/c/__init__.py 0:16-0:19 "dev": `dev` stands here
                  safe fix: Write `development` [("staging", "development")]
            "#]],
        );
    }
}
