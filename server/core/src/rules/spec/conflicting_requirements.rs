//! `spec/conflicting-requirements`.

use std::cell::OnceCell;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::component::{ComponentFile, DocumentKind, SectionKind, Standing, bare};
use crate::config::shorten;
use crate::markdown::ElementKind;
use crate::rules::{MAX_FINDINGS_PER_RULE, RuleContext, declare_rule};
use crate::stage::{self, Stage};
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// A spec does not contradict itself, as far as that can be decided exactly:
    ///
    /// - the coverage of one kind that it asks for at a stage is the same everywhere: `Test coverage ≥70%` in the Acceptance
    ///   Criteria and `≥75%` in the Maturity Targets of staging contradict each other; unit tests and integration tests do
    ///   not;
    /// - below Requirements, one id (`FR1`, `NFR-2`, `REQ-003`) stands before one text only;
    /// - what is listed below Out of Scope (or Non-Goals) is not, word for word, a criterion or the title of a requirement.
    ///
    /// ## Why it matters
    /// Only one of them can be met, and nobody can tell which was meant.
    ///
    /// ## Example
    /// ```markdown
    /// ## Requirements
    ///
    /// ### FR1: Addition
    ///
    /// ### FR1: Division
    /// ```
    ///
    /// ## Fix
    /// None. Decide which one is meant, and correct the other.
    ///
    /// ## References
    /// requirement 003, "no conflicting requirements".
    CONFLICTING_REQUIREMENTS = {
        code: "spec/conflicting-requirements",
        summary: "a spec asks for two things that contradict each other",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

/// A place and the one that it contradicts.
#[derive(Clone, Debug)]
pub(crate) struct Conflict {
    at: TextRange,
    other: TextRange,
    message: String,
    related: String,
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    if cx.file.kind != DocumentKind::Spec || cx.file.standing != Standing::Component {
        return;
    }
    // Asked for by the findings and by what the file says about its component.
    let conflicts = cx.file.conflicts.get_or_init(|| {
        let mut conflicts = Vec::new();
        coverage(cx, &mut conflicts);
        requirements(cx.file, &mut conflicts);
        conflicts.into()
    });
    for conflict in conflicts.iter() {
        cx.report(&CONFLICTING_REQUIREMENTS, conflict.at, &conflict.message)
            .related(conflict.other, &conflict.related)
            .help("decide which one is meant, and correct the other")
            .done();
    }
}

/// Words that leave it at coverage as a whole.
const PLAIN: [&str; 16] = [
    "test", "tests", "code", "coverage", "overall", "total", "minimum", "min", "target", "at", "least", "of",
    "the", "is", "current", "stage",
];

/// Returns what kind of coverage a line speaks of: its words but those that say nothing, without numbers.
fn metric(line: &str) -> String {
    let line = line.to_lowercase();
    let words = line.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty() && *word != "x");
    words.filter(|word| !PLAIN.contains(word)).collect::<Vec<_>>().join(" ")
}

fn coverage(cx: &RuleContext<'_, ComponentFile>, conflicts: &mut Vec<Conflict>) {
    let mut known: FxHashMap<_, (f64, usize, TextRange)> = FxHashMap::default();
    // Where the line at hand starts and ends, and what it speaks of: one line may hold very many numbers.
    let mut metrics: FxHashMap<String, usize> = FxHashMap::default();
    let mut here = (0, 0, 0);
    let targets = &cx.file.coverage_targets;
    let differs = |stage| {
        let mut of_stage = targets.iter().filter(|target| target.stage == stage).map(|target| target.percent);
        let first = of_stage.next();
        of_stage.any(|percent| Some(percent) != first)
    };
    let stages: Vec<_> = Stage::ALL.into_iter().filter(|stage| differs(*stage)).collect();
    for target in targets.iter().filter(|target| stages.contains(&target.stage)) {
        if conflicts.len() > MAX_FINDINGS_PER_RULE {
            return;
        }
        let at = usize::from(target.range.start());
        if at >= here.1 {
            let (start, line) = cx.source.line_at(at);
            let next = metrics.len();
            here = (start, start + line.len(), *metrics.entry(metric(&line)).or_insert(next));
        }
        let line_at = here.0;
        match known.entry((target.stage, here.2)) {
            Entry::Vacant(entry) => {
                entry.insert((target.percent, line_at, target.range));
            }
            Entry::Occupied(entry) => {
                let (percent, first_line, first) = *entry.get();
                // A line with two numbers says itself how they belong together.
                if first_line == line_at || (percent - target.percent).abs() < f64::EPSILON {
                    continue;
                }
                let stage = target.stage;
                conflicts.push(Conflict {
                    at: target.range,
                    other: first,
                    message: format!(
                        "coverage of at least {} % for {stage}, but {percent} % elsewhere",
                        target.percent
                    ),
                    related: format!("at least {percent} % for {stage}"),
                });
            }
        }
    }
}

