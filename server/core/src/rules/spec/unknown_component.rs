//! `spec/unknown-component`.

use crate::component::{ComponentFile, DocumentKind, IdSource, Standing, is_placeholder};
use crate::components::Components;
use crate::diagnostic::Fix;
use crate::name;
use crate::rules::{RuleContext, declare_rule};
use crate::stage;
use crate::text::{TextRange, range};

declare_rule! {
    /// ## What it checks
    /// The component that a feature spec (one with a Feature ID or Feature Name) belongs to exists: a spec, a MATURITY
    /// file or a source folder has its name. Several names may stand there, with commas between them.
    ///
    /// ## Why it matters
    /// The feature belongs to nothing, and nobody who looks at the component finds it.
    ///
    /// ## Example
    /// ```markdown
    /// **Feature ID:** F-12
    /// **Component:** notificatons
    /// ```
    ///
    /// ## Fix
    /// The name of a component that is nearly the same is offered, for you to choose.
    ///
    /// ## References
    /// `specs/spec-files.md`, "Metadata".
    UNKNOWN_COMPONENT = {
        code: "spec/unknown-component",
        summary: "a feature of a component that does not exist",
        severity: Warning,
        fix: Review,
        since: "0.1.0",
    }
}

/// Most words of a name.
const MAX_WORDS: usize = 3;

/// Values that name no component on purpose.
const NONE: [&str; 6] = ["none", "n/a", "na", "all", "new", "various"];

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    let is_feature = file.field("Feature ID").or_else(|| file.field("Feature Name")).is_some();
    if file.kind != DocumentKind::Spec || file.standing != Standing::Other || !is_feature {
        return;
    }
    let Some(components) = cx.root.components.as_deref() else { return };
    let front = || file.component.range.filter(|_| file.component.source == IdSource::FrontMatter);
    let Some(place) = file.field("Component").map(|field| field.value_range).or_else(front) else { return };
    let value = cx.source.slice(place.start().into(), place.end().into());
    let mut at = usize::from(place.start());
    for part in value.split(',') {
        let written = part.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '`' | '"' | '\''));
        let plain = stage::plain(written);
        let start = at + part.find(&*plain).unwrap_or(0);
        at += part.len() + 1;
        let skipped =
            plain.is_empty() || is_placeholder(part) || NONE.iter().any(|no| plain.eq_ignore_ascii_case(no));
        // What cannot be a name at all is prose, and so are many words.
        let prose = plain.split_whitespace().count() > MAX_WORDS;
        if skipped || prose || !name::is_valid(&name::displayed(&plain)) || is_known(components, &plain) {
            continue;
        }
        report(cx, components, range(start, start + plain.len()), &plain);
    }
}

fn is_known(components: &Components, name: &str) -> bool {
    components.find(name).is_some() || components.layout().get(&name::canonical(name)).is_some()
}

fn report(cx: &mut RuleContext<'_, ComponentFile>, components: &Components, at: TextRange, name: &str) {
    let near = near(components, name);
    let message = match near {
        Some(near) => format!("no component is called `{name}`; did you mean `{near}`?"),
        None => format!("no component is called `{name}`; expected one with a spec, a MATURITY.md or source"),
    };
    let fix = near.map(|near| Fix::safe(format!("Change it to `{near}`"), at, near).needs_review());
    cx.report(&UNKNOWN_COMPONENT, at, message).field("Component").fix(fix).done();
}

/// Returns the component whose name is nearly this one.
fn near<'a>(components: &'a Components, name: &str) -> Option<&'a str> {
    let name = name::canonical(name);
    let layout = components.layout().iter().map(|place| place.name.as_str());
    let names = components.iter().map(|(_, component)| &*component.name).chain(layout);
    let most = if name.len() >= 8 { 2 } else { 1 };
    let near = names.filter(|known| name.len() >= 4 && known.len().abs_diff(name.len()) <= most);
    near.map(|known| (strsim::damerau_levenshtein(&name, &name::canonical(known)), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn features_of_unknown_components_are_reported_with_the_nearest_name() {
        check(
            "//- specs/notifications.md\n**Component Name:** notifications\n//- src/pricing/__init__.py\n\
             //- specs/f.md\n# F\n\n**Feature ID:** F-1\n**Component:** `notificatons`, pricing, storage\n\
             //- specs/g.md\n---\ncomponent: notifcations\n---\n**Feature Name:** G\n",
            "spec/unknown-component",
            &expect![[r#"
                specs/f.md 3:16-3:28 warning spec/unknown-component "notificatons": no component is called `notificatons`; did you mean `notifications`?
                  field: Component
                  review fix: Change it to `notifications` [("notificatons", "notifications")]
                specs/f.md 3:40-3:47 warning spec/unknown-component "storage": no component is called `storage`; expected one with a spec, a MATURITY.md or source
                  field: Component
                specs/g.md 1:11-1:23 warning spec/unknown-component "notifcations": no component is called `notifcations`; did you mean `notifications`?
                  field: Component
                  review fix: Change it to `notifications` [("notifcations", "notifications")]
            "#]],
        );
    }

    #[test]
    fn known_ones_placeholders_and_other_documents_are_fine() {
        check(
            "//- src/price_list/MATURITY.md\n**Current Stage**: Staging\n\
             //- specs/f.md\n# F\n\n**Feature ID:** F-1\n**Component:** **Price List** (v2)\n\
             //- specs/g.md\n# F\n\n**Feature ID:** F-1\n**Component:** [Component Name]\n\
             //- specs/h.md\n# F\n\n**Feature ID:** F-1\n**Component:** every part of the API, also the old one.\n\
             //- specs/i.md\n# I\n\n**Component:** new_one\n\
             //- specs/design.md\n# D\n\n**Depends on:** `Cycle`\n",
            "spec/unknown-component",
            &expect![[r#""#]],
        );
    }
}
