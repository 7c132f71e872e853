//! Call hierarchy: who depends on a component, and what it depends on.

use stagegate_core::components::{Component, Facts, Id};
use stagegate_core::files::FileKind;
use stagegate_core::ide::SubjectKind;
use stagegate_core::name;
use stagegate_core::text::TextRange;
use tower_lsp::ls_types::*;

use super::Target;
use super::definition::mention;
use super::texts::{Text, Texts};
use crate::from_proto;
use crate::state::{Snapshot, State};

/// Answers the component at a position: of a mention, or of the whole file on its first heading.
pub(crate) fn prepare(
    snapshot: &Snapshot,
    state: &State,
    params: &CallHierarchyPrepareParams,
) -> Option<Vec<CallHierarchyItem>> {
    let target = Target::of(snapshot)?;
    let params = &params.text_document_position_params;
    let name = match mention(&target, snapshot, params) {
        Some(mention) => mention.written,
        None if target.kind == FileKind::Code => return None,
        None => {
            let at = from_proto::offset(&target.document.rope, params.position, snapshot.encoding);
            let file = target.component_file()?;
            let line = file.headline(target.source());
            (usize::from(line.start()).saturating_sub(2)..=line.end().into())
                .contains(&at)
                .then(|| file.component.name.clone())?
        }
    };
    let texts = Texts::around(snapshot, state, target.document.home()?)?;
    let component = component(&texts, &name)?.1;
    Some(vec![definition(&texts, component)?])
}

/// Answers the components that depend on one, each with the places where it says so.
pub(crate) fn incoming(
    snapshot: &Snapshot,
    state: &State,
    params: &CallHierarchyIncomingCallsParams,
) -> Option<Vec<CallHierarchyIncomingCall>> {
    let texts = Texts::around(snapshot, state, &state.home_of(params.item.uri.as_str())?)?;
    let components = texts.root().components.as_deref()?;
    let (_, component) = component(&texts, &params.item.name)?;
    let calls = component.dependents.iter().filter_map(|dependent| {
        let dependent = components.get(*dependent);
        // The places count in the file of the item, so that is the one that states the dependency.
        let files = dependent.specs.iter().chain(&dependent.maturity);
        files.into_iter().find_map(|file| {
            let text = texts.read(&file.path)?;
            let facts = stagegate_core::facts(text.source(), &file.path, texts.root())?;
            let places = places(&facts, &component.name);
            let from = item(dependent, &text, facts.name_range.unwrap_or(facts.headline))?;
            let from_ranges = text.ranges(places);
            (!from_ranges.is_empty()).then_some(CallHierarchyIncomingCall { from, from_ranges })
        })
    });
    Some(calls.collect())
}

/// Answers the components that one depends on.
pub(crate) fn outgoing(
    snapshot: &Snapshot,
    state: &State,
    params: &CallHierarchyOutgoingCallsParams,
) -> Option<Vec<CallHierarchyOutgoingCall>> {
    let path = state.home_of(params.item.uri.as_str())?;
    let texts = Texts::around(snapshot, state, &path)?;
    let components = texts.root().components.as_deref()?;
    let (_, component) = component(&texts, &params.item.name)?;
    // The places count in the file of the item.
    let relative = crate::state::place(&snapshot.folders, &path)?.1;
    let text = texts.read(&relative);
    let facts = text.as_ref().and_then(|text| stagegate_core::facts(text.source(), &relative, texts.root()));
    let calls = component.dependencies.iter().filter_map(|edge| {
        let dependency = components.get(edge.to?);
        let places = facts.as_ref().map(|facts| places(facts, &dependency.name)).unwrap_or_default();
        let from_ranges = text.as_ref().map(|text| text.ranges(places)).unwrap_or_default();
        Some(CallHierarchyOutgoingCall { to: definition(&texts, dependency)?, from_ranges })
    });
    Some(calls.collect())
}

/// Returns where a file states that it depends on `name`.
fn places(facts: &Facts, name: &str) -> Vec<TextRange> {
    let named = facts.dependencies.iter().filter(|dependency| name::same(&dependency.name, name));
    named.map(|dependency| dependency.name_range).collect()
}

fn component<'a>(texts: &'a Texts<'_>, name: &str) -> Option<(Id, &'a Component)> {
    let components = texts.root().components.as_deref()?;
    let id = components.find(name)?;
    Some((id, components.get(id)))
}

/// Returns the item of a component, at its definition.
fn definition(texts: &Texts<'_>, component: &Component) -> Option<CallHierarchyItem> {
    let (_, text, at) = texts.find(&SubjectKind::Component(Box::from(&*component.name)))?;
    item(component, &text, at)
}

fn item(component: &Component, text: &Text, at: TextRange) -> Option<CallHierarchyItem> {
    let Location { uri, range } = text.location(at)?;
    let stage = component.stage.map_or("no stage stated", |stage| stage.name());
    Some(CallHierarchyItem {
        name: component.name.to_string(),
        kind: SymbolKind::MODULE,
        tags: None,
        detail: Some(stage.to_owned()),
        uri,
        range,
        selection_range: range,
        data: None,
    })
}
