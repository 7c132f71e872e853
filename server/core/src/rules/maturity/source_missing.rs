//! `maturity/source-missing`.

use super::own::Own;
use crate::component::ComponentFile;
use crate::layout::{LayoutPattern, PLACEHOLDER};
use crate::name;
use crate::rules::{RuleContext, declare_rule};
use crate::stage::{CLIMB, Stage};

declare_rule! {
    /// ## What it checks
    /// A component in development, staging or production has source where `components.source` looks for it. A folder
    /// that holds nothing but Markdown is none. A component that no file states a stage for is in the backlog and needs
    /// none, unless its spec has a target and a status such as In Progress.
    ///
    /// ## Why it matters
    /// A stage without source is a promise, or the source lies where no gate will find it.
    ///
    /// ## Example
    /// `**Status:** Development` in `specs/forecast.md`, and neither `src/forecast/` nor `src/forecast.py`.
    ///
    /// ## Fix
    /// None. Add the source, name its folder in `stagegate.yaml` under `components.source`, or take the stage back. An
    /// empty list there switches the rule off.
    ///
    /// ## References
    /// requirement 001, stage "Development"; requirement 003, step 1; `docs/configuration.md`, `components.source`.
    SOURCE_MISSING = {
        code: "maturity/source-missing",
        summary: "a component has a stage, but no source",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

/// Statuses that name no stage, but say that somebody has begun.
const STARTED: [&str; 6] =
    ["in progress", "started", "implementing", "implementation", "implemented", "active"];

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let Some(own) = Own::of(cx).filter(|own| own.is_reported_in(cx.path)) else { return };
    let patterns = &cx.root.config.components.source;
    if cx.root.files.is_none() || patterns.is_empty() || own.has_source() {
        return;
    }
    let name = &own.component.name;
    let climbs = |stage: &Stage| CLIMB.contains(stage);
    let says = match own.component.stage {
        Some(stage) if own.is_started() => format!("`{name}` is in {stage}"),
        Some(_) => return,
        None => {
            let status = cx
                .file
                .status
                .as_ref()
                .filter(|status| STARTED.iter().any(|word| status.text.eq_ignore_ascii_case(word)));
            let target = own.component.target().filter(climbs);
            let (Some(status), Some(target)) = (status, target) else { return };
            format!("`{name}` is to reach {target}, and its status is `{}`", status.text)
        }
    };
    let docs = own.components.places(own.id).find_map(|place| place.docs_only.first());
    let help = match docs {
        Some(folder) => {
            format!("`{folder}` holds nothing but Markdown; expected code there{}", beside(folder, name))
        }
        None => format!(
            "expected {}; `components.source` in stagegate.yaml says where to look",
            expected(patterns, &own.component.canonical)
        ),
    };
    cx.report(&SOURCE_MISSING, own.place, format!("{says}, but has no source")).help(help).done();
}

/// Names the module that counts as well, where `folder` is called as the component is.
fn beside(folder: &str, name: &str) -> String {
    let last = folder.rsplit('/').next().unwrap_or(folder);
    if name::same(last, name) { format!(", or in `{folder}.py` beside it") } else { String::new() }
}

/// Lists where `patterns` look for a component.
pub(super) fn expected(patterns: &[LayoutPattern], name: &str) -> String {
    let path = |pattern: &LayoutPattern| format!("`{}`", pattern.pattern().replace(PLACEHOLDER, name));
    let mut paths: Vec<_> = patterns.iter().map(path).collect();
    let more = paths.len() > 4;
    paths.truncate(if more { 3 } else { 4 });
    let last = if more { Some("another place".to_owned()) } else { paths.pop() };
    match last {
        Some(last) if !paths.is_empty() => format!("{} or {last}", paths.join(", ")),
        last => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::check;

    const RULE: &str = "maturity/source-missing";

    #[test]
    fn a_stage_needs_source() {
        check(
            "\
//- specs/a.md
# A
**Component Name:** a
**Status:** Development
//- src/b/MATURITY.md
# B
**Current Stage**: Staging
//- specs/c.md
**Component Name:** c
**Status:** Draft
**Target Stage:** staging
//- specs/d.md
**Component Name:** d
**Status:** Experimental
//- specs/e.md
**Component Name:** e
**Status:** Development
//- src/components/e.py
x
//- specs/f.md
**Component Name:** f
**Target Stage:** staging
**Status:** In Progress
//- src/g-driver/MATURITY.md
**Component**: G
**Current Stage**: Staging
//- src/g-driver/a.py
x
//- specs/my.md
**Component:** My Service
**Status:** Staging
//- src/My Service/main.py
x
//- specs/etc.md
**Component Name:** ../../etc
**Status:** Staging
//- server/h/Cargo.toml
",
            RULE,
            &expect![[r#"
                specs/a.md 1:20-1:21 warning maturity/source-missing "a": `a` is in development, but has no source
                  help: expected `src/a` or `src/components/a`; `components.source` in stagegate.yaml says where to look
                src/b/MATURITY.md 0:2-0:3 warning maturity/source-missing "B": `b` is in staging, but has no source
                  help: `src/b` holds nothing but Markdown; expected code there, or in `src/b.py` beside it
                specs/f.md 0:20-0:21 warning maturity/source-missing "f": `f` is to reach staging, and its status is `In Progress`, but has no source
                  help: expected `src/f` or `src/components/f`; `components.source` in stagegate.yaml says where to look
            "#]],
        );
    }

    #[test]
    fn a_folder_with_documents_alone_is_named_and_one_with_a_blank_is_found() {
        check(
            "\
//- specs/carbon.md
**Component Name:** carbon
**Status:** Development
//- src/components/carbon/README.md
x
//- specs/service.md
**Component:** My Service
**Status:** Development
//- src/My Service/a.py
x
",
            RULE,
            &expect![[r#"
                specs/carbon.md 0:20-0:26 warning maturity/source-missing "carbon": `carbon` is in development, but has no source
                  help: `src/components/carbon` holds nothing but Markdown; expected code there, or in `src/components/carbon.py` beside it
            "#]],
        );
    }

    #[test]
    fn the_places_are_those_of_the_configuration() {
        for (source, expected) in [
            (
                "['server/<component>']",
                expect![[r#"
            specs/a.md 0:20-0:21 warning maturity/source-missing "a": `a` is in development, but has no source
              help: expected `server/a`; `components.source` in stagegate.yaml says where to look
        "#]],
            ),
            ("[]", expect![[""]]),
        ] {
            let text = format!(
                "//- stagegate.yaml\ncomponents:\n  source: {source}\n//- specs/a.md\n**Component Name:** a\n**Status:** Development\n"
            );
            check(&text, RULE, &expected);
        }
    }
}
