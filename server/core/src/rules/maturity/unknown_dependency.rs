//! `maturity/unknown-dependency`.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::own::Own;
use super::write::name_like;
use crate::component::{ComponentFile, Dependency};
use crate::components::Components;
use crate::config::shorten;
use crate::diagnostic::Fix;
use crate::name;
use crate::rules::{RuleContext, declare_rule};

/// Most unknown names of a file that near ones are looked for; the limit bounds what a hostile file costs.
const MAX_SEARCHED: usize = 20;

/// Most other places of one name that are pointed to.
const MAX_RELATED: usize = 20;

/// Most edits between two names that are near.
const MAX_DISTANCE: usize = 2;

declare_rule! {
    /// ## What it checks
    /// Every component that a spec or MATURITY file depends on exists: it has a spec, a MATURITY.md, a stage that code
    /// declares, or a source folder. What stands below External Dependencies, and what has no stage where others could
    /// stand, is a library and not looked at.
    ///
    /// ## Why it matters
    /// Nothing can be said about a component that nobody knows: a misspelt name hides that it is not ready.
    ///
    /// ## Example
    /// ```markdown
    /// ### Required Components
    /// - `calcualtor` (development) - evaluates the formulas
    /// ```
    ///
    /// ## Fix
    /// Renames it to the one component whose name is nearly the same. Where several are, or where they differ by digits
    /// or at the end only, it is yours to choose.
    ///
    /// ## References
    /// requirement 003, "Dependency validation"; `specs/spec-files.md`, "Dependencies".
    UNKNOWN_DEPENDENCY = {
        code: "maturity/unknown-dependency",
        summary: "a dependency names a component that does not exist",
        severity: Warning,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let Some(own) = Own::of(cx) else { return };
    let (components, file) = (own.components, cx.file);
    let known = |canonical: &str| {
        components.find_canonical(canonical).is_some() || components.layout().get(canonical).is_some()
    };
    let mut searched = 0;
    // What is listed several times is reported once, and renamed everywhere.
    let mut listed: FxHashMap<&str, usize> = FxHashMap::default();
    let mut unknown: Vec<(&Dependency, Vec<&Dependency>)> = Vec::new();
    for dependency in file.dependencies.iter().filter(|dependency| !known(&dependency.canonical)) {
        match listed.entry(&*dependency.canonical) {
            Entry::Occupied(at) => unknown[*at.get()].1.push(dependency),
            Entry::Vacant(entry) => {
                entry.insert(unknown.len());
                unknown.push((dependency, Vec::new()));
            }
        }
    }
    for (dependency, again) in unknown {
        let written = shorten(&dependency.name);
        if !name::is_valid(&name::displayed(&dependency.name)) {
            cx.report(
                &UNKNOWN_DEPENDENCY,
                dependency.name_range,
                format!("`{written}` is no name of a component; expected letters, digits, `_` and `-`"),
            )
            .field(&*dependency.name)
            .help("write the name of the component alone, or list a library below `External Dependencies`")
            .done();
            continue;
        }
        searched += 1;
        let others =
            || file.dependencies.iter().map(|other| &*other.canonical).chain([&*own.component.canonical]);
        let near = if searched > MAX_SEARCHED { Vec::new() } else { near(&dependency.canonical, components) };
        let near: Vec<_> = near
            .into_iter()
            .filter(|near| others().all(|other| other != &*name::canonical(near.name)))
            .collect();
        let finding = cx.report(
            &UNKNOWN_DEPENDENCY,
            dependency.name_range,
            format!("no component is called `{written}`"),
        );
        let mut finding = finding.field(&*dependency.name);
        for other in again.iter().take(MAX_RELATED) {
            finding = finding.related(other.name_range, "it is listed here as well");
        }
        match near.first() {
            None => finding
                .help(format!(
                    "add `specs/{0}.md`, or list `{written}` below `External Dependencies` if it is a library",
                    name::canonical(&dependency.name)
                ))
                .done(),
            Some(nearest) => {
                let names: Vec<_> = near.iter().take(3).map(|near| format!("`{}`", near.name)).collect();
                let mut fix = rename(dependency, nearest.name);
                for other in &again {
                    fix.edits.extend(rename(other, nearest.name).edits);
                }
                let certain = near.len() == 1 && nearest.certain;
                finding
                    .help(format!("did you mean {}?", names.join(" or ")))
                    .fix(if certain { fix } else { fix.needs_review() })
                    .done();
            }
        }
    }
}

fn rename(dependency: &Dependency, name: &str) -> Fix {
    let new = name_like(&dependency.name, name);
    Fix::safe(format!("Rename `{}` to `{new}`", dependency.name), dependency.name_range, new)
}

/// A name that is nearly the one asked for.
struct Near<'a> {
    distance: usize,
    /// As it is shown.
    name: &'a str,
    /// Whether only a slip of the fingers lies between them.
    certain: bool,
}