/// Compares words as they are read: without marks, case, and a dot at the end.
fn said(text: &str) -> String {
    let plain = stage::plain(text).to_lowercase();
    plain.trim_end_matches(['.', ';', ',']).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A heading that is open: its level, whether it is below Requirements or Out of Scope, and its requirement.
struct Open {
    level: u8,
    requirements: bool,
    out_of_scope: bool,
    id: Option<Rc<str>>,
}

/// A requirement: its canonical id, and what stands behind it as written, in a heading or in label and value.
struct Requirement<'a> {
    id: Rc<str>,
    /// The id as written.
    written: &'a str,
    words: (&'a str, &'a str),
    /// The words as they are compared: very many may be compared with the first, so that is read once.
    said: OnceCell<String>,
}

impl Requirement<'_> {
    fn said(&self) -> &str {
        self.said.get_or_init(|| said(&format!("{} {}", self.words.0, self.words.1)))
    }
}

fn requirements(file: &ComponentFile, conflicts: &mut Vec<Conflict>) {
    let mut open: Vec<Open> = Vec::new();
    let mut known: FxHashMap<Rc<str>, (Requirement<'_>, TextRange)> = FxHashMap::default();
    let mut excluded: Vec<(&str, TextRange)> = Vec::new();
    for placed in file.body.elements() {
        if conflicts.len() >= MAX_FINDINGS_PER_RULE {
            return;
        }
        let (text, value, heading) = match &placed.element.kind {
            ElementKind::Heading { level, text } => (&**text, "", Some(*level)),
            ElementKind::Field { key, value, .. } => (&**key, &**value, None),
            ElementKind::Item { text, check: None, .. } => {
                if open.last().is_some_and(|open| open.out_of_scope) {
                    excluded.push((text, placed.range()));
                }
                continue;
            }
            _ => continue,
        };
        while heading.is_some_and(|level| open.last().is_some_and(|open| open.level >= level)) {
            open.pop();
        }
        let inside = open.last().is_some_and(|open| open.requirements);
        let requirement = if inside { requirement(text, value, heading.is_some()) } else { None };
        let id = requirement.as_ref().map(|requirement| requirement.id.clone());
        if let Some(requirement) = requirement
            && requirement.words != ("", "")
            // `**FR1:** ...` below `### FR1: ...` says it again.
            && !open.iter().any(|open| open.id == id)
        {
            match known.entry(requirement.id.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert((requirement, placed.range()));
                }
                Entry::Occupied(entry) => {
                    let (first, at) = entry.get();
                    if first.words != requirement.words && first.said() != requirement.said() {
                        let (id, first_id) = (requirement.written, first.written);
                        conflicts.push(Conflict {
                            at: placed.range(),
                            other: *at,
                            message: format!(
                                "`{id}` stands before two different texts; expected one id for each requirement"
                            ),
                            related: format!("`{first_id}` stands here first"),
                        });
                    }
                }
            }
        }
        if let Some(level) = heading {
            let title = bare(text);
            let is = |names: &[&str]| names.iter().any(|known| title.eq_ignore_ascii_case(known));
            open.push(Open {
                level,
                requirements: inside
                    || (level > 1 && SectionKind::of_bare(title) == Some(SectionKind::Requirements)),
                out_of_scope: is(&["out of scope", "out-of-scope", "not in scope", "non-goals", "non goals"]),
                id,
            });
        }
    }
    if !excluded.is_empty() {
        out_of_scope(file, &excluded, known.values(), conflicts);
    }
}

