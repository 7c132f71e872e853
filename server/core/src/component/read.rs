//! From the elements of a body to what a spec or MATURITY file says.

use std::sync::Arc;

use super::dependency::{self, ListKind};
use super::section::{bare, stage_of};
use super::{
    Approval, ComponentFile, ComponentId, CoverageTarget, Criterion, DocumentKind, Field, Gate, IdSource,
    ReportedCoverage, Section, SectionKind, Standing, Stated, Title,
};
use crate::frontmatter::{FrontMatter, Head};
use crate::markdown::{Body, ElementKind, Placed};
use crate::name;
use crate::stage::{self, Stage};
use crate::text::{Source, TextRange, range};

/// The level of a label: below every heading.
const LABEL: u8 = 7;

/// How far into a file the words "document has moved" are looked for, in bytes.
const MOVED_WITHIN: usize = 2048;

/// File names that say nothing about the component; its folder does.
const GENERIC_STEMS: [&str; 8] =
    ["requirements", "design", "tasks", "spec", "specification", "readme", "index", "plan"];

/// Keys of the front matter that name the component.
const COMPONENT_KEYS: [&str; 3] = ["component_id", "component_name", "component"];

pub(super) fn read(
    source: Source<'_>,
    path: &str,
    kind: DocumentKind,
    template: bool,
    head: Arc<Head>,
    body: Arc<Body>,
) -> ComponentFile {
    let mut reader = Reader::default();
    for placed in body.elements() {
        reader.take(placed);
    }
    let Reader {
        title, fields, sections, dependencies, coverage_targets, reported, criteria, approvals, ..
    } = reader;
    let front_matter = head.front_matter();
    let field = |keys: &[&str]| {
        let named = |field: &&Field| keys.iter().any(|key| field.key.eq_ignore_ascii_case(key));
        fields.iter().find(named)
    };
    let stated = |keys: &[&str], front: &[&str]| {
        field(keys).map(of_field).or_else(|| of_front_matter(front_matter?, front))
    };
    let status = stated(&["Status"], &["status"]);
    let mut target = stated(&["Target Stage"], &["target_stage", "targetStage"]);
    let current = match kind {
        DocumentKind::Spec => stated(&["Current Stage"], &["current_stage", "stage", "maturity"])
            .or_else(|| status.clone().filter(|status| status.stage.is_some())),
        DocumentKind::Maturity => {
            let current = stated(&["Current Stage"], &["current_stage", "stage", "maturity"]);
            // `Development → Staging (Promotion in Progress)`: the right one is where it goes.
            let arrow = field(&["Current Stage"]).filter(|_| target.is_none()).and_then(right_of_arrow);
            target = target.or(arrow);
            current
        }
    };
    let component = component_id(path, kind, &fields, front_matter);
    let is_feature = field(&["Feature ID", "Feature Name"]).is_some();
    let names_component = !matches!(component.source, IdSource::FileStem | IdSource::Folder)
        || field(&["Component ID", "Component Name", "Component"]).is_some()
        || target.is_some();
    let standing = if is_moved(source, body.start()) {
        Standing::Moved
    } else if template || calls_itself_template(title.as_ref(), status.as_ref()) {
        Standing::Template
    } else if kind == DocumentKind::Maturity || (names_component && !is_feature) {
        Standing::Component
    } else {
        Standing::Other
    };
    ComponentFile {
        kind,
        standing,
        head,
        body,
        title,
        fields,
        component,
        status,
        current,
        target,
        sections,
        dependencies,
        coverage_targets,
        reported_coverage: reported,
        criteria,
        approvals,
    }
}

/// How much of a file is searched for the metadata of a spec, in bytes.
const METADATA_WITHIN: usize = 4096;

/// Whether a Markdown file may have the metadata of a spec: cheap, for the many that have not.
pub(super) fn may_name_component(source: Source<'_>) -> bool {
    let text = source.slice(0, METADATA_WITHIN).to_ascii_lowercase();
    ["component id", "component name", "target stage", "component_id", "component_name", "target_stage"]
        .iter()
        .any(|words| text.contains(words))
}

