//! From the elements of a body to what a spec or MATURITY file says.

use std::sync::{Arc, OnceLock};

use super::dependency::{self, ListKind};
use super::header::{
    calls_itself_template, component_id, is_moved, of_field, of_front_matter, right_of_arrow,
};
use super::section::{bare, is_promotion, stage_of};
use super::{
    Approval, ComponentFile, CoverageTarget, Criterion, DocumentKind, Field, Gate, IdSource,
    ReportedCoverage, Section, SectionKind, Standing, Title,
};
use crate::frontmatter::Head;
use crate::markdown::{Body, ElementKind, Placed};
use crate::sign_off;
use crate::stage::Stage;
use crate::text::{Source, TextRange};

/// The level of a label: below every heading.
const LABEL: u8 = 7;

pub(super) fn read(
    source: Source<'_>,
    path: &str,
    kind: DocumentKind,
    template: bool,
    head: Arc<Head>,
    body: Arc<Body>,
) -> ComponentFile {
    let mut reader = Reader { is_maturity: kind == DocumentKind::Maturity, ..Reader::default() };
    for placed in body.elements() {
        reader.take(placed);
    }
    let Reader {
        title,
        fields,
        sections,
        dependencies,
        unread,
        coverage_targets,
        reported,
        criteria,
        approvals,
        ..
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
        unread,
        coverage_targets,
        reported_coverage: reported,
        criteria,
        approvals,
        conflicts: OnceLock::new(),
    }
}
/// Collects what stands in a body.
#[derive(Default)]
struct Reader {
    is_maturity: bool,
    title: Option<Title>,
    fields: Vec<Field>,
    sections: Vec<Section>,
    dependencies: Vec<super::Dependency>,
    unread: Vec<super::Unread>,
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
        let within = match above {
            Some(Lists::Dependencies(list)) => Some(list.below(title)),
            _ => None,
        };
        let list = if let Some(list) = ListKind::of(title).or(within.flatten()) {
            Some(Lists::Dependencies(list))
        } else if within.is_some() {
            Some(Lists::Nothing)
        } else if means == Some(SectionKind::AcceptanceCriteria)
            || is(&["maturity criteria", "promotion criteria"])
            || (self.is_maturity && above.is_none() && self.is_own_section(level) && is_promotion(title))
        {
            Some(Lists::Criteria)
        } else if is(&sign_off::LISTS) {
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

    /// Whether a heading of this level stands below nothing but the title.
    fn is_own_section(&self, level: u8) -> bool {
        level != LABEL && self.open.iter().all(|open| open.level == 1)
    }

    fn item(&mut self, place: TextRange, check: Option<(TextRange, bool)>, text: &str) {
        match self.open.iter().rev().find_map(|open| open.list) {
            Some(Lists::Dependencies(list)) => {
                let start = place.start().into();
                self.unread.extend(dependency::read(text, start, list, &mut self.dependencies));
            }
            Some(Lists::Criteria) => {
                let ticked =
                    check.map(|(_, ticked)| ticked).or_else(|| text.starts_with('✅').then_some(true));
                let Some(checked) = ticked else { return };
                let stage = self.open.iter().rev().find_map(|open| open.stage);
                let check = check.map(|(at, _)| at);
                // A name may be any word: `Smoke test run by hand — Ann Green, ...`.
                let gate = Gate::of(sign_off::criterion_of(text));
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

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;
    use crate::text::Source;
    use expect_test::expect;
    use std::fmt::Write as _;

    #[test]
    fn lists_within_dependencies_and_checklists_of_promotions_are_read() {
        let fixture = Fixture::new(
            "\
//- specs/a.md
# A
**Component Name:** a
**Status:** [Staging](status.md) (since May)

## Dependencies
- `zero` (staging)
### Required
- `one` (staging)
### Core dependencies
- `two` (staging)
### Upstream components
- `three` - named
### Optional
- `four` (staging)
**Internal:**
- `five`
### External Dependencies
- `no` (staging)
#### Python
- `no` (staging)
### Blocking Issues
- `no` (staging)
### Packages and tools
- `no` (staging)
## Notes
- `no` (staging)
//- src/b/MATURITY.md
# B
**Current Stage**: Development

### Development → Staging
- [x] Test coverage ≥70%
- [ ] Reviewed
### Staging to Production
- [ ] Monitored
## History
### Development → Staging
- [x] Done in May
",
        );
        let mut out = String::new();
        for (path, text) in &fixture.files {
            let file =
                crate::component::ComponentFile::of_path(Source::Str(text), path, &fixture.root).unwrap();
            writeln!(out, "{path}: {:?}", file.current.and_then(|current| current.stage)).unwrap();
            for d in &file.dependencies {
                writeln!(out, "  {}{}", d.name, if d.required { "" } else { " optional" }).unwrap();
            }
            for c in &file.criteria {
                writeln!(out, "  {} {:?} {}", c.text, c.stage, c.checked).unwrap();
            }
        }
        expect![[r#"
            specs/a.md: Some(Staging)
              zero
              one
              two
              three
              four optional
              five optional
            src/b/MATURITY.md: Some(Development)
              Test coverage ≥70% Some(Staging) true
              Reviewed Some(Staging) false
              Monitored Some(Production) false
        "#]]
        .assert_eq(&out);
    }
}
