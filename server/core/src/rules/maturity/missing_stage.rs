//! `maturity/missing-stage`.

use super::own::Own;
use crate::component::{ComponentFile, DocumentKind, IdSource, Standing, bare};
use crate::rules::{RuleContext, declare_rule};
use crate::stage;
use crate::text::{Source, TextRange, range};

/// How many lines a stage that is not read is looked for in.
const MAX_LINES: usize = 60;

/// What a stage is called where its author thinks of one.
const KEYS: [&str; 6] =
    ["current stage", "stage", "maturity stage", "maturity", "maturity level", "current maturity"];

declare_rule! {
    /// ## What it checks
    /// A MATURITY.md in the folder of a component states its stage on a line `**Current Stage**: Development`, before the
    /// first `##`, or as `current_stage:` in the front matter. A stage in a table or below a heading is not read; it is
    /// pointed to.
    ///
    /// ## Why it matters
    /// The stage is what the file is for. Without one, what depends on the component is held up.
    ///
    /// ## Example
    /// ```markdown
    /// | **Current Stage** | Staging |
    /// ```
    ///
    /// ## Fix
    /// None. Write the line.
    ///
    /// ## References
    /// `specs/spec-files.md`, "Maturity files".
    MISSING_STAGE = {
        code: "maturity/missing-stage",
        summary: "a maturity file states no stage",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.kind != DocumentKind::Maturity || file.standing != Standing::Component {
        return;
    }
    // What is written and names no stage is `spec/unknown-stage`.
    if file.current.as_ref().is_some_and(|current| current.placeholder || !current.text.is_empty()) {
        return;
    }
    let Some(own) = Own::of(cx) else { return };
    // `docs/MATURITY.md` may explain what maturity is.
    let folder = cx.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let of_component = cx.root.config.components.component_at(folder).is_some()
        || file.component.source != IdSource::Folder
        || !own.component.code.is_empty()
        || !own.component.specs.is_empty();
    if !of_component {
        return;
    }
    let name = &own.component.name;
    let (place, message, help) = match unread(file, cx.source) {
        Some((place, stage)) => (
            place,
            format!("the stage of `{name}` is not read here; expected `**Current Stage**: {stage}`"),
            "write it on a line of its own, before the first `##`",
        ),
        None => (
            file.headline(cx.source),
            format!("`{name}` is given no stage; expected a line `**Current Stage**: Development`"),
            "write the line below the title; a component that nobody has begun needs no MATURITY.md",
        ),
    };
    cx.report(&MISSING_STAGE, place, message).field("Current Stage").help(help).done();
}

/// Returns where a stage stands that is not read, and which one.
fn unread(file: &ComponentFile, source: Source<'_>) -> Option<(TextRange, &'static str)> {
    let is_key = |text: &str| KEYS.iter().any(|key| bare(text).eq_ignore_ascii_case(key));
    let mut fields = file.fields.iter();
    let field = fields.find_map(|field| {
        let stage = stage::read(&field.value).filter(|_| is_key(&field.key))?;
        Some((field.value_range, stage.title()))
    });
    if field.is_some() {
        return field;
    }
    let mut below_key = false;
    for (at, line) in source.lines_from(file.body.start()).take(MAX_LINES) {
        let text = line.trim();
        let lead = line.len() - line.trim_start().len();
        let place = range(at + lead, at + lead + text.len());
        if let Some(row) = text.strip_prefix('|') {
            let mut cells = row.split('|');
            let key = cells.next().map(stage::plain).unwrap_or_default();
            let value = cells.next().and_then(stage::read);
            if let Some(stage) = value.filter(|_| is_key(key.trim_end_matches(':'))) {
                return Some((place, stage.title()));
            }
        }
        if below_key && !text.is_empty() {
            if let Some(stage) = stage::read(text) {
                return Some((place, stage.title()));
            }
            below_key = false;
        }
        let title = text.trim_start_matches('#');
        if title.len() < text.len() {
            below_key = is_key(&stage::plain(title));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, check};
    use expect_test::expect;

    const RULE: &str = "maturity/missing-stage";

    #[test]
    fn a_maturity_file_without_a_stage_is_reported() {
        check(
            "\
//- src/a/MATURITY.md
# A Maturity Status
**Owner**: Mara
//- src/b/MATURITY.md
# B
| Field | Value |
| --- | --- |
| **Current Stage** | Staging |
//- src/c/MATURITY.md
//- src/d/MATURITY.md
# D
**Current Stage**:
//- src/e/MATURITY.md
# E
## Current Stage

Production
//- src/f/MATURITY.md
# F
**Maturity Level**: Development (since May)
//- other/g/MATURITY.md
# G
//- specs/g.md
**Component Name:** g
",
            RULE,
            &expect![[r#"
                src/a/MATURITY.md 0:2-0:19 warning maturity/missing-stage "A Maturity Status": `a` is given no stage; expected a line `**Current Stage**: Development`
                  field: Current Stage
                  help: write the line below the title; a component that nobody has begun needs no MATURITY.md
                src/b/MATURITY.md 3:0-3:31 warning maturity/missing-stage "| **Current Stage** | Staging |": the stage of `b` is not read here; expected `**Current Stage**: Staging`
                  field: Current Stage
                  help: write it on a line of its own, before the first `##`
                src/c/MATURITY.md 0:0-0:0 warning maturity/missing-stage "": `c` is given no stage; expected a line `**Current Stage**: Development`
                  field: Current Stage
                  help: write the line below the title; a component that nobody has begun needs no MATURITY.md
                src/d/MATURITY.md 0:2-0:3 warning maturity/missing-stage "D": `d` is given no stage; expected a line `**Current Stage**: Development`
                  field: Current Stage
                  help: write the line below the title; a component that nobody has begun needs no MATURITY.md
                src/e/MATURITY.md 3:0-3:10 warning maturity/missing-stage "Production": the stage of `e` is not read here; expected `**Current Stage**: Production`
                  field: Current Stage
                  help: write it on a line of its own, before the first `##`
                src/f/MATURITY.md 1:20-1:43 warning maturity/missing-stage "Development (since May)": the stage of `f` is not read here; expected `**Current Stage**: Development`
                  field: Current Stage
                  help: write it on a line of its own, before the first `##`
                other/g/MATURITY.md 0:2-0:3 warning maturity/missing-stage "G": `g` is given no stage; expected a line `**Current Stage**: Development`
                  field: Current Stage
                  help: write the line below the title; a component that nobody has begun needs no MATURITY.md
            "#]],
        );
    }

    #[test]
    fn templates_containers_explanations_and_stages_that_are_read_are_fine() {
        let fixture = Fixture::new(
            "\
//- src/components/MATURITY.md
# All components
//- src/MATURITY.md
# All components
//- MATURITY.md
# What maturity is
//- docs/MATURITY.md
# What maturity is
//- src/a/MATURITY.md.template
# <Name>
//- src/b/MATURITY.md
# This document has moved!
//- src/c/MATURITY.md
**Current Stage**: Stagign
//- src/d/MATURITY.md
**Current Stage**: <Development|Staging>
//- src/e/MATURITY.md
---
current_stage: staging
---
# E
//- src/f/MATURITY.md
Current Stage: Staging
",
        );
        expect![[""]].assert_eq(&fixture.render(RULE));
    }
}
