//! What one file says about components, kept of a file that is closed again.

use std::sync::Arc;

use crate::component::{ComponentFile, Dependency, DocumentKind, SectionKind, Standing, Stated};
use crate::declared::Declared;
use crate::markdown::{self, Block};
use crate::name;
use crate::rules::{self, RuleContext, suppress};
use crate::sign_off;
use crate::stage::{self, CLIMB, Stage};
use crate::text::{Source, TextRange};
use crate::workspace::Root;

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
    /// The lines that people can sign off.
    pub sign_offs: Vec<sign_off::Item>,
    /// Required sections that are missing; of a spec only.
    pub missing_sections: Vec<SectionKind>,
    /// What keeps a spec from being complete, beside sections: codes of rules, and how often each finds something.
    pub mistakes: Vec<(&'static str, usize)>,
    /// What a spec says of how the component is used.
    pub api: ApiDocs,
}

/// What a spec says of how a component is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApiDocs {
    /// Whether something stands below API Design.
    pub described: bool,
    /// Whether a block of code stands there.
    pub with_example: bool,
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
    pub fn of_document(file: &ComponentFile, source: Source<'_>, path: &str, root: &Root) -> Option<Facts> {
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
            headline: file.headline(source),
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
            sign_offs: sign_off::items(file),
            missing_sections: SectionKind::ALL.into_iter().filter(|kind| is_spec && missing(kind)).collect(),
            mistakes: if is_spec { mistakes(file, source, path, root) } else { Vec::new() },
            api: if is_spec { api(file, source) } else { ApiDocs::default() },
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
            && self.sign_offs.len() == other.sign_offs.len()
            && self.sign_offs.iter().zip(&other.sign_offs).all(|(one, other)| one.says_the_same(other))
            && self.missing_sections == other.missing_sections
            && self.mistakes == other.mistakes
            && self.api == other.api
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
            sign_offs: Vec::new(),
            missing_sections: Vec::new(),
            mistakes: Vec::new(),
            api: ApiDocs::default(),
        }
    }
}

/// Counts what keeps a spec from being complete, as far as it does not depend on other files. What is silenced or switched
/// off is none.
fn mistakes(file: &ComponentFile, source: Source<'_>, path: &str, root: &Root) -> Vec<(&'static str, usize)> {
    let mut cx = RuleContext::new(source, path, root, file);
    for check in rules::spec::COMPLETENESS_CHECKS {
        check(&mut cx);
    }
    let mut findings = cx.finish();
    if findings.is_empty() {
        return Vec::new();
    }
    let yaml = file.head.front_matter().map(suppress::Yaml::front_matter);
    suppress::apply(source, yaml, &mut findings);
    let mut mistakes: Vec<(&'static str, usize)> = Vec::new();
    for finding in findings {
        match mistakes.iter_mut().find(|(code, _)| *code == finding.rule.code) {
            Some((_, count)) => *count += 1,
            None => mistakes.push((finding.rule.code, 1)),
        }
    }
    mistakes
}

/// Most blocks and lines below API Design that are looked at: what is there is there soon, and a spec may be large.
const LOOKED_AT: usize = 500;

fn api(file: &ComponentFile, source: Source<'_>) -> ApiDocs {
    let Some(at) = file.sections.iter().position(|section| section.kind == Some(SectionKind::ApiDesign))
    else {
        return ApiDocs::default();
    };
    let section = &file.sections[at];
    let next = file.sections[at + 1..].iter().find(|next| next.level <= section.level);
    let end = next.map_or(source.len(), |next| next.range.start().into());
    let start = source.lines_from(section.range.end().into()).nth(1).map_or(end, |(start, _)| start);
    let is_text = |line: &str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with(['#', '<']) && line.contains(|c: char| c.is_alphanumeric())
    };
    let lines = || source.lines_from(start).take_while(|(at, _)| *at < end).take(LOOKED_AT);
    let described = lines().any(|(_, line)| is_text(&line));
    let mut blocks = markdown::blocks(source, start).take(LOOKED_AT).take_while(|block| match block {
        Block::Heading { heading, .. } => usize::from(heading.range.start()) < end,
        Block::Code { opening, .. } => usize::from(opening.start()) < end,
    });
    let with_example = described && blocks.any(|block| matches!(block, Block::Code { .. }));
    ApiDocs { described, with_example }
}