/// Whether the file says that it has moved.
fn is_moved(source: Source<'_>, start: usize) -> bool {
    let text = source.slice(start, start.saturating_add(MOVED_WITHIN)).to_ascii_lowercase();
    ["this document has moved", "this file has moved", "document has been moved"]
        .iter()
        .any(|words| text.contains(words))
}

/// Whether title or status say that the file is a template.
fn calls_itself_template(title: Option<&Title>, status: Option<&Stated>) -> bool {
    let starts = |text: &str| text.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("template"));
    let title = title.is_some_and(|title| {
        let words = bare(&title.text).trim_end_matches(['.', ':']);
        let at = words.len().saturating_sub(8);
        words.get(at..).is_some_and(|word| word.eq_ignore_ascii_case("template"))
    });
    title || status.is_some_and(|status| starts(&status.text))
}

fn of_field(field: &Field) -> Stated {
    Stated {
        text: stage::plain(&field.value).into(),
        range: field.value_range,
        stage: if is_placeholder(&field.value) { None } else { stage::read(&field.value) },
        placeholder: is_placeholder(&field.value),
    }
}

fn of_front_matter(front_matter: &FrontMatter, keys: &[&str]) -> Option<Stated> {
    let entry = keys.iter().find_map(|key| front_matter.entry(key))?;
    let value = entry.value.as_str()?;
    Some(Stated {
        text: stage::plain(value).into(),
        range: entry.value.range,
        stage: if is_placeholder(value) { None } else { stage::read(value) },
        placeholder: is_placeholder(value),
    })
}

/// Reads what stands right of the arrow of a Current Stage.
fn right_of_arrow(field: &Field) -> Option<Stated> {
    let value = &*field.value;
    let (at, len) = ["→", "⟶", "➜", "->"].iter().find_map(|arrow| Some((value.find(arrow)?, arrow.len())))?;
    let right = &value[at + len..];
    let lead = right.len() - right.trim_start().len();
    let start = usize::from(field.value_range.start()) + at + len + lead;
    let stage = stage::read(right)?;
    Some(Stated {
        text: stage::plain(right).into(),
        range: range(start, start + right.trim().len()),
        stage: Some(stage),
        placeholder: false,
    })
}

/// Whether a value stands for one that nobody has written yet: `[a | b]`, `{name}`, `<name>`.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let value = value.trim_matches([' ', '`', '*', '"']);
    let between =
        |open: char, close: char| value.starts_with(open) && value.ends_with(close) && value.len() > 2;
    // `[#3](…)`, `[a][b]` and `[[page]]` are links, `[x]` is a box, `[redis, cache]` a list.
    let inner = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
    let bracket = between('[', ']')
        && inner.starts_with(char::is_alphabetic)
        && !inner.contains([']', '[', ','])
        && !inner.eq_ignore_ascii_case("x");
    let tag = || ["br", "br/", "br /"].contains(&inner);
    bracket
        || between('{', '}')
        || (between('<', '>') && !value.contains("://") && !value.contains('@') && !tag())
}

fn component_id(
    path: &str,
    kind: DocumentKind,
    fields: &[Field],
    front_matter: Option<&FrontMatter>,
) -> ComponentId {
    let keys = [
        ("Component ID", IdSource::ComponentId),
        ("Component Name", IdSource::ComponentName),
        ("Component", IdSource::Component),
    ];
    for (key, source) in keys {
        let Some(field) = fields.iter().find(|field| field.key.eq_ignore_ascii_case(key)) else { continue };
        let written = name_of(&field.value);
        if written.is_empty() || is_placeholder(&field.value) {
            continue;
        }
        let at = field.value.find(&*written).unwrap_or(0) + usize::from(field.value_range.start());
        let place =
            if field.value.contains(&*written) { range(at, at + written.len()) } else { field.value_range };
        return ComponentId { name: name::displayed(&written).into(), source, range: Some(place) };
    }
    for key in COMPONENT_KEYS {
        let Some(entry) = front_matter.and_then(|front_matter| front_matter.entry(key)) else { continue };
        let Some(value) = entry.value.as_str() else { continue };
        let written = stage::plain(value);
        if !written.is_empty() && !is_placeholder(value) {
            let name = name::displayed(&written).into();
            return ComponentId { name, source: IdSource::FrontMatter, range: Some(entry.value.range) };
        }
    }
    let mut parts = path.rsplit('/');
    let stem = stem(parts.next().unwrap_or_default());
    let folder = parts.next().unwrap_or_default();
    let generic = GENERIC_STEMS.iter().any(|known| stem.eq_ignore_ascii_case(known)) && !folder.is_empty();
    match kind {
        DocumentKind::Spec if !generic => {
            ComponentId { name: name::displayed(stem).into(), source: IdSource::FileStem, range: None }
        }
        _ => ComponentId { name: name::displayed(folder).into(), source: IdSource::Folder, range: None },
    }
}

