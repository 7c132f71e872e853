//! Spec files and MATURITY files: the model that rules, the graph of components and editor features read
//! (DESIGN.md section 4; FORMATS.md, "MATURITY.md").
//!
//! Both kinds share one grammar: metadata lines, sections, checklists, dependencies. Reading never fails and guesses
//! nothing: what is not there is `None`.

mod criterion;
mod dependency;
mod header;
mod read;
mod section;

use std::sync::{Arc, OnceLock};

pub use criterion::{Criterion, Gate};
pub(crate) use dependency::ListKind;
pub use dependency::{DeclaredStage, Dependency, Unread};
pub(crate) use header::{is_placeholder, stem};
pub use section::{SectionKind, bare, stage_of};

use crate::diagnostic::Diagnostic;
use crate::files::{self, FileKind};
use crate::frontmatter::{self, Head};
use crate::markdown::Body;
use crate::rules::spec::conflicting_requirements::Conflict;
use crate::rules::{self, RuleContext};
use crate::stage::Stage;
use crate::text::{Source, TextRange};
use crate::workspace::Root;

/// Which of the two kinds a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A specification.
    Spec,
    /// A MATURITY.md.
    Maturity,
}

/// What a spec or MATURITY file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It describes one component; every rule holds.
    Component,
    /// A spec of another dialect (feature specs, kiro's requirements, design documents): it describes no component
    /// as a whole, so nothing is missing in it.
    Other,
    /// A template: left alone.
    Template,
    /// It says that the document has moved: left alone.
    Moved,
}

/// One spec or MATURITY file, read once.
#[derive(Clone, Debug)]
pub struct ComponentFile {
    /// Spec or MATURITY file.
    pub kind: DocumentKind,
    /// What it is to us.
    pub standing: Standing,
    /// The front matter.
    pub head: Arc<Head>,
    /// Everything that stands in the body.
    pub body: Arc<Body>,
    /// The first heading of level 1.
    pub title: Option<Title>,
    /// The metadata: `**Key:** value` lines before the first `##`, in order.
    pub fields: Vec<Field>,
    /// The component that it is about.
    pub component: ComponentId,
    /// The status as written. Only that of a spec can name a stage.
    pub status: Option<Stated>,
    /// The stage that the file says the component is in: the Current Stage of a MATURITY file, the status of a spec
    /// where that names a stage. `stage` inside is `None` where a Current Stage names none.
    pub current: Option<Stated>,
    /// The stage that the component is to reach.
    pub target: Option<Stated>,
    /// Every heading and label, in order.
    pub sections: Vec<Section>,
    /// Dependencies on components, in order.
    pub dependencies: Vec<Dependency>,
    /// Items of lists of dependencies that name something, but are not read as a dependency.
    pub unread: Vec<Unread>,
    /// Coverage that stages ask for, in order.
    pub coverage_targets: Vec<CoverageTarget>,
    /// The measured coverage that the file reports.
    pub reported_coverage: Option<ReportedCoverage>,
    /// Criteria, in order.
    pub criteria: Vec<Criterion>,
    /// Items of the list of approvals: ticked or not, in order.
    pub approvals: Vec<Approval>,
    /// Where it contradicts itself, once somebody has asked.
    pub(crate) conflicts: OnceLock<Arc<[Conflict]>>,
}

/// The title of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Without marks.
    pub text: Box<str>,
    /// Where it stands.
    pub range: TextRange,
}

/// A line of metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The key, without marks.
    pub key: Box<str>,
    /// Where it stands.
    pub key_range: TextRange,
    /// The value as written.
    pub value: Box<str>,
    /// Where it stands; empty where there is none.
    pub value_range: TextRange,
}

/// A word that a file states: a status or a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Without Markdown marks, emoji and trailing parentheses.
    pub text: Box<str>,
    /// Where the value stands, as written.
    pub range: TextRange,
    /// What it means; `None` where it names no stage.
    pub stage: Option<Stage>,
    /// Whether it is a placeholder such as `[a | b]`.
    pub placeholder: bool,
}

