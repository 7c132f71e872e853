//! The component that a file is about, as the graph knows it.

use crate::component::ComponentFile;
use crate::components::{Component, Components, Facts, FileFacts, Id};
use crate::rules::RuleContext;
use crate::stage::CLIMB;
use crate::text::TextRange;

/// Most names of a path that are shown; of a longer one the first and the last.
const MAX_SHOWN: usize = 6;

/// The component that a file is about.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Own<'a> {
    pub(in crate::rules) components: &'a Components,
    pub(in crate::rules) id: Id,
    pub(in crate::rules) component: &'a Component,
    /// Where the file names the component, else where to point to for the file as a whole.
    pub(in crate::rules) place: TextRange,
}

impl<'a> Own<'a> {
    /// Returns the component of a spec or MATURITY file; `None` where the graph does not know the file, and so nothing
    /// can be said about it.
    pub(in crate::rules) fn of(cx: &RuleContext<'a, ComponentFile>) -> Option<Own<'a>> {
        let place = cx.file.component.range.unwrap_or_else(|| cx.file.headline(cx.source));
        let components = cx.root.components.as_deref()?;
        Own::find(components, components.find(&cx.file.component.name)?, cx.path, place)
    }

    /// Returns the component of a file of code.
    pub(in crate::rules) fn of_code(cx: &RuleContext<'a, Facts>) -> Option<Own<'a>> {
        let place = cx.file.name_range.unwrap_or(cx.file.headline);
        let components = cx.root.components.as_deref()?;
        Own::find(components, components.find_canonical(&cx.file.canonical)?, cx.path, place)
    }

    fn find(components: &'a Components, id: Id, path: &str, place: TextRange) -> Option<Own<'a>> {
        let component = components.get(id);
        // Hundreds of files may claim one component.
        let is_in = |files: &[FileFacts]| files.binary_search_by(|file| (*file.path).cmp(path)).is_ok();
        let known = is_in(&component.specs) || is_in(&component.maturity) || is_in(&component.code);
        known.then_some(Own { components, id, component, place })
    }

    /// Whether what concerns the component as a whole is reported in the file at `path`: in its first spec, else in its
    /// first MATURITY file, else in its first file of code.
    pub(in crate::rules) fn is_reported_in(&self, path: &str) -> bool {
        self.component.files().next().is_some_and(|first| &*first.path == path)
    }

    /// Whether the component is in development, staging or production.
    pub(in crate::rules) fn is_started(&self) -> bool {
        self.component.stage.is_some_and(|stage| CLIMB.contains(&stage))
    }

    /// Whether a folder or file with source is there.
    pub(in crate::rules) fn has_source(&self) -> bool {
        self.components.has_source(self.id)
    }
}

/// Writes the names of a path with arrows between; `a → b → c → … → z` where it is long.
pub(in crate::rules) fn path(components: &Components, ids: &[Id]) -> String {
    let name = |id: &Id| &*components.get(*id).name;
    let (shown, last) = match ids {
        [first @ .., last] if ids.len() > MAX_SHOWN => (&first[..3], Some(last)),
        _ => (ids, None),
    };
    let mut out = shown.iter().map(name).collect::<Vec<_>>().join(" → ");
    if let Some(last) = last {
        out += " → … → ";
        out += name(last);
    }
    out
}
