//! The sections of a spec and what else they are called (DESIGN.md section 4).

use crate::stage::{self, Stage};

/// A section that rules or readers look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectionKind {
    /// What the component does and why it exists.
    Overview,
    /// What it has to do.
    Requirements,
    /// When it is done.
    AcceptanceCriteria,
    /// How it is used.
    ApiDesign,
    /// How it is built.
    ImplementationPlan,
    /// What it needs.
    Dependencies,
    /// How it is tested.
    TestingStrategy,
    /// What each stage asks for.
    MaturityTargets,
    /// How a promotion is undone.
    RollbackProcedure,
}

impl SectionKind {
    /// Every section, in the order of the template (requirement 001).
    pub const ALL: [SectionKind; 9] = [
        SectionKind::Overview,
        SectionKind::Requirements,
        SectionKind::Dependencies,
        SectionKind::ApiDesign,
        SectionKind::ImplementationPlan,
        SectionKind::TestingStrategy,
        SectionKind::AcceptanceCriteria,
        SectionKind::MaturityTargets,
        SectionKind::RollbackProcedure,
    ];

    /// The heading that we write.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            SectionKind::Overview => "Overview",
            SectionKind::Requirements => "Requirements",
            SectionKind::AcceptanceCriteria => "Acceptance Criteria",
            SectionKind::ApiDesign => "API Design",
            SectionKind::ImplementationPlan => "Implementation Plan",
            SectionKind::Dependencies => "Dependencies",
            SectionKind::TestingStrategy => "Testing Strategy",
            SectionKind::MaturityTargets => "Maturity Targets",
            SectionKind::RollbackProcedure => "Rollback Procedure",
        }
    }

    /// Other headings that mean the same.
    #[must_use]
    pub const fn synonyms(self) -> &'static [&'static str] {
        match self {
            SectionKind::Overview => &["Purpose"],
            SectionKind::Requirements => &["Functional Requirements"],
            SectionKind::AcceptanceCriteria => {
                &["Success Criteria", "Validation Criteria", "Validation Checklist"]
            }
            SectionKind::TestingStrategy => &["Testing Requirements"],
            SectionKind::MaturityTargets => &["Maturity Stage Targets"],
            SectionKind::Dependencies => &["Component Dependencies"],
            SectionKind::ApiDesign | SectionKind::ImplementationPlan => &[],
            SectionKind::RollbackProcedure => &["Rollback Procedures"],
        }
    }

    /// Whether a spec is incomplete without it; the others are recommended.
    #[must_use]
    pub const fn is_required(self) -> bool {
        matches!(self, SectionKind::Overview | SectionKind::Requirements | SectionKind::AcceptanceCriteria)
    }

    /// Returns the section that a heading starts, by its title or a synonym.
    #[must_use]
    pub fn of(heading: &str) -> Option<SectionKind> {
        SectionKind::of_bare(bare(heading))
    }

    /// Like [`SectionKind::of`], of a title without decoration.
    pub(crate) fn of_bare(title: &str) -> Option<SectionKind> {
        // Most titles have a length that no name has; a large file has thousands.
        if title.len() >= 64 || LENGTHS & (1 << title.len()) == 0 {
            return None;
        }
        SectionKind::ALL.into_iter().find(|kind| {
            let mut names = std::iter::once(kind.title()).chain(kind.synonyms().iter().copied());
            names.any(|name| title.eq_ignore_ascii_case(name))
        })
    }
}

/// The lengths of all titles and synonyms, as bits.
const LENGTHS: u64 = {
    let (mut lengths, mut at) = (0, 0);
    while at < SectionKind::ALL.len() {
        let kind = SectionKind::ALL[at];
        lengths |= 1 << kind.title().len();
        let mut other = 0;
        while other < kind.synonyms().len() {
            lengths |= 1 << kind.synonyms()[other].len();
            other += 1;
        }
        at += 1;
    }
    lengths
};