/// Which component a file is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentId {
    /// The name as written, without marks; blanks and `-` as `_`. Empty where the path gives none either.
    pub name: Box<str>,
    /// What names it.
    pub source: IdSource,
    /// Where the name stands; `None` where the path gives it.
    pub range: Option<TextRange>,
}

/// What names a component, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdSource {
    /// `**Component ID:**`.
    ComponentId,
    /// `**Component Name:**`.
    ComponentName,
    /// `**Component:**`.
    Component,
    /// A key of the front matter.
    FrontMatter,
    /// The name of the file.
    FileStem,
    /// The folder that the file lies in.
    Folder,
}

impl IdSource {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            IdSource::ComponentId => "Component ID",
            IdSource::ComponentName => "Component Name",
            IdSource::Component => "Component",
            IdSource::FrontMatter => "front matter",
            IdSource::FileStem => "file stem",
            IdSource::Folder => "folder",
        }
    }

    /// Whether a Markdown file anywhere is a spec because it names its component so.
    #[must_use]
    pub const fn names_a_spec(self) -> bool {
        matches!(self, IdSource::ComponentId | IdSource::ComponentName)
    }
}

/// A heading, or a bold label alone on its line, which divides a section like a small heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// 1 to 6; 7 for a label.
    pub level: u8,
    /// The title without marks.
    pub title: Arc<str>,
    /// Where the title stands.
    pub range: TextRange,
    /// What it is, if it is one that we look for; labels are none.
    pub kind: Option<SectionKind>,
}

/// Coverage that a stage asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct CoverageTarget {
    /// The stage, by the heading above.
    pub stage: Stage,
    /// In percent.
    pub percent: f64,
    /// From the sign to the `%`.
    pub range: TextRange,
    /// The number alone.
    pub number: TextRange,
    /// Whether it stands in the acceptance criteria; else in the maturity targets.
    pub in_criteria: bool,
}

/// A measured coverage.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedCoverage {
    /// In percent.
    pub percent: f64,
    /// Where the value stands.
    pub range: TextRange,
}

/// A person's sign-off in a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who, as written.
    pub text: Box<str>,
    /// Where that stands.
    pub range: TextRange,
    /// Where the `x` or blank of the box stands.
    pub check: TextRange,
    /// Whether it is ticked.
    pub checked: bool,
}

/// A file that was read once for two purposes: what it says about its component, and later, when the components of all
/// files are known, what is wrong in it. Without what stands in the body it is small.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its body is empty.
    file: ComponentFile,
    /// What was found in the body.
    found: Vec<Diagnostic>,
}

impl Held {
    /// Returns every finding as [`ComponentFile::diagnostics`] does; the text must be the same as before.
    #[must_use]
    pub fn diagnostics(&self, source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
        self.file.other_findings(source, path, root, self.found.clone())
    }
}

/// Returns every finding of the spec or MATURITY file at `path`, in order of place; none where the file is none.
#[must_use]
pub fn diagnostics(source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
    match ComponentFile::of_path(source, path, root) {
        Some(file) => file.diagnostics(source, path, root),
        None => Vec::new(),
    }
}

impl ComponentFile {
    /// Reads the file at `path` (relative to the root, with `/`); `None` where it is neither a spec nor a MATURITY
    /// file.
    #[must_use]
    pub fn of_path(source: Source<'_>, path: &str, root: &Root) -> Option<ComponentFile> {
        if !ComponentFile::may_be_at(source, path, root) {
            return None;
        }
        let head = frontmatter::read(source);
        let body = Body::read(source, head.body_start(source));
        ComponentFile::of_body(source, path, root, head, Arc::new(body))
    }

    /// Whether the file at `path` may be a spec or MATURITY file: cheap, for the many that are neither.
    #[must_use]
    pub fn may_be_at(source: Source<'_>, path: &str, root: &Root) -> bool {
        match root.analyses(path) {
            Some(FileKind::Spec | FileKind::Maturity) => true,
            Some(FileKind::Markdown) => header::may_name_component(source),
            Some(FileKind::Instructions | FileKind::Config | FileKind::Code) | None => false,
        }
    }

