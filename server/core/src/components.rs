//! The graph of components: who they are, which stage they are in, what they depend on (DESIGN.md sections 1 and 3).
//!
//! Each file gives [`Facts`], a pure function of its text. [`Components`] joins the facts of all files with the source
//! layout; it is built anew whenever the facts of a file change, which is cheap, and never changes itself.

mod affected;
mod facts;
mod graph;

use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use affected::affected;
pub use facts::{Facts, FactsKind, FileFacts};
pub use graph::WeakLink;

use crate::layout::{Layout, Place};
use crate::name;
use crate::stage::Stage;
use crate::text::TextRange;

/// Every component of one workspace root, as of one moment.
#[derive(Debug, Default)]
pub struct Components {
    /// In order of the canonical name.
    nodes: Vec<Component>,
    index: FxHashMap<Box<str>, Id>,
    layout: Arc<Layout>,
    /// Every group of components that depend on each other in a circle, each as a path: every one depends on the
    /// next, the last on the first.
    cycles: Vec<Vec<Id>>,
}

/// A component in its [`Components`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u32);

/// One component.
#[derive(Debug)]
pub struct Component {
    /// The name as its spec writes it, else as the other files do; blanks and `-` as `_`.
    pub name: Box<str>,
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
    /// The lowest stage of what it needs, itself included, and where that is.
    weakest: Option<Weakest>,
}

/// A dependency between two components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The component that is needed; `None` where no component has the name.
    pub to: Option<Id>,
    /// The canonical name.
    pub name: Box<str>,
    /// Whether the component cannot do without it.
    pub required: bool,
}

/// The lowest rank among a component and all that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Weakest {
    rank: u8,
    /// The next component on the way to it; `None` where it is the component itself.
    next: Option<Id>,
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

impl Components {
    /// Joins the facts of all files with the source layout.
    #[must_use]
    pub fn build(files: impl IntoIterator<Item = FileFacts>, layout: Arc<Layout>) -> Components {
        graph::build(files, layout)
    }

    /// Returns the component with this name; names are compared canonically.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Id> {
        self.index.get(&*name::canonical(name)).copied()
    }

    /// Returns a component.
    #[must_use]
    pub fn get(&self, id: Id) -> &Component {
        &self.nodes[id.0 as usize]
    }

    /// Returns every component, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &Component)> {
        self.nodes.iter().enumerate().map(|(i, node)| (Id(u32::try_from(i).unwrap_or(u32::MAX)), node))
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
        self.layout.get(&name::canonical(&self.get(id).name))
    }

    /// The source layout.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Returns every circle of dependencies, each once.
    #[must_use]
    pub fn cycles(&self) -> &[Vec<Id>] {
        &self.cycles
    }

    /// Returns the circle that a component is part of.
    #[must_use]
    pub fn cycle_of(&self, id: Id) -> Option<&[Id]> {
        self.cycles.iter().find(|cycle| cycle.contains(&id)).map(Vec::as_slice)
    }
}

impl Component {
    /// Returns the stage that the component is to reach, as its first spec that states one says, else its MATURITY
    /// file.
    #[must_use]
    pub fn target(&self) -> Option<Stage> {
        self.specs.iter().chain(&self.maturity).find_map(|file| file.facts.target.as_ref()?.stage)
    }

    /// Returns every file that states a stage, the one that counts first (DESIGN.md section 3).
    pub fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        let files = self.maturity.iter().chain(&self.code).chain(&self.specs);
        files.filter_map(|file| {
            let stated = file.facts.stage.as_ref()?;
            Some(Statement { path: &file.path, range: stated.range, stage: stated.stage, text: &stated.text })
        })
    }

    /// Returns every file of the component: specs, MATURITY files, code.
    pub fn files(&self) -> impl Iterator<Item = &FileFacts> {
        self.specs.iter().chain(&self.maturity).chain(&self.code)
    }
}
