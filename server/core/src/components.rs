//! The graph of components: who they are, which stage they are in, what they depend on (DESIGN.md sections 1 and 3).
//!
//! Each file gives [`Facts`], a pure function of its text. [`Components`] joins the facts of all files with the source
//! layout. It never changes itself: when the facts of a file change, another one is made, which shares what stays the
//! same ([`Components::with`]), or is built anew.

mod affected;
mod cycles;
mod facts;
mod graph;
#[cfg(test)]
mod tests;
mod weak;

use std::sync::Arc;

pub use affected::{affected, affects_others};
pub use facts::{ApiDocs, Facts, FactsKind, FileFacts};
pub use weak::{Behind, WeakLink};

use crate::layout::{Layout, Place};
use crate::name;
use crate::stage::Stage;
use crate::text::TextRange;

/// Every component of one workspace root, as of one moment.
#[derive(Debug, Default)]
pub struct Components {
    /// In order of the canonical name.
    nodes: Vec<Arc<Component>>,
    layout: Arc<Layout>,
    /// What is below each stage of the climb, and the way there.
    weak: Arc<[weak::Ways; 3]>,
    /// Who depends on each other in a circle.
    cycles: Arc<cycles::Cycles>,
}

/// A component in its [`Components`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u32);

/// One component.
#[derive(Clone, Debug)]
pub struct Component {
    /// The name as its spec writes it, else as the other files or its source folder do; blanks and `-` as `_`.
    pub name: Arc<str>,
    /// The canonical name.
    pub canonical: Arc<str>,
    /// Specs that describe it, in order of path. More than one is a mistake.
    pub specs: Vec<FileFacts>,
    /// MATURITY files, in order of path.
    pub maturity: Vec<FileFacts>,
    /// Files of code that declare a stage, in order of path.
    pub code: Vec<FileFacts>,
    /// The stage that it is in: MATURITY.md before `__maturity__` before the status of the spec (DESIGN.md section 3).
    pub stage: Option<Stage>,
    /// What it depends on, in the order of its files; each component once.
    pub dependencies: Vec<Edge>,
    /// Who depends on it, in order of name.
    pub dependents: Vec<Id>,
}

/// A dependency between two components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The component that is needed; `None` where no component has the name.
    pub to: Option<Id>,
    /// The canonical name.
    pub name: Arc<str>,
    /// Whether the component cannot do without it.
    pub required: bool,
}

/// A stage that a file states for a component.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The file, relative to the root.
    pub path: &'a str,
    /// Where the stage stands in it.
    pub range: TextRange,
    /// The stage; `None` where the words name none.
    pub stage: Option<Stage>,
    /// As written.
    pub text: &'a str,
}

fn id(index: usize) -> Id {
    Id(u32::try_from(index).unwrap_or(u32::MAX))
}

impl Id {
    fn index(self) -> usize {
        self.0 as usize
    }
}

impl Components {
    /// Joins the facts of all files with the source layout.
    #[must_use]
    pub fn build(files: impl IntoIterator<Item = FileFacts>, layout: Arc<Layout>) -> Components {
        graph::build(files, layout)
    }

    /// Returns the components after a known file says what is in `file` now; `None` where names or dependencies are
    /// others than before, so that everything has to be joined anew.
    ///
    /// Most changes are of a stage or a criterion, and people wait for them: with 5,000 components, what follows in
    /// other files is shown in 0.13 of the time that it takes after [`Components::build`].
    #[must_use]
    pub fn with(&self, file: &FileFacts) -> Option<Components> {
        graph::with(self, file)
    }

