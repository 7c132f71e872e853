//! What one file says about components, kept of a file that is closed again.

use std::sync::Arc;

use crate::component::{ComponentFile, Dependency, DocumentKind, SectionKind, Standing, Stated};
use crate::declared::Declared;
use crate::name;
use crate::stage::{self, CLIMB, Stage};
use crate::text::TextRange;

/// The facts of the file at a path.
#[derive(Clone, Debug, PartialEq)]
pub struct FileFacts {
    /// Relative to the root, with `/`.
    pub path: Arc<str>,
    /// What it says.
    pub facts: Arc<Facts>,
}

/// What one file says about a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What kind of file says it.
    pub kind: FactsKind,
    /// The component, as it is shown.
    pub component: Arc<str>,
    /// Its canonical name.
    pub canonical: Arc<str>,
    /// Where its name stands; `None` where the path gives it.
    pub name_range: Option<TextRange>,
    /// Where to point to for the file as a whole.
    pub headline: TextRange,
    /// The stage that the component is said to be in. A status that names no stage is none.
    pub stage: Option<Stated>,
    /// The stage that it is to reach.
    pub target: Option<Stated>,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
    /// The canonical names of items that are not read as dependencies.
    pub unread: Vec<Arc<str>>,
    /// The coverage that the file reports, in percent.
    pub reported_coverage: Option<f64>,
    /// The coverage that it asks for by stage, in percent; the first that it names for each.
    pub coverage_targets: Vec<(Stage, f64)>,
    /// How many criteria there are by the stage that they lead to: ticked, and in all.
    pub criteria: Vec<(Option<Stage>, usize, usize)>,
    /// Approvals: ticked, and in all.
    pub approvals: (usize, usize),
    /// Required sections that are missing; of a spec only.
    pub missing_sections: Vec<SectionKind>,
}

/// What kind of file says something about a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactsKind {
    /// Its spec.
    Spec,
    /// Its MATURITY.md.
    Maturity,
    /// Code or a package manifest that declares a stage.
    Code,
}

impl Facts {
    /// Returns what a spec or MATURITY file says; `None` for templates, moved documents, other dialects, and where no
    /// component is named.
    #[must_use]
    pub fn of_document(file: &ComponentFile, headline: TextRange) -> Option<Facts> {
        if file.standing != Standing::Component || file.component.name.is_empty() {
            return None;
        }
        let missing = |kind: &SectionKind| kind.is_required() && file.section(*kind).is_none();
        let is_spec = file.kind == DocumentKind::Spec;
        let mut criteria: Vec<(Option<Stage>, usize, usize)> = Vec::new();
        for criterion in &file.criteria {
            let ticked = usize::from(criterion.checked);
            match criteria.iter_mut().find(|(stage, ..)| *stage == criterion.stage) {
                Some((_, known, all)) => {
                    *known += ticked;
                    *all += 1;
                }
                None => criteria.push((criterion.stage, ticked, 1)),
            }
        }
        let approved = file.approvals.iter().filter(|approval| approval.checked).count();
        Some(Facts {
            kind: if is_spec { FactsKind::Spec } else { FactsKind::Maturity },
            component: (*file.component.name).into(),
            canonical: name::canonical(&file.component.name).into(),
            name_range: file.component.range,
            headline,
            stage: file.current.clone(),
            target: file.target.clone(),
            dependencies: file.dependencies.clone(),
            unread: file.unread.iter().map(|unread| Arc::clone(&unread.canonical)).collect(),
            reported_coverage: file.reported_coverage.as_ref().map(|reported| reported.percent),
            coverage_targets: CLIMB
                .into_iter()
                .filter_map(|stage| Some((stage, file.coverage_target(stage)?.percent)))
                .collect(),
            criteria,
            approvals: (approved, file.approvals.len()),
            missing_sections: SectionKind::ALL.into_iter().filter(|kind| is_spec && missing(kind)).collect(),
        })
    }

    /// Whether both say the same, wherever it stands in the file.
    #[must_use]
    pub fn says_the_same(&self, other: &Facts) -> bool {
        let stated =
            |stated: &Option<Stated>| stated.as_ref().map(|s| (s.stage, s.text.clone(), s.placeholder));
        let same_dependency = |(a, b): (&Dependency, &Dependency)| {
            let stage = |d: &Dependency| d.stage.as_ref().map(|stage| (stage.stage, stage.text.clone()));
            a.name == b.name && a.required == b.required && stage(a) == stage(b)
        };
        self.kind == other.kind
            && self.component == other.component
            && stated(&self.stage) == stated(&other.stage)
            && stated(&self.target) == stated(&other.target)
            && self.dependencies.len() == other.dependencies.len()
            && self.dependencies.iter().zip(&other.dependencies).all(same_dependency)
            && self.unread == other.unread
            && self.reported_coverage == other.reported_coverage
            && self.coverage_targets == other.coverage_targets
            && self.criteria == other.criteria
            && self.approvals == other.approvals
            && self.missing_sections == other.missing_sections
    }

    /// Returns the places in the file that findings elsewhere may point to.
    pub fn places(&self) -> impl Iterator<Item = TextRange> {
        let stated = self.stage.iter().chain(&self.target).map(|stated| stated.range);
        let listed = self.dependencies.iter().flat_map(|d| {
            [Some(d.name_range), d.stage.as_ref().map(|stage| stage.range)].into_iter().flatten()
        });
        self.name_range.into_iter().chain([self.headline]).chain(stated).chain(listed)
    }

    /// Returns what a file of code says about the component that its path gives.
    #[must_use]
    pub fn of_code(component: &str, declared: Declared) -> Facts {
        let component = declared.component.as_ref().map_or(component, |(name, _)| name);
        let component = name::displayed(component);
        Facts {
            kind: FactsKind::Code,
            canonical: name::canonical(&component).into(),
            component: component.into(),
            name_range: declared.component.as_ref().map(|(_, range)| *range),
            headline: declared.key_range,
            stage: Some(Stated {
                range: declared.range,
                stage: stage::read(&declared.stage),
                text: declared.stage.into(),
                placeholder: false,
            }),
            target: None,
            dependencies: Vec::new(),
            unread: Vec::new(),
            reported_coverage: None,
            coverage_targets: Vec::new(),
            criteria: Vec::new(),
            approvals: (0, 0),
            missing_sections: Vec::new(),
        }
    }
}
