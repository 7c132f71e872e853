//! Completion of section headings: those that are missing, with something to fill in.

use super::{Completion, CompletionKind, Line, snippet};
use crate::component::SectionKind;
use crate::files::FileKind;
use crate::markdown;
use crate::text::Source;
use crate::workspace::Root;

/// The sections of a MATURITY file.
const MATURITY: [(&str, &str); 4] = [
    (
        "Component Overview",
        "**Purpose**: ${1:What it does, in one sentence}\n\n**Dependencies**: ${2:none}\n$0",
    ),
    ("Maturity Criteria", "### Development → Staging\n\n- [ ] ${1:Core features complete}\n$0"),
    ("Promotion History", "- **${1:YYYY-MM-DD}**: Promoted to ${2:Development}\n$0"),
    ("Next Steps", "${1:What stands between it and the next stage}\n$0"),
];

/// Returns what a new section starts with, as a snippet; `{staging}` stands for the coverage that the stage asks for.
fn skeleton(kind: SectionKind) -> &'static str {
    match kind {
        SectionKind::Overview => "${1:What the component does, and why it exists}\n$0",
        SectionKind::Requirements => {
            "### Functional Requirements\n\n#### FR1: ${1:Title}\n**Priority:** ${2:High}\n**Description:** ${3:What it has to do}\n$0"
        }
        SectionKind::Dependencies => {
            "### Required Components\n\n${1:None.}\n\n### External Dependencies\n\n- ${2:None}\n$0"
        }
        SectionKind::ApiDesign => "```${1:python}\n${2:def name() -> None: ...}\n```\n$0",
        SectionKind::ImplementationPlan => "### Phase 1: ${1:Title}\n- [ ] ${2:Task}\n$0",
        SectionKind::TestingStrategy => "${1:What is tested, how, and where the tests lie}\n$0",
        SectionKind::AcceptanceCriteria => {
            "### Development Stage\n- [ ] All unit tests pass\n- [ ] Test coverage ≥{development}%\n\n### Staging Stage\n- [ ] Test coverage ≥{staging}%\n\n### Production Stage\n- [ ] Test coverage ≥{production}%\n$0"
        }
        SectionKind::MaturityTargets => {
            "### Development\n- Test coverage: ≥{development}%\n\n### Staging\n- Test coverage: ≥{staging}%\n\n### Production\n- Test coverage: ≥{production}%\n$0"
        }
        SectionKind::RollbackProcedure => "1. ${1:Revert the commit of the promotion}\n$0",
    }
}

/// Offers headings on a line that starts with `##`.
pub(super) fn completions(
    source: Source<'_>,
    root: &Root,
    body: usize,
    line: &Line<'_>,
    kind: FileKind,
) -> Vec<Completion> {
    let others = markdown::headings(source, body)
        .filter(|heading| heading.level == 2 && usize::from(heading.range.start()) != line.start);
    let titles: Vec<String> = others.map(|heading| heading.text).collect();
    let coverage = root.config.quality_gates.coverage;
    let line_end = source.lines_from(0).next().map_or("\n", |(_, line)| snippet::line_end(&line));
    let present = |section: SectionKind| titles.iter().any(|title| SectionKind::of(title) == Some(section));
    let offer = |index: usize, title: &str, skeleton: &str, present: bool, detail: Option<&str>| {
        let label = format!("## {title}");
        // Text is there already, or the section is: only the heading.
        let bare = present || !line.after().trim().is_empty();
        let skeleton = skeleton
            .replace("{development}", &coverage.development.to_string())
            .replace("{staging}", &coverage.staging.to_string())
            .replace("{production}", &coverage.production.to_string());
        let text = if bare { label.clone() } else { format!("{label}\n\n{skeleton}") };
        Completion {
            label,
            kind: if bare { CompletionKind::Value } else { CompletionKind::Snippet },
            detail: detail.map(str::to_owned),
            documentation: None,
            edit: line.edit(0, line.text.len(), text.replace('\n', line_end)),
            sort: format!("{}{index}", u8::from(present)),
            filter: None,
            snippet: !bare,
        }
    };
    if kind == FileKind::Maturity {
        let sections = MATURITY.iter().enumerate();
        return sections
            .map(|(index, (title, skeleton))| {
                let present = titles.iter().any(|known| known.eq_ignore_ascii_case(title));
                offer(index, title, skeleton, present, present.then_some("already there"))
            })
            .collect();
    }
    let sections = SectionKind::ALL.into_iter().enumerate();
    sections
        .map(|(index, section)| {
            let present = present(section);
            let detail = match () {
                () if present => Some("already there"),
                () if section.is_required() => Some("required"),
                () => None,
            };
            offer(index, section.title(), skeleton(section), present, detail)
        })
        .collect()
}