/// Returns the name that a value gives: without marks around it, but with emoji inside, which no name may have.
fn name_of(value: &str) -> String {
    let plain = stage::plain(value);
    if !plain.is_empty() && value.contains(&*plain) {
        return plain;
    }
    let marks = |c: char| c.is_whitespace() || matches!(c, '*' | '`' | '"' | '\'');
    let name = value.trim_matches(marks);
    let inner = name.trim_matches(|c: char| marks(c) || stage::is_decoration(c));
    if inner.chars().any(stage::is_decoration) || inner.is_empty() {
        name.replace(['*', '`'], "")
    } else {
        plain
    }
}

/// Returns the part of a file's name that names the component: without `.md`, `.spec`, `_specification` and the like.
#[must_use]
pub(crate) fn stem(file: &str) -> &str {
    let mut stem = file;
    for ending in [".md", ".template", ".spec", "_spec", "-spec", "_specification", "-specification"] {
        let at = stem.len().saturating_sub(ending.len());
        let ends = stem.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(ending));
        if ends && at > 0 {
            stem = &stem[..at];
        }
    }
    stem
}

/// Collects what stands in a body.
#[derive(Default)]
struct Reader {
    title: Option<Title>,
    fields: Vec<Field>,
    sections: Vec<Section>,
    dependencies: Vec<super::Dependency>,
    coverage_targets: Vec<CoverageTarget>,
    reported: Option<ReportedCoverage>,
    criteria: Vec<Criterion>,
    approvals: Vec<Approval>,
    /// Whether a heading of level 2 or lower was seen, behind which no metadata stands.
    body: bool,
    /// The open headings and labels, outermost first.
    open: Vec<Open>,
}

/// What an open heading or label says about what follows it.
#[derive(Clone, Copy)]
struct Open {
    level: u8,
    list: Option<Lists>,
    stage: Option<Stage>,
    /// Whether it is one of the acceptance criteria or maturity targets.
    asks: Option<SectionKind>,
}

/// What a list under a heading holds.
#[derive(Clone, Copy, PartialEq)]
enum Lists {
    Dependencies(ListKind),
    /// Below dependencies, but of something else: packages, blocking issues.
    Nothing,
    Criteria,
    Approvals,
}

impl Reader {
    fn take(&mut self, placed: Placed<'_>) {
        match &placed.element.kind {
            ElementKind::Heading { level, text } => {
                if *level >= 2 {
                    self.body = true;
                }
                if *level == 1 && self.title.is_none() {
                    self.title = Some(Title { text: (&**text).into(), range: placed.range() });
                }
                self.open(*level, text, placed.range());
            }
            ElementKind::Field { key, key_range, value, value_range } => {
                let (key_range, value_range) = (placed.place(*key_range), placed.place(*value_range));
                self.report(key, value, value_range);
                if !self.body {
                    let field = Field { key: (&**key).into(), key_range, value: value.clone(), value_range };
                    self.fields.push(field);
                }
                if value.is_empty() {
                    self.open(LABEL, key, key_range);
                }
            }
            ElementKind::Item { check, text, .. } => {
                self.item(placed.range(), check.map(|(at, ticked)| (placed.place(at), ticked)), text);
            }
            ElementKind::AtLeast { percent, number, coverage: true } => {
                let asks = self.open.iter().rev().find_map(|open| open.asks);
                let stage = self.open.iter().rev().find_map(|open| open.stage);
                if let (Some(asks), Some(stage)) = (asks, stage) {
                    self.coverage_targets.push(CoverageTarget {
                        stage,
                        percent: *percent,
                        range: placed.range(),
                        number: placed.place(*number),
                        in_criteria: asks == SectionKind::AcceptanceCriteria,
                    });
                }
            }
            ElementKind::AtLeast { .. } | ElementKind::Link { .. } | ElementKind::Code { .. } => {}
        }
    }