/// Returns a heading without what only decorates it: a number (`2.1`), emoji, a colon or parenthesis at its end.
#[must_use]
pub fn bare(heading: &str) -> &str {
    // Nearly every heading is bare already; a large file has thousands.
    if let [first, .., last] = heading.as_bytes()
        && first.is_ascii_alphabetic()
        && last.is_ascii_alphanumeric()
    {
        return heading;
    }
    let title = heading.trim_start_matches(|c: char| c.is_whitespace() || stage::is_decoration(c));
    let number =
        title.len() - title.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ')').len();
    // `2fa design` has no number before it.
    let title = match title[number..].strip_prefix(' ') {
        Some(rest) if number > 0 => rest,
        _ => title,
    };
    let title = title.trim_end_matches(|c: char| c.is_whitespace() || c == ':' || stage::is_decoration(c));
    match title.rfind(" (").filter(|_| title.ends_with(')')) {
        Some(open) => title[..open].trim_end(),
        None => title,
    }
}

/// Returns the stage that a heading is about: `Staging`, `Production Stage`, `Development → Staging` (what the
/// criteria below it lead to).
#[must_use]
pub fn stage_of(heading: &str) -> Option<Stage> {
    let title = bare(heading);
    let right =
        if title.is_ascii() { title } else { title.rsplit(['→', '⟶', '➜']).next().unwrap_or(title) };
    // Looking for one byte is cheaper, and nearly always the end of it.
    let arrow = memchr::memchr(b'>', right.as_bytes()).and_then(|_| right.rfind("->"));
    let right = arrow.map_or(right, |arrow| &right[arrow + 2..]).trim();
    let right = after_to(right).unwrap_or(right);
    let mut words = right.split([' ', ':', '-', '–', '—']).filter(|word| !word.is_empty());
    let stage = Stage::from_word(words.next()?)?;
    let rest = words.next();
    let means_stage = |word: &str| {
        ["stage", "targets", "target", "criteria", "gates", "environment", "requirements", "promotion"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    };
    rest.is_none_or(means_stage).then_some(stage)
}

/// Whether a heading names two stages: `Development → Staging`, `Staging to Production`.
pub(super) fn is_promotion(heading: &str) -> bool {
    let title = bare(heading);
    let arrow = title.contains(['→', '⟶', '➜']) || title.contains("->");
    (arrow || after_to(title).is_some())
        && stage::read(title.split(" to ").next().unwrap_or(title)).is_some()
        && stage_of(title).is_some()
}

/// Returns what stands behind `to` in `Staging to Production`.
fn after_to(title: &str) -> Option<&str> {
    let (left, right) = title.split_once(" to ")?;
    Stage::from_word(left.trim()).map(|_| right.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_recognised_by_title_and_synonym() {
        for (heading, expected) in [
            ("Overview", Some(SectionKind::Overview)),
            ("1. Purpose", Some(SectionKind::Overview)),
            ("📋 FUNCTIONAL REQUIREMENTS:", Some(SectionKind::Requirements)),
            ("Validation Checklist", Some(SectionKind::AcceptanceCriteria)),
            ("Maturity Stage Targets (2026)", Some(SectionKind::MaturityTargets)),
            ("2.1 API Design", Some(SectionKind::ApiDesign)),
            ("Overview of the rest", None),
            ("2fa", None),
            ("", None),
        ] {
            assert_eq!(SectionKind::of(heading), expected, "{heading:?}");
        }
    }

    #[test]
    fn a_heading_names_the_stage_that_its_criteria_lead_to() {
        for (heading, expected) in [
            ("Staging", Some(Stage::Staging)),
            ("Production Stage", Some(Stage::Production)),
            ("Development → Staging", Some(Stage::Staging)),
            ("Staging -> Production (later)", Some(Stage::Production)),
            ("Development: targets", Some(Stage::Development)),
            ("Staging to Production", Some(Stage::Production)),
            ("Staging to Production criteria", Some(Stage::Production)),
            ("Moving to Production", None),
            ("Staging to the rest", None),
            ("Production Readiness", None),
            ("Development of parsers", None),
        ] {
            assert_eq!(stage_of(heading), expected, "{heading:?}");
        }
    }
}