/// Returns the components whose names are near, the nearest first.
fn near<'a>(canonical: &str, components: &'a Components) -> Vec<Near<'a>> {
    let most = MAX_DISTANCE.min(canonical.len() / 3);
    let letters = letters(canonical);
    let mut found: Vec<Near<'a>> = Vec::new();
    let mut look = |name: &'a str, other: &str| {
        // Each edit changes at most two of the letters that occur; nearly every name ends here.
        let differ = (letters ^ self::letters(other)).count_ones() as usize;
        if other.len().abs_diff(canonical.len()) > most || differ > 2 * most {
            return;
        }
        let distance = strsim::osa_distance(canonical, other);
        if distance <= most {
            found.push(Near { distance, name, certain: is_slip(canonical, other, distance) });
        }
    };
    for (_, component) in components.iter() {
        look(&component.name, &component.canonical);
    }
    for place in components.layout().iter() {
        let canonical = name::canonical(&place.name);
        if components.find_canonical(&canonical).is_none() {
            look(&place.name, &canonical);
        }
    }
    found.sort_by(|a, b| (a.distance, a.name).cmp(&(b.distance, b.name)));
    found
}

/// Whether one name is certainly the other one misspelt. `orders_v1` is not `orders_v2`, nor is `orchestration` an
/// `orchestrator` (FORMATS.md, fault 11).
fn is_slip(a: &str, b: &str, distance: usize) -> bool {
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    let end = |name: &str| name.chars().rev().take(3).collect::<String>();
    digits(a) == digits(b) && (distance < 2 || end(a) == end(b))
}

/// Returns which letters occur in a name, one bit each.
fn letters(name: &str) -> u32 {
    name.bytes().fold(0, |bits, byte| bits | 1 << (byte % 32))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::{check, check_fixed};

    const RULE: &str = "maturity/unknown-dependency";

    const TEXT: &str = "\
//- specs/a.md
**Component Name:** a
## Dependencies
### Required Components
- `calcualtor` (development) - misspelt
- `Price List` (staging)
- `Prce-Lists` (staging)
- `orders_v1` (staging)
- `orchestration` (staging)
- `redis` (staging)
- `../../etc` (staging)
- `utils` (staging)
- `rich` (for console output)
- Calcualtor (staging)
- `Redis`, `utils` (staging)
### External Dependencies
- `ordres` (staging)
//- specs/calculator.md
**Component Name:** calculator
//- specs/price_list.md
**Component Name:** price_list
//- specs/prices_list.md
**Component Name:** prices_list
//- src/orders_v2/__init__.py
__maturity__ = 'staging'
//- src/orchestrator/MATURITY.md
**Current Stage**: Staging
//- src/utils/a.py
x
//- src/b/MATURITY.md
**Current Stage**: Staging
**Dependencies**:
- Calculater (Current Stage: Development)
- Utlis (Current Stage: Development)
";

    #[test]
    fn names_that_nobody_knows_are_reported_with_what_was_meant() {
        check(
            TEXT,
            RULE,
            &expect![[r#"
                specs/a.md 3:3-3:13 warning maturity/unknown-dependency "calcualtor": no component is called `calcualtor`
                  field: calcualtor
                  help: did you mean `calculator`?
                  related specs/a.md 12:2-12:12 "Calcualtor": it is listed here as well
                  safe fix: Rename `calcualtor` to `calculator` [("calcualtor", "calculator"), ("Calcualtor", "Calculator")]
                specs/a.md 5:3-5:13 warning maturity/unknown-dependency "Prce-Lists": no component is called `Prce-Lists`
                  field: Prce-Lists
                  help: add `specs/prce_lists.md`, or list `Prce-Lists` below `External Dependencies` if it is a library
                specs/a.md 6:3-6:12 warning maturity/unknown-dependency "orders_v1": no component is called `orders_v1`
                  field: orders_v1
                  help: did you mean `orders_v2`?
                  review fix: Rename `orders_v1` to `orders_v2` [("orders_v1", "orders_v2")]
                specs/a.md 7:3-7:16 warning maturity/unknown-dependency "orchestration": no component is called `orchestration`
                  field: orchestration
                  help: did you mean `orchestrator`?
                  review fix: Rename `orchestration` to `orchestrator` [("orchestration", "orchestrator")]
                specs/a.md 8:3-8:8 warning maturity/unknown-dependency "redis": no component is called `redis`
                  field: redis
                  help: add `specs/redis.md`, or list `redis` below `External Dependencies` if it is a library
                  related specs/a.md 13:3-13:8 "Redis": it is listed here as well
                specs/a.md 9:3-9:12 warning maturity/unknown-dependency "../../etc": `../../etc` is no name of a component; expected letters, digits, `_` and `-`
                  field: ../../etc
                  help: write the name of the component alone, or list a library below `External Dependencies`
                src/b/MATURITY.md 2:2-2:12 warning maturity/unknown-dependency "Calculater": no component is called `Calculater`
                  field: Calculater
                  help: did you mean `calculator`?
                  safe fix: Rename `Calculater` to `Calculator` [("Calculater", "Calculator")]
                src/b/MATURITY.md 3:2-3:7 warning maturity/unknown-dependency "Utlis": no component is called `Utlis`
                  field: Utlis
                  help: did you mean `utils`?
                  safe fix: Rename `Utlis` to `Utils` [("Utlis", "Utils")]
            "#]],
        );
    }

    #[test]
    fn only_slips_are_renamed() {
        check_fixed(
            TEXT,
            "src/b/MATURITY.md",
            &expect![[r#"
            **Current Stage**: Staging
            **Dependencies**:
            - Calculator (Current Stage: Development)
            - Utils (Current Stage: Development)
        "#]],
        );
    }
}
