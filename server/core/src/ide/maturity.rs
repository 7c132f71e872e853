//! What an editor shows of a component's maturity: the graph of components, and what the document at hand says.

use std::sync::Arc;

use crate::component::{ComponentFile, DocumentKind, Standing};
use crate::components::{Component, Components, Facts, Id};
use crate::declared;
use crate::files;
use crate::gates::{self, Board, Gates, Measured};
use crate::name;
use crate::stage::Stage;
use crate::status;
use crate::text::Source;
use crate::workspace::Root;

/// The stage that a component is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Actual {
    /// The files of the workspace were not read yet.
    Unknown,
    /// No file states one.
    Backlog,
    /// This one.
    At(Stage),
}

impl Actual {
    /// The stage of a component of the graph.
    pub(super) fn of(component: &Component) -> Actual {
        component.stage.map_or(Actual::Backlog, Actual::At)
    }

    /// The name in running text.
    pub(super) fn name(self) -> &'static str {
        match self {
            Actual::Unknown => "unknown",
            Actual::Backlog => "backlog",
            Actual::At(stage) => stage.name(),
        }
    }

    /// The name in titles.
    pub(super) fn title(self) -> &'static str {
        match self {
            Actual::Unknown => "Unknown",
            Actual::Backlog => "Backlog",
            Actual::At(stage) => stage.title(),
        }
    }

    /// Returns the stage, if there is one.
    pub(super) fn stage(self) -> Option<Stage> {
        match self {
            Actual::At(stage) => Some(stage),
            Actual::Unknown | Actual::Backlog => None,
        }
    }
}

/// One component, as seen from one of its files.
pub(super) struct View<'a> {
    /// The document, where it is a spec or MATURITY file.
    pub(super) file: Option<&'a ComponentFile>,
    /// The path of the document.
    pub(super) path: &'a str,
    /// What the component is called.
    pub(super) name: Arc<str>,
    /// The component in the graph, where it is there.
    pub(super) node: Option<(&'a Components, Id)>,
    /// The stage it is in.
    pub(super) actual: Actual,
    /// The stage that it is to reach, as its files state it.
    pub(super) target: Option<Stage>,
    root: &'a Root,
}

