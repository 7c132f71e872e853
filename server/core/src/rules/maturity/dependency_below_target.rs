//! `maturity/dependency-below-target`.

use rustc_hash::FxHashSet;

use super::own::{self, Own};
use crate::component::{ComponentFile, Dependency, DocumentKind};
use crate::components::WeakLink;
use crate::config::shorten;
use crate::diagnostic::Severity;
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;
use crate::text::{Source, TextRange};

/// Most links of a chain that are pointed to.
const MAX_LINKS: usize = 4;

declare_rule! {
    /// ## What it checks
    /// What a component depends on is at least in the stage that the component is to reach, and so is all that its
    /// dependencies need in turn. The actual stage decides, not the one in parentheses. A dependency that is required is
    /// an error, an optional one a warning. Below every stage is a component whose stage no file states, and one that is
    /// deprecated. An experimental component may stand on anything.
    ///
    /// It is reported once for each dependency, in the spec; in MATURITY.md only what no spec of the component lists.
    ///
    /// ## Why it matters
    /// A component is as mature as the weakest thing it cannot do without.
    ///
    /// ## Example
    /// ```markdown
    /// **Component Name:** reporting
    /// **Target Stage:** staging
    ///
    /// ### Required Components
    /// - `notifications` (development) - the outbox that reports are put into
    /// ```
    ///
    /// ## Fix
    /// None. Promote the dependency first, or lower the target stage.
    ///
    /// ## References
    /// requirement 001, "Promotion Constraints"; `specs/spec-files.md`, "Dependencies".
    DEPENDENCY_BELOW_TARGET = {
        code: "maturity/dependency-below-target",
        summary: "a dependency is below the stage that the component is to reach",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let Some(own) = Own::of(cx) else { return };
    let file = cx.file;
    let stated = file.target.as_ref().and_then(|target| target.stage);
    let Some(target) = stated.or_else(|| own.component.target()) else { return };
    let Some(behind) = own.components.behind(own.id, target) else { return };
    // What a spec of the component lists is reported there.
    let specs = own.component.specs.iter().filter(|_| file.kind == DocumentKind::Maturity);
    let listed = specs.flat_map(|spec| &spec.facts.dependencies);
    let mut done: FxHashSet<&str> = listed.map(|dependency| &*dependency.canonical).collect();
    // What is listed several times is reported once, where it is required.
    let required = file.dependencies.iter().filter(|dependency| dependency.required);
    let optional = file.dependencies.iter().filter(|dependency| !dependency.required);
    for dependency in required.chain(optional) {
        let Some(to) = own.components.find_canonical(&dependency.canonical) else { continue };
        if !done.insert(&*dependency.canonical) {
            continue;
        }
        let Some(link) = behind.weak_link(to) else { continue };
        report(cx, own, dependency, target, &link);
    }
}

fn report(
    cx: &mut RuleContext<'_, ComponentFile>,
    own: Own<'_>,
    dependency: &Dependency,
    target: Stage,
    link: &WeakLink,
) {
    let components = own.components;
    let Some((&weak_id, before)) = link.chain.split_last() else { return };
    let weak = components.get(weak_id);
    let (own_name, name) = (&own.component.name, &weak.name);
    let stated = weak.counting();
    // Of a stage that is stated and cannot be read, the words are shown.
    let unreadable = stated.filter(|stated| stated.stage.is_none());
    let goal = format!("`{own_name}` is to reach {target}, but");
    let message = match before.last().map(|needs| &components.get(*needs).name) {
        None => match link.stage {
            None => match unreadable {
                Some(stated) => {
                    format!("{goal} `{}`, stated for `{name}`, names no stage", shorten(stated.text))
                }
                None => format!("{goal} no file states the stage of `{name}`"),
            },
            Some(Stage::Deprecated) => format!("{goal} `{name}` is deprecated: it is being phased out"),
            Some(stage) => format!("{goal} `{name}` is {}", stage.in_words()),
        },
        Some(needs) => {
            let stage = match link.stage {
                None if unreadable.is_some() => "no stage that can be read".to_owned(),
                None => "no stage stated".to_owned(),
                Some(Stage::Deprecated) => "deprecated: it is being phased out".to_owned(),
                Some(stage) => stage.to_string(),
            };
            let mut chain = vec![own.id];
            chain.extend(&link.chain);
            let chain = own::path(components, &chain);
            format!("{goal} `{name}` ({stage}), which `{needs}` needs, is below it: {chain}")
        }
    };
    let help = match (link.stage, unreadable) {
        (None, Some(stated)) => format!("correct the stage in `{}`", stated.path),
        (None, None) => {
            format!("state the stage of `{name}`, for example as `Current Stage` in its MATURITY.md")
        }
        (Some(Stage::Deprecated), _) => {
            format!("use what takes the place of `{name}`; nothing new may count on it")
        }
        (Some(_), _) => {
            format!("promote `{name}` to {target} first, or lower the target stage of `{own_name}`")
        }
    };
    let most = if dependency.required { Severity::Error } else { Severity::Warning };
    let place = place(cx.source, dependency);
    let mut finding =
        cx.report(&DEPENDENCY_BELOW_TARGET, place, message).field(&*dependency.name).at_most(most).help(help);
    if let Some(stated) = stated {
        finding = finding.related_in(stated.path, stated.range, format!("`{}` stands here", stated.text));
    }
    for pair in link.chain.windows(2).take(MAX_LINKS) {
        let (from, to) = (components.get(pair[0]), components.get(pair[1]));
        if let Some((path, place)) = from.place_of_dependency(&to.canonical) {
            finding = finding.related_in(&**path, place, format!("`{}` needs `{}`", from.name, to.name));
        }
    }
    finding.done();
}

/// Returns where a dependency stands: its name and stage, with the marks around them.
fn place(source: Source<'_>, dependency: &Dependency) -> TextRange {
    let Some(stage) = &dependency.stage else { return dependency.name_range };
    let both = dependency.name_range.cover(stage.range);
    let (start, end) = (usize::from(both.start()), usize::from(both.end()));
    let quoted = start > 0 && source.slice(start.saturating_sub(1), start) == "`";
    let closed = source.slice(end, (end + 1).min(source.len())) == ")";
    crate::text::range(start - usize::from(quoted), end + usize::from(closed))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::{Fixture, check};

    const RULE: &str = "maturity/dependency-below-target";

    #[test]
    fn the_actual_stage_decides_through_the_whole_chain() {
        check(
            "\
//- specs/reporting.md
**Component Name:** reporting
**Target Stage:** staging
## Dependencies
### Required Components
- `notifications` (staging) - says more than is true
- `pricing` (staging) - prices
- Totals (deprecated)
- `nobody` - states no stage
### Optional Components
- `notifications` (development)
- `reporting` (development)
- `pricing` (staging)
//- specs/notifications.md
**Component Name:** notifications
**Status:** Development
//- src/pricing/MATURITY.md
**Current Stage**: **Staging** 🎉
**Dependencies**:
- Rates (Current Stage: Development)
//- src/rates/__init__.py
__maturity__ = 'dev'
//- src/totals/__init__.py
__maturity__ = 'deprecated'
//- specs/nobody.md
**Component Name:** nobody
**Status:** Draft
",
            RULE,
            &expect![[r#"
                specs/reporting.md 4:2-4:27 error maturity/dependency-below-target "`notifications` (staging)": `reporting` is to reach staging, but `notifications` is in development
                  field: notifications
                  help: promote `notifications` to staging first, or lower the target stage of `reporting`
                  related specs/notifications.md 1:12-1:23 "Development": `Development` stands here
                specs/reporting.md 5:2-5:21 error maturity/dependency-below-target "`pricing` (staging)": `reporting` is to reach staging, but `rates` (development), which `pricing` needs, is below it: reporting → pricing → rates
                  field: pricing
                  help: promote `rates` to staging first, or lower the target stage of `reporting`
                  related src/rates/__init__.py 0:16-0:19 "dev": `dev` stands here
                  related src/pricing/MATURITY.md 2:2-2:7 "Rates": `pricing` needs `rates`
                specs/reporting.md 6:2-6:21 error maturity/dependency-below-target "Totals (deprecated)": `reporting` is to reach staging, but `totals` is deprecated: it is being phased out
                  field: Totals
                  help: use what takes the place of `totals`; nothing new may count on it
                  related src/totals/__init__.py 0:16-0:26 "deprecated": `deprecated` stands here
                specs/reporting.md 7:3-7:9 error maturity/dependency-below-target "nobody": `reporting` is to reach staging, but no file states the stage of `nobody`
                  field: nobody
                  help: state the stage of `nobody`, for example as `Current Stage` in its MATURITY.md
            "#]],
        );
    }

    #[test]
    fn an_experimental_component_may_stand_on_anything() {
        for (target, count) in [("experimental", 0), ("deprecated", 0), ("development", 2), ("production", 3)]
        {
            let fixture = Fixture::new(&format!(
                "\
//- specs/a.md
**Component Name:** a
**Target Stage:** {target}
## Required Components
- `b` (experimental)
- `c` (development)
- `d` (deprecated)
//- specs/b.md
**Component Name:** b
**Status:** Experimental
//- specs/c.md
**Component Name:** c
**Status:** Development
//- specs/d.md
**Component Name:** d
**Status:** Deprecated
"
            ));
            let found = fixture.findings("specs/a.md");
            assert_eq!(found.iter().filter(|d| d.rule.code == RULE).count(), count, "{target}");
        }
    }

    #[test]
    fn a_maturity_file_reports_what_no_spec_lists() {
        check(
            "\
//- specs/a.md
**Component Name:** a
**Target Stage:** staging
## Required Components
- `b` (development)
//- src/a/MATURITY.md
**Current Stage**: Development
**Dependencies**:
- B (Current Stage: Development)
- C (Current Stage: Development)
//- src/b/__init__.py
__maturity__ = 'development'
//- src/c/__init__.py
__maturity__ = 'development'
",
            RULE,
            &expect![[r#"
                specs/a.md 3:2-3:19 error maturity/dependency-below-target "`b` (development)": `a` is to reach staging, but `b` is in development
                  field: b
                  help: promote `b` to staging first, or lower the target stage of `a`
                  related src/b/__init__.py 0:16-0:27 "development": `development` stands here
                src/a/MATURITY.md 3:2-3:32 error maturity/dependency-below-target "C (Current Stage: Development)": `a` is to reach staging, but `c` is in development
                  field: C
                  help: promote `c` to staging first, or lower the target stage of `a`
                  related src/c/__init__.py 0:16-0:27 "development": `development` stands here
            "#]],
        );
    }

    #[test]
    fn a_circle_hides_nothing_behind_it() {
        check(
            "\
//- specs/a.md
**Component Name:** a
**Status:** Development
**Target Stage:** staging
## Required Components
- `b` (staging)
//- specs/b.md
**Component Name:** b
**Status:** Staging
**Target Stage:** staging
## Required Components
- `a` (development)
- `c` (development)
//- specs/c.md
**Component Name:** c
**Status:** Development
",
            RULE,
            &expect![[r#"
                specs/a.md 4:2-4:15 error maturity/dependency-below-target "`b` (staging)": `a` is to reach staging, but `c` (development), which `b` needs, is below it: a → b → c
                  field: b
                  help: promote `c` to staging first, or lower the target stage of `a`
                  related specs/c.md 1:12-1:23 "Development": `Development` stands here
                  related specs/b.md 5:3-5:4 "c": `b` needs `c`
                specs/b.md 4:2-4:19 error maturity/dependency-below-target "`a` (development)": `b` is to reach staging, but `a` is in development
                  field: a
                  help: promote `a` to staging first, or lower the target stage of `b`
                  related specs/a.md 1:12-1:23 "Development": `Development` stands here
                specs/b.md 5:2-5:19 error maturity/dependency-below-target "`c` (development)": `b` is to reach staging, but `c` is in development
                  field: c
                  help: promote `c` to staging first, or lower the target stage of `b`
                  related specs/c.md 1:12-1:23 "Development": `Development` stands here
            "#]],
        );
    }

    #[test]
    fn long_chains_are_shortened_and_circles_are_left_to_their_own_rule() {
        let mut text = String::new();
        for at in 0..20 {
            text += &format!(
                "//- specs/c{at}.md\n**Component Name:** c{at}\n**Status:** {}\n**Target Stage:** production\n## Required Components\n- `c{}`\n",
                if at == 15 { "Staging" } else { "Production" },
                (at + 1) % 20,
            );
        }
        let fixture = Fixture::new(&text);
        expect![[r#"
            specs/c0.md 4:3-4:5 error maturity/dependency-below-target "c1": `c0` is to reach production, but `c15` (staging), which `c14` needs, is below it: c0 → c1 → c2 → … → c15
              field: c1
              help: promote `c15` to production first, or lower the target stage of `c0`
              related specs/c15.md 1:12-1:19 "Staging": `Staging` stands here
              related specs/c1.md 4:3-4:5 "c2": `c1` needs `c2`
              related specs/c2.md 4:3-4:5 "c3": `c2` needs `c3`
              related specs/c3.md 4:3-4:5 "c4": `c3` needs `c4`
              related specs/c4.md 4:3-4:5 "c5": `c4` needs `c5`
        "#]].assert_eq(&fixture.render_file("specs/c0.md", RULE));
        expect![[""]].assert_eq(&fixture.render_file("specs/c15.md", RULE));
    }
}