/// Compares what is out of scope with criteria and the titles of requirements, word for word.
fn out_of_scope<'a>(
    file: &ComponentFile,
    excluded: &[(&str, TextRange)],
    known: impl Iterator<Item = &'a (Requirement<'a>, TextRange)>,
    conflicts: &mut Vec<Conflict>,
) {
    let criteria = file.criteria.iter().map(|criterion| (said(&criterion.text), criterion.range));
    let titles = known.map(|(requirement, at)| (requirement.said().to_owned(), *at));
    let in_scope: FxHashMap<String, TextRange> = criteria.chain(titles).collect();
    for (text, at) in excluded {
        if conflicts.len() >= MAX_FINDINGS_PER_RULE {
            return;
        }
        let words = said(text);
        if let Some(other) = in_scope.get(&words).filter(|_| !words.is_empty()) {
            conflicts.push(Conflict {
                at: *at,
                other: *other,
                message: format!("`{}` is out of scope here, and required elsewhere", shorten(text)),
                related: "it is required here".to_owned(),
            });
        }
    }
}

/// Reads `FR1: Tables` as the canonical id and the words behind it. A label needs a colon behind the id; in a heading a
/// blank will do.
fn requirement<'a>(text: &'a str, value: &'a str, heading: bool) -> Option<Requirement<'a>> {
    let text = text.trim_start_matches(|c: char| matches!(c, '*' | '`' | '[') || c.is_whitespace());
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let prefix =
        ["FR", "NFR", "REQ"].into_iter().find(|known| text[..letters].eq_ignore_ascii_case(known))?;
    let rest = text[letters..].trim_start_matches(['-', '_', ' ']);
    let number = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, rest) = rest.split_at(number);
    let written = text[..text.len() - rest.len()].trim_end_matches('.');
    let number = number.trim_end_matches('.');
    let rest = rest.trim_start_matches(['*', '`', ']']);
    let separated = rest.trim_start().is_empty()
        || rest.trim_start().starts_with([':', '-', '–', '—'])
        || (heading && rest.starts_with(' '));
    if number.is_empty() || !separated {
        return None;
    }
    let words = rest.trim_start_matches([':', '-', '–', '—', ' ']);
    // `FR-01` is `FR1`.
    let mut id = prefix.to_owned();
    for (i, part) in number.split('.').enumerate() {
        id.push_str(if i > 0 { "." } else { "" });
        id.push_str(part.trim_start_matches('0'));
    }
    Some(Requirement { id: id.into(), written, words: (words, value), said: OnceCell::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, check};
    use expect_test::expect;

    #[test]
    fn what_contradicts_itself_is_reported_at_the_later_place() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** a\n\n## Requirements\n\n### Functional Requirements\n\n#### FR1: Tables\n\n#### FR-2: CSV\n- **REQ-003:** Sent at once\n\n#### FR01 - Prices\n- **REQ 3**: Sent on Mondays\n\n\
             ## Out of Scope\n- Tables.\n- Faxes\n- **All Unit Tests** pass\n\n\
             ## Acceptance Criteria\n\n### Staging\n- [ ] All unit tests pass\n- [ ] Test coverage ≥70%\n- [ ] Integration tests pass (≥80% coverage)\n\n## Maturity Targets\n\n### Staging\n- Coverage: at least ≥75 %\n- Integration tests pass (≥85% coverage)\n",
            "spec/conflicting-requirements",
            &expect![[r#"
                specs/a.md 13:5-13:18 error spec/conflicting-requirements "FR01 - Prices": `FR01` stands before two different texts; expected one id for each requirement
                  help: decide which one is meant, and correct the other
                  related specs/a.md 8:5-8:16 "FR1: Tables": `FR1` stands here first
                specs/a.md 14:4-14:28 error spec/conflicting-requirements "REQ 3**: Sent on Mondays": `REQ 3` stands before two different texts; expected one id for each requirement
                  help: decide which one is meant, and correct the other
                  related specs/a.md 11:4-11:27 "REQ-003:** Sent at once": `REQ-003` stands here first
                specs/a.md 17:2-17:9 error spec/conflicting-requirements "Tables.": `Tables.` is out of scope here, and required elsewhere
                  help: decide which one is meant, and correct the other
                  related specs/a.md 8:5-8:16 "FR1: Tables": it is required here
                specs/a.md 19:2-19:25 error spec/conflicting-requirements "**All Unit Tests** pass": `**All Unit Tests** pass` is out of scope here, and required elsewhere
                  help: decide which one is meant, and correct the other
                  related specs/a.md 24:6-24:25 "All unit tests pass": it is required here
                specs/a.md 31:21-31:26 error spec/conflicting-requirements "≥75 %": coverage of at least 75 % for staging, but 70 % elsewhere
                  help: decide which one is meant, and correct the other
                  related specs/a.md 25:20-25:24 "≥70%": at least 70 % for staging
                specs/a.md 32:26-32:30 error spec/conflicting-requirements "≥85%": coverage of at least 85 % for staging, but 80 % elsewhere
                  help: decide which one is meant, and correct the other
                  related specs/a.md 26:30-26:34 "≥80%": at least 80 % for staging
            "#]],
        );
    }

    #[test]
    fn what_only_looks_alike_is_no_contradiction() {
        check(
            "//- specs/a.md\n# A\n\n**Component Name:** a\n\n## Requirements\n\n#### FR1: Tables\n**FR1:** In two formats.\n\n#### FR1: Tables (Markdown)\n\n#### FR11: Tables\n\n#### NFR1: Speed\n\n\
             ## Testing Strategy\n- **FR1:** test_tables.py\n\n### FR1: by hand\n\n\
             ## Acceptance Criteria\n\n### Development\n- [ ] Test coverage ≥60%\n\n### Staging\n- [ ] Test coverage ≥70% (better: coverage ≥75%)\n- [ ] Unit tests (≥80% coverage)\n\n## Maturity Targets\n\n### Staging\n- Test coverage: >= 70.0 %\n",
            "spec/conflicting-requirements",
            &expect![[r#""#]],
        );
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test looks at the clock; the crate itself does not")]
    fn a_long_text_is_read_once_and_few_conflicts_are_kept() {
        let start = std::time::Instant::now();
        let fixture = |rest: &str| {
            let words = "word ".repeat(100_000);
            Fixture::new(&format!(
                "//- specs/a.md\n# A\n\n**Component Name:** a\n\n## Requirements\n\n**FR1:** {words}\n{rest}"
            ))
        };
        let count = |fixture: &Fixture| {
            let found = fixture.findings("specs/a.md");
            found.iter().filter(|d| d.rule.code == CONFLICTING_REQUIREMENTS.code).count()
        };
        let all_differ = fixture(&"**FR1:** x\n".repeat(38_000));
        assert_eq!(count(&all_differ), MAX_FINDINGS_PER_RULE);
        let excluded = format!("**FR2:** faxes\n\n## Out of Scope\n{}", "- faxes\n".repeat(10_000));
        assert_eq!(count(&fixture(&excluded)), MAX_FINDINGS_PER_RULE);
        let conflicts = |fixture: &Fixture| {
            let text = fixture.text("specs/a.md");
            let file = ComponentFile::of_path(crate::text::Source::Str(text), "specs/a.md", &fixture.root);
            let mut conflicts = Vec::new();
            requirements(&file.unwrap(), &mut conflicts);
            conflicts.len()
        };
        assert_eq!(conflicts(&all_differ), MAX_FINDINGS_PER_RULE);
        assert_eq!(conflicts(&fixture(&excluded)), MAX_FINDINGS_PER_RULE);
        assert!(start.elapsed() < std::time::Duration::from_secs(10), "{:?}", start.elapsed());
    }

    #[test]
    fn ids() {
        for (text, heading, expected) in [
            ("FR1: Tables", true, Some(("FR1", "tables"))),
            ("nfr-02.1 — A `b`.", true, Some(("NFR2.1", "a b"))),
            ("FR1 Tables", true, Some(("FR1", "tables"))),
            ("FR1 Acceptance", false, None),
            ("FR1", false, Some(("FR1", ""))),
            ("FRIDAY 1", true, None),
            ("FR", true, None),
        ] {
            let found = requirement(text, "", heading);
            let found = found.map(|found| (found.said().to_owned(), found.id));
            assert_eq!(found.as_ref().map(|(words, id)| (&**id, &**words)), expected, "{text:?}");
        }
    }
}