impl<'a> View<'a> {
    /// Returns the component that a spec or MATURITY file is about; `None` for templates, moved documents, other
    /// dialects, and where no component is named.
    pub(super) fn of_file(file: &'a ComponentFile, path: &'a str, root: &'a Root) -> Option<View<'a>> {
        if file.standing != Standing::Component || file.component.name.is_empty() {
            return None;
        }
        if file.kind == DocumentKind::Maturity && root.config.components.is_container(files::folder_of(path))
        {
            return None;
        }
        Some(View::new(&file.component.name, Some(file), path, root))
    }

    /// Returns the component that the file of code at `path` belongs to, where any file says something about it.
    pub(super) fn of_code(source: Source<'_>, path: &'a str, root: &'a Root) -> Option<View<'a>> {
        let mut name: Box<str> = root.config.component_of_top_file(path)?.into();
        // A manifest may name another component than its folder does.
        let file_name = path.rsplit('/').next().unwrap_or(path);
        let declared = declared::reader(file_name)?(&source.slice(0, source.len()));
        if let Some((declared, _)) = declared.and_then(|declared| declared.component) {
            name = name::displayed(&declared).into();
        }
        let view = View::new(&name, None, path, root);
        view.node.is_some().then_some(view)
    }

    fn new(name: &str, file: Option<&'a ComponentFile>, path: &'a str, root: &'a Root) -> View<'a> {
        let components = root.components.as_deref();
        let node = components.and_then(|components| Some((components, components.find(name)?)));
        let component = node.map(|(components, id)| components.get(id));
        let here = || file.and_then(|file| file.current.as_ref()?.stage).map(Actual::At);
        let nothing = if components.is_some() { Actual::Backlog } else { Actual::Unknown };
        let actual = component.map(Actual::of).or_else(here).unwrap_or(nothing);
        let stated = file.and_then(|file| file.target.as_ref()?.stage);
        let target = stated.or_else(|| component?.target());
        let name = component.map_or_else(|| name.into(), |component| Arc::clone(&component.name));
        View { file, path, name, node, actual, target, root }
    }

    /// Returns the component in the graph.
    pub(super) fn component(&self) -> Option<&'a Component> {
        self.node.map(|(components, id)| components.get(id))
    }

    /// Returns the stage that the component works towards: its target, or the next step on the way there, for no stage
    /// is skipped (DESIGN.md section 3).
    pub(super) fn aim(&self) -> Option<Stage> {
        match self.actual {
            Actual::Unknown => self.target,
            actual => status::aim(actual.stage(), self.target),
        }
    }

    /// Returns what the files of a kind say: the document in its present state, the others as they were read.
    fn said(&self, kind: DocumentKind) -> impl Iterator<Item = Said<'a>> + use<'a, '_> {
        let known = self.component().map(|component| match kind {
            DocumentKind::Spec => component.specs.as_slice(),
            DocumentKind::Maturity => component.maturity.as_slice(),
        });
        let known = known.unwrap_or_default();
        let here = self.file.filter(|file| file.kind == kind);
        let is_new = !known.iter().any(|file| &*file.path == self.path);
        let known = known.iter().map(move |file| match here {
            Some(here) if &*file.path == self.path => Said::Here(here),
            _ => Said::There(&file.facts),
        });
        known.chain(here.filter(|_| is_new).map(Said::Here))
    }

    /// Returns how many criteria of a stage are ticked, and how many there are: of the document, else of the spec, else
    /// of the MATURITY file. What stands below no stage counts for any.
    pub(super) fn criteria(&self, stage: Stage) -> Option<(usize, usize)> {
        let here = self.file.into_iter().map(Said::Here);
        let specs = self.said(DocumentKind::Spec).chain(self.said(DocumentKind::Maturity));
        here.chain(specs).map(|said| said.criteria(stage)).find(|(_, all)| *all > 0)
    }

    /// Returns the coverage that the component's files report, in percent: MATURITY files before specs.
    pub(super) fn reported_coverage(&self) -> Option<f64> {
        let mut said = self.said(DocumentKind::Maturity).chain(self.said(DocumentKind::Spec));
        said.find_map(|said| match said {
            Said::Here(file) => file.reported_coverage.as_ref().map(|reported| reported.percent),
            Said::There(facts) => facts.reported_coverage,
        })
    }

    /// Returns the evidence of the workspace, and the gates of the component; `None` where no evidence was read yet.
    pub(super) fn gates(&self) -> Option<(&'a Board, Gates<'a>)> {
        let (_, id) = self.node?;
        Some((self.root.gates.as_ref()?, Gates::new(self.root, id)?))
    }

    /// Returns the coverage that was measured.
    pub(super) fn measured(&self) -> Option<(&'a Board, Measured<'a>)> {
        let board = self.root.gates.as_ref()?;
        Some((board, gates::measured(board, &self.component()?.canonical)?))
    }

    /// Returns the coverage that a stage asks for: the policy's, or more where a spec asks for more.
    pub(super) fn threshold(&self, stage: Stage) -> Option<f64> {
        let asked = self.said(DocumentKind::Spec).filter_map(|said| match said {
            Said::Here(file) => file.coverage_target(stage).map(|target| target.percent),
            Said::There(facts) => {
                let target = facts.coverage_targets.iter().find(|(of, _)| *of == stage);
                target.map(|(_, percent)| *percent)
            }
        });
        self.root.config.quality_gates.coverage.of(stage).map(|policy| asked.fold(policy, f64::max))
    }
}

/// What one file says.
enum Said<'a> {
    /// The document.
    Here(&'a ComponentFile),
    /// Another file.
    There(&'a Facts),
}

impl Said<'_> {
    fn criteria(&self, stage: Stage) -> (usize, usize) {
        let counts = |of: Option<Stage>| of.is_none_or(|of| of == stage);
        let add = |sum: (usize, usize), ticked, all| (sum.0 + ticked, sum.1 + all);
        match self {
            Said::Here(file) => {
                let mine = file.criteria.iter().filter(|criterion| counts(criterion.stage));
                mine.fold((0, 0), |sum, criterion| add(sum, usize::from(criterion.checked), 1))
            }
            Said::There(facts) => {
                let mine = facts.criteria.iter().filter(|(of, ..)| counts(*of));
                mine.fold((0, 0), |sum, (_, ticked, all)| add(sum, *ticked, *all))
            }
        }
    }
}

/// Writes a percentage as [`status::percent`] does, with its sign.
pub(super) fn percent(value: f64) -> String {
    format!("{} %", status::percent(value))
}

/// Writes a number with its noun: `1 file`, `3 files`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_short_and_never_flatter() {
        for (value, expected) in
            [(70.0, "70 %"), (64.1, "64.1 %"), (69.96, "69.9 %"), (0.0, "0 %"), (100.0, "100 %")]
        {
            assert_eq!(percent(value), expected);
        }
    }
}