    fn open(&mut self, level: u8, title: &Arc<str>, place: TextRange) {
        let written = title;
        let title = bare(title);
        let means = SectionKind::of_bare(title);
        let kind = means.filter(|_| level != LABEL && level != 1);
        self.sections.push(Section { level, title: Arc::clone(written), range: place, kind });
        while self.open.last().is_some_and(|open| open.level >= level) {
            self.open.pop();
        }
        let is = |names: &[&str]| names.iter().any(|known| title.eq_ignore_ascii_case(known));
        let above = self.open.iter().rev().find_map(|open| open.list);
        let stage = stage_of(title);
        let list = if let Some(list) = ListKind::of(title) {
            Some(Lists::Dependencies(list))
        } else if matches!(above, Some(Lists::Dependencies(_))) {
            Some(Lists::Nothing)
        } else if means == Some(SectionKind::AcceptanceCriteria)
            || is(&["maturity criteria", "promotion criteria"])
        {
            Some(Lists::Criteria)
        } else if is(&["approval", "approvals", "sign-off", "sign-offs", "signoff", "sign off"]) {
            Some(Lists::Approvals)
        } else if level == LABEL && stage.is_none() {
            // A label ends the list above it: "Blockers Resolved" behind the criteria.
            Some(Lists::Nothing)
        } else {
            None
        };
        let asks = means
            .filter(|kind| matches!(kind, SectionKind::AcceptanceCriteria | SectionKind::MaturityTargets));
        self.open.push(Open { level, list, stage, asks });
    }

    fn item(&mut self, place: TextRange, check: Option<(TextRange, bool)>, text: &str) {
        match self.open.iter().rev().find_map(|open| open.list) {
            Some(Lists::Dependencies(list)) => {
                if let Some(dependency) = dependency::read(text, place.start().into(), list) {
                    self.dependencies.push(dependency);
                }
            }
            Some(Lists::Criteria) => {
                let ticked =
                    check.map(|(_, ticked)| ticked).or_else(|| text.starts_with('✅').then_some(true));
                let Some(checked) = ticked else { return };
                let stage = self.open.iter().rev().find_map(|open| open.stage);
                let check = check.map(|(at, _)| at);
                let gate = Gate::of(text);
                self.criteria.push(Criterion {
                    text: text.into(),
                    range: place,
                    check,
                    checked,
                    stage,
                    gate,
                });
            }
            Some(Lists::Approvals) => {
                if let Some((check, checked)) = check {
                    self.approvals.push(Approval { text: text.into(), range: place, check, checked });
                }
            }
            Some(Lists::Nothing) | None => {}
        }
    }

    /// Takes a measured coverage; the first counts.
    fn report(&mut self, key: &str, value: &str, place: TextRange) {
        let known = ["test coverage", "current coverage", "actual coverage"];
        if self.reported.is_some() || !known.iter().any(|name| key.eq_ignore_ascii_case(name)) {
            return;
        }
        let number = value.trim_start_matches(['*', '`', ' ', '~']);
        let digits = number.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let Ok(percent) = number[..digits].parse::<f64>() else { return };
        if number[digits..].trim_start().starts_with('%') && (0.0..=100.0).contains(&percent) {
            self.reported = Some(ReportedCoverage { percent, range: place });
        }
    }
}
