//! `maturity/dependency-cycle`.

use super::own::{self, Own};
use crate::component::ComponentFile;
use crate::rules::{RuleContext, declare_rule};

/// Most links of a circle that are pointed to.
const MAX_LINKS: usize = 30;

declare_rule! {
    /// ## What it checks
    /// No component depends on itself, directly or through others; optional dependencies count as well. Of components
    /// that all depend on each other a shortest circle is shown, once: in the spec (or MATURITY.md) of its first member
    /// by name.
    ///
    /// ## Why it matters
    /// A component is promoted after what it depends on. In a circle nobody can be the first.
    ///
    /// ## Example
    /// `pricing` requires `reporting`, `reporting` requires `pricing`.
    ///
    /// ## Fix
    /// None. Take one of the dependencies out, or move what both need into a component of its own.
    ///
    /// ## References
    /// requirement 003, "Dependency validation"; `specs/spec-files.md`, "Dependencies".
    DEPENDENCY_CYCLE = {
        code: "maturity/dependency-cycle",
        summary: "components depend on each other in a circle",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let Some(own) = Own::of(cx) else { return };
    let components = own.components;
    let Some(cycle) = components.cycle_from(own.id) else { return };
    let next = components.get(*cycle.get(1).unwrap_or(&own.id));
    // The component may have several files; the first one that says so has the finding.
    if own.component.place_of_dependency(&next.canonical).is_none_or(|(path, _)| **path != *cx.path) {
        return;
    }
    let mut listed = cx.file.dependencies.iter();
    let Some(dependency) = listed.find(|dependency| dependency.canonical == next.canonical) else { return };
    let name = &own.component.name;
    let message = if cycle.len() == 1 {
        format!("`{name}` depends on itself")
    } else {
        let path = own::path(components, cycle);
        format!("`{name}` depends on itself, in a circle: {path} → {name}")
    };
    let help = match cycle.len() {
        1 => "take it out of the list",
        _ => "take one of these dependencies out, or move what they share into a component of its own",
    };
    let mut finding =
        cx.report(&DEPENDENCY_CYCLE, dependency.name_range, message).field(&*dependency.name).help(help);
    for (at, member) in cycle.iter().enumerate().skip(1).take(MAX_LINKS) {
        let (member, next) = (components.get(*member), components.get(cycle[(at + 1) % cycle.len()]));
        if let Some((path, place)) = member.place_of_dependency(&next.canonical) {
            finding =
                finding.related_in(&**path, place, format!("`{}` depends on `{}`", member.name, next.name));
        }
    }
    finding.done();
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::check;

    #[test]
    fn a_circle_is_reported_once_with_its_whole_path() {
        check(
            "\
//- specs/pricing.md
**Component Name:** pricing
## Required Components
- `rates`
- `pricing`
//- specs/rates.md
**Component Name:** rates
## Optional Components
- `totals`
//- src/totals/MATURITY.md
**Current Stage**: Staging
**Dependencies**:
- Bills (Current Stage: Staging)
//- specs/bills.md
**Component Name:** bills
## Required Components
- `pricing`
- `rates`
//- specs/alone.md
**Component Name:** alone
## Required Components
- `Alone`
- `rates`
",
            "maturity/dependency-cycle",
            &expect![[r#"
                specs/bills.md 3:3-3:8 error maturity/dependency-cycle "rates": `bills` depends on itself, in a circle: bills → rates → totals → bills
                  field: rates
                  help: take one of these dependencies out, or move what they share into a component of its own
                  related specs/rates.md 2:3-2:9 "totals": `rates` depends on `totals`
                  related src/totals/MATURITY.md 2:2-2:7 "Bills": `totals` depends on `bills`
                specs/alone.md 2:3-2:8 error maturity/dependency-cycle "Alone": `alone` depends on itself
                  field: Alone
                  help: take it out of the list
            "#]],
        );
    }
}