    /// Returns what the file at `path` says, given its front matter and body; `None` as [`ComponentFile::of_path`].
    #[must_use]
    pub fn of_body(
        source: Source<'_>,
        path: &str,
        root: &Root,
        head: impl Into<Arc<Head>>,
        body: Arc<Body>,
    ) -> Option<ComponentFile> {
        let kind = root.analyses(path)?;
        let document = match kind {
            FileKind::Spec | FileKind::Markdown => DocumentKind::Spec,
            FileKind::Maturity => DocumentKind::Maturity,
            FileKind::Instructions | FileKind::Config | FileKind::Code => return None,
        };
        let template = root.config.is_template_path(path) || files::is_maturity_template(path);
        let file = read::read(source, path, document, template, head.into(), body);
        // Elsewhere a Markdown file is a spec only if its metadata says so (DESIGN.md section 4).
        let says_so = || file.target.is_some() || file.component.source.names_a_spec();
        (kind != FileKind::Markdown || (file.standing == Standing::Component && says_so())).then_some(file)
    }

    /// Returns every finding of the file, which stands at `path`, in order of place.
    #[must_use]
    pub fn diagnostics(&self, source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
        let found = self.body_findings(source, path, root);
        self.other_findings(source, path, root, found)
    }

    /// Keeps what findings need but for what stands in the body, which is looked at now.
    #[must_use]
    pub fn hold(mut self, source: Source<'_>, path: &str, root: &Root) -> Held {
        let found = self.body_findings(source, path, root);
        self.body = Arc::new(self.body.hull());
        Held { file: self, found }
    }

    fn body_findings(&self, source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
        if matches!(self.standing, Standing::Template | Standing::Moved) {
            return Vec::new();
        }
        let mut cx = RuleContext::new(source, path, root, self);
        for check in rules::spec::BODY_CHECKS {
            check(&mut cx);
        }
        cx.finish()
    }

    fn other_findings(
        &self,
        source: Source<'_>,
        path: &str,
        root: &Root,
        found: Vec<Diagnostic>,
    ) -> Vec<Diagnostic> {
        if matches!(self.standing, Standing::Template | Standing::Moved) {
            return Vec::new();
        }
        let mut cx = RuleContext::new(source, path, root, self).after(found);
        let of_component = rules::spec::CHECKS.iter().chain(rules::maturity::CHECKS);
        for check in of_component.chain(rules::gate::CHECKS).chain(rules::run::CHECKS) {
            check(&mut cx);
        }
        let mut findings = cx.finish();
        if !findings.is_empty() {
            let yaml = self.head.front_matter().map(rules::suppress::Yaml::front_matter);
            rules::suppress::apply(source, yaml, &mut findings);
            findings.sort_by_key(|finding| (finding.range.start(), finding.range.end(), finding.rule.code));
        }
        findings
    }

    /// Returns the first heading of a section, by its title or a synonym.
    #[must_use]
    pub fn section(&self, kind: SectionKind) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == Some(kind))
    }

    /// Returns the first metadata line with this key, in any case.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key.eq_ignore_ascii_case(key))
    }

    /// Returns the coverage that `stage` asks for: of the maturity targets, else of the acceptance criteria.
    #[must_use]
    pub fn coverage_target(&self, stage: Stage) -> Option<&CoverageTarget> {
        let of = |in_criteria| {
            self.coverage_targets.iter().find(move |t| t.stage == stage && t.in_criteria == in_criteria)
        };
        of(false).or_else(|| of(true))
    }

    /// Where to report what concerns the file as a whole: its title, else its first line.
    #[must_use]
    pub fn headline(&self, source: Source<'_>) -> TextRange {
        match &self.title {
            Some(title) => title.range,
            None => {
                let start = self.body.start();
                let (at, line) = source.line_at(start);
                crate::text::range(at, at + line.trim_end().len())
            }
        }
    }
}

#[cfg(test)]
mod tests;
