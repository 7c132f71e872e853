//! `spec/unread-dependency`.

use rustc_hash::FxHashSet;

use crate::component::{ComponentFile, DocumentKind, Standing};
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// An item of a list of dependencies that names a component of this repository is one that can be read: behind the
    /// name stands its stage in parentheses. Below a heading that speaks of components, such as Required Components, a
    /// name in backticks does without.
    ///
    /// ## Why it matters
    /// What is not read is no dependency: no promotion waits for it.
    ///
    /// ## Example
    /// ```markdown
    /// ## Dependencies
    ///
    /// - `notifications` (production-ready) - the outbox
    /// ```
    ///
    /// ## Fix
    /// None. Write the stage that the component is in, or move what is no dependency out of the list.
    ///
    /// ## References
    /// `specs/spec-files.md`, "Dependencies".
    UNREAD_DEPENDENCY = {
        code: "spec/unread-dependency",
        summary: "an item names a component, but is not read as a dependency",
        severity: Hint,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.unread.is_empty() || file.standing != Standing::Component {
        return;
    }
    let Some(components) = cx.root.components.as_deref() else { return };
    let own = components.find(&file.component.name);
    let mut done: FxHashSet<&str> = file.dependencies.iter().map(|known| &*known.canonical).collect();
    for unread in &file.unread {
        let Some(id) = components.find_canonical(&unread.canonical) else { continue };
        if own == Some(id) || !done.insert(&unread.canonical) {
            continue;
        }
        // Not the stage that it is in: this finding would have to follow whatever that component does.
        let name = &components.get(id).name;
        let expected = match file.kind {
            DocumentKind::Spec => format!("`` `{name}` (stage) ``"),
            DocumentKind::Maturity => format!("`{name} (Current Stage: ...)`"),
        };
        let message = format!("`{name}` is a component, but this item is not read; expected {expected}");
        cx.report(&UNREAD_DEPENDENCY, unread.name_range, message)
            .field(&**name)
            .help("write the stage that it is in behind its name, or move it out of the list of dependencies")
            .done();
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn items_that_name_a_component_and_are_not_read_are_reported() {
        check(
            "\
//- specs/a.md
# A
**Component Name:** a
## Dependencies
- `b` (production-ready) - outbox
- **C** - tables
- Pricing of the lists is done by hand
- `a` - itself
- `d`
- `rich` (for console output)
### Core
- [`d`](d.md) (staging)
### External Dependencies
- `c` (for output)
//- specs/b.md
**Component Name:** b
**Status:** Staging
//- specs/c.md
**Component Name:** c
//- specs/d.md
**Component Name:** d
//- specs/pricing.md
**Component Name:** pricing
//- src/b/MATURITY.md
**Current Stage**: Staging
**Dependencies**:
- C: tables
- D (Current Stage: Staging)
",
            "spec/unread-dependency",
            &expect![[r#"
                specs/a.md 3:3-3:4 hint spec/unread-dependency "b": `b` is a component, but this item is not read; expected `` `b` (stage) ``
                  field: b
                  help: write the stage that it is in behind its name, or move it out of the list of dependencies
                specs/a.md 4:4-4:5 hint spec/unread-dependency "C": `c` is a component, but this item is not read; expected `` `c` (stage) ``
                  field: c
                  help: write the stage that it is in behind its name, or move it out of the list of dependencies
                src/b/MATURITY.md 2:2-2:3 hint spec/unread-dependency "C": `c` is a component, but this item is not read; expected `c (Current Stage: ...)`
                  field: c
                  help: write the stage that it is in behind its name, or move it out of the list of dependencies
            "#]],
        );
    }
}
