//! What an editor shows of a component's maturity: the graph of components, and what the document at hand says.

use crate::component::{ComponentFile, DocumentKind, Standing};
use crate::components::{Component, Components, FileFacts, Id};
use crate::config::Config;
use crate::declared;
use crate::name;
use crate::stage::Stage;
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
    /// The component in the graph, where it is there.
    pub(super) node: Option<(&'a Components, Id)>,
    /// The stage it is in.
    pub(super) actual: Actual,
    /// The stage that it is to reach, as its files state it.
    pub(super) target: Option<Stage>,
    config: &'a Config,
}

impl<'a> View<'a> {
    /// Returns the component that a spec or MATURITY file is about; `None` for templates, moved documents, other
    /// dialects, and where no component is named.
    pub(super) fn of_file(file: &'a ComponentFile, path: &'a str, root: &'a Root) -> Option<View<'a>> {
        if file.standing != Standing::Component || file.component.name.is_empty() {
            return None;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if file.kind == DocumentKind::Maturity && root.config.components.is_container(folder) {
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
        View { file, path, node, actual, target, config: &root.config }
    }

    /// Returns the component in the graph.
    pub(super) fn component(&self) -> Option<&'a Component> {
        self.node.map(|(components, id)| components.get(id))
    }

    /// Returns the stage whose gates come next: no stage is skipped (DESIGN.md section 3).
    pub(super) fn goal(&self) -> Option<Stage> {
        match self.actual {
            Actual::Unknown => self.target,
            Actual::Backlog => Some(Stage::Development),
            Actual::At(stage) => stage.next(),
        }
    }

    /// Returns the component's specs and MATURITY files other than the document.
    fn others(&self) -> impl Iterator<Item = &'a FileFacts> + use<'a, '_> {
        let component = self.component().into_iter();
        let files = component.flat_map(|component| component.specs.iter().chain(&component.maturity));
        files.filter(|file| &*file.path != self.path)
    }

    /// Returns how many criteria of a stage are ticked, and how many there are: of the document, else of the
    /// component's other files. Where none is of that stage, those count that are of no stage.
    pub(super) fn criteria(&self, stage: Stage) -> Option<(usize, usize)> {
        let of = |criteria: &[(Option<Stage>, usize, usize)]| {
            let of =
                |wanted| criteria.iter().find(|(stage, ..)| *stage == wanted).map(|(_, t, all)| (*t, *all));
            of(Some(stage)).or_else(|| of(None))
        };
        let here = self.file.and_then(|file| {
            let count = |wanted: Option<Stage>| {
                let mine = file.criteria.iter().filter(|criterion| criterion.stage == wanted);
                let (ticked, all) = mine.fold((0, 0), |(t, all), c| (t + usize::from(c.checked), all + 1));
                (all > 0).then_some((ticked, all))
            };
            count(Some(stage)).or_else(|| count(None))
        });
        here.or_else(|| self.others().find_map(|file| of(&file.facts.criteria)))
    }

    /// Returns the coverage that the component's files report, in percent.
    pub(super) fn reported_coverage(&self) -> Option<f64> {
        let here = self.file.and_then(|file| Some(file.reported_coverage.as_ref()?.percent));
        here.or_else(|| self.others().find_map(|file| file.facts.reported_coverage))
    }

    /// Returns the coverage that a stage asks for: the policy's, or more where the spec asks for more.
    pub(super) fn threshold(&self, stage: Stage) -> Option<f64> {
        let policy = policy(self.config, stage)?;
        let here = self.file.and_then(|file| Some(file.coverage_target(stage)?.percent));
        let asked = here.or_else(|| {
            let targets = self.others().flat_map(|file| &file.facts.coverage_targets);
            targets.into_iter().find(|(of, _)| *of == stage).map(|(_, percent)| *percent)
        });
        Some(asked.filter(|asked| *asked > policy).unwrap_or(policy))
    }
}

/// Returns the coverage that the configuration asks for at a stage.
pub(super) fn policy(config: &Config, stage: Stage) -> Option<f64> {
    let coverage = config.quality_gates.coverage;
    match stage {
        Stage::Development => Some(coverage.development),
        Stage::Staging => Some(coverage.staging),
        Stage::Production => Some(coverage.production),
        Stage::Experimental | Stage::Deprecated => None,
    }
}

/// Writes a percentage with at most one decimal, rounded down: 69.96 % is not the 70 % that a gate asks for.
pub(super) fn percent(value: f64) -> String {
    // What is written with one decimal must not lose it to binary fractions.
    format!("{} %", (value * 10.0 + 1e-6).floor() / 10.0)
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