    /// Returns the component with this name; names are compared canonically.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Id> {
        self.find_canonical(&name::canonical(name))
    }

    /// Returns the component with this canonical name.
    #[must_use]
    pub fn find_canonical(&self, canonical: &str) -> Option<Id> {
        self.nodes.binary_search_by(|node| (*node.canonical).cmp(canonical)).ok().map(id)
    }

    /// Returns a component.
    #[must_use]
    pub fn get(&self, id: Id) -> &Component {
        &self.nodes[id.index()]
    }

    /// Returns every component, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &Component)> {
        self.nodes.iter().enumerate().map(|(index, node)| (id(index), &**node))
    }

    /// Returns how many components there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns where the sources and tests of a component lie.
    #[must_use]
    pub fn place(&self, id: Id) -> Option<&Place> {
        self.layout.get(&self.get(id).canonical)
    }

    /// Returns every place of a component: the one of its name, and those that its MATURITY files and code lie in,
    /// whose folders may be called otherwise.
    pub fn places(&self, id: Id) -> impl Iterator<Item = &Place> {
        let component = self.get(id);
        let around = component.maturity.iter().chain(&component.code);
        self.place(id).into_iter().chain(around.filter_map(|file| self.layout.component_of(&file.path)))
    }

    /// Whether a folder or file with the source of a component is there; code that declares a stage is some.
    #[must_use]
    pub fn has_source(&self, id: Id) -> bool {
        !self.get(id).code.is_empty() || self.places(id).any(|place| !place.source.is_empty())
    }

    /// Whether tests of a component are there.
    #[must_use]
    pub fn has_tests(&self, id: Id) -> bool {
        self.places(id).any(|place| !place.tests.is_empty())
    }

    /// The source layout.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Returns every circle of dependencies, each once, as a path: every one depends on the next, the last on the first.
    #[must_use]
    pub fn cycles(&self) -> &[Vec<Id>] {
        &self.cycles.paths
    }

    /// Returns the circle whose first component by name this is.
    #[must_use]
    pub fn cycle_from(&self, id: Id) -> Option<&[Id]> {
        let at = self.cycles.paths.binary_search_by_key(&Some(&id), |cycle| cycle.first()).ok()?;
        Some(&self.cycles.paths[at])
    }

    /// Whether each of two components depends on the other, directly or through others.
    #[must_use]
    pub fn in_one_circle(&self, a: Id, b: Id) -> bool {
        let group = |id: Id| self.cycles.groups.get(id.index()).filter(|group| **group != graph::NONE);
        group(a).is_some() && group(a) == group(b)
    }
}

impl Component {
    /// Returns the stage that the component is to reach, as its first spec that states one says, else its MATURITY
    /// file.
    #[must_use]
    pub fn target(&self) -> Option<Stage> {
        self.specs.iter().chain(&self.maturity).find_map(|file| file.facts.target.as_ref()?.stage)
    }

    /// Returns every file that states a stage, the one that counts first (DESIGN.md section 3). A placeholder of a
    /// template states none.
    pub fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        let files = self.maturity.iter().chain(&self.code).chain(&self.specs);
        files.filter_map(|file| {
            let stated = file.facts.stage.as_ref().filter(|stated| !stated.placeholder)?;
            Some(Statement { path: &file.path, range: stated.range, stage: stated.stage, text: &stated.text })
        })
    }

    /// Returns the statement that counts: the first, also where its words name no stage. A slip of the pen in the file
    /// that counts must not let another file decide; the stage is unknown until it is mended.
    #[must_use]
    pub fn counting(&self) -> Option<Statement<'_>> {
        self.statements().next()
    }

    /// Returns where a file of the component says that it depends on the component with this canonical name: the first
    /// such place.
    #[must_use]
    pub fn place_of_dependency(&self, canonical: &str) -> Option<(&Arc<str>, TextRange)> {
        self.specs.iter().chain(&self.maturity).find_map(|file| {
            let mut listed = file.facts.dependencies.iter();
            Some((&file.path, listed.find(|dependency| &*dependency.canonical == canonical)?.name_range))
        })
    }

    /// Returns every file of the component: specs, MATURITY files, code.
    pub fn files(&self) -> impl Iterator<Item = &FileFacts> {
        self.specs.iter().chain(&self.maturity).chain(&self.code)
    }
}
