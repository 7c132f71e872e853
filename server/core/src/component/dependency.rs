//! Dependencies: `` - `name` (stage) - purpose `` and `- Redis (Current Stage: Staging)` (DESIGN.md section 4).

use std::sync::Arc;

use super::read::is_placeholder;
use crate::name;
use crate::stage::{self, Stage};
use crate::text::{TextRange, range};

/// What a component needs, as one list item says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name as written, without marks.
    pub name: Box<str>,
    /// The canonical name.
    pub canonical: Arc<str>,
    /// Where it stands.
    pub name_range: TextRange,
    /// The stage as written, without parentheses; `None` where the item states none.
    pub stage: Option<DeclaredStage>,
    /// Whether the component cannot do without it.
    pub required: bool,
}

/// A stage as an item states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredStage {
    /// As written.
    pub text: Box<str>,
    /// Where it stands.
    pub range: TextRange,
    /// What it means; `None` where it names no stage.
    pub stage: Option<Stage>,
}

/// What a list is about, by the heading or label above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// Components that are needed. `named` says that the title speaks of components, so that an item needs no stage.
    Required { named: bool },
    /// Components that are used where they are there.
    Optional { named: bool },
}

impl ListKind {
    /// Reads a heading or label; `None` where no list of components follows.
    pub(crate) fn of(title: &str) -> Option<ListKind> {
        let is = |names: &[&str]| names.iter().any(|known| title.eq_ignore_ascii_case(known));
        if is(&["dependencies", "required dependencies"]) {
            Some(ListKind::Required { named: false })
        } else if is(&["component dependencies", "required components", "internal dependencies"]) {
            Some(ListKind::Required { named: true })
        } else if is(&["optional components"]) {
            Some(ListKind::Optional { named: true })
        } else if is(&["optional dependencies"]) {
            Some(ListKind::Optional { named: false })
        } else {
            None
        }
    }
}

/// Reads the item `text`, which starts at byte `start`.
pub(super) fn read(text: &str, start: usize, list: ListKind) -> Option<Dependency> {
    let (required, named) = match list {
        ListKind::Required { named } => (true, named),
        ListKind::Optional { named } => (false, named),
    };
    let marks = text.len() - text.trim_start_matches(['*', '_', '`']).len();
    let quoted = text[..marks].contains('`');
    let rest = &text[marks..];
    let end = rest.find(['`', '*', '(', ':', '—', '–']).or_else(|| rest.find(" - ")).unwrap_or(rest.len());
    // ` - ` may come before a parenthesis of the purpose.
    let end = rest[..end].find(" - ").unwrap_or(end);
    let written = rest[..end].trim_end();
    if written.is_empty() || written.starts_with(['[', '{', '<']) {
        return None;
    }
    let name_range = range(start + marks, start + marks + written.len());
    let behind = rest[end..].trim_start_matches(['`', '*', '_', ' ']);
    let behind_at = text.len() - behind.len();
    let inner = behind.strip_prefix('(').and_then(|inner| Some(&inner[..inner.find(')')?]));
    // `Dependency 1 (Current Stage: <Development|Staging>)` is of a template.
    if inner.is_some_and(|inner| is_placeholder(inner.rsplit(':').next().unwrap_or(inner))) {
        return None;
    }
    let stated = inner.and_then(|inner| {
        let (skip, value) = match inner.split_once(':') {
            Some((key, value)) if stage::plain(key).to_ascii_lowercase().ends_with("stage") => {
                (key.len() + 1, value)
            }
            Some(_) => return None,
            None => (0, inner),
        };
        let lead = value.len() - value.trim_start_matches([' ', '*', '`']).len();
        let word = value.trim_matches([' ', '*', '`']);
        let at = start + behind_at + 1 + skip + lead;
        let means = stage::read(word);
        (means.is_some() || skip > 0 || (quoted && is_near_stage(word))).then(|| DeclaredStage {
            text: word.into(),
            range: range(at, at + word.len()),
            stage: means,
        })
    });
    // Without a stage only a quoted name under a heading that speaks of components is one; never `rich` (for output).
    let alone = named && quoted && name::is_valid(written) && !behind.starts_with('(');
    if stated.is_none() && !alone {
        return None;
    }
    let canonical = name::canonical(written).into();
    Some(Dependency { name: written.into(), canonical, name_range, stage: stated, required })
}

/// Whether a word was certainly meant to be a stage.
fn is_near_stage(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    (4..=14).contains(&word.len())
        && Stage::ALL.iter().any(|stage| strsim::damerau_levenshtein(&word, stage.name()) <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str, named: bool) -> String {
        match read(text, 0, ListKind::Required { named }) {
            None => "-".to_owned(),
            Some(d) => {
                let at = |range: TextRange| &text[std::ops::Range::from(range)];
                assert_eq!(at(d.name_range), &*d.name);
                let stage = d.stage.map(|s| {
                    assert_eq!(at(s.range), &*s.text);
                    format!("{}={:?}", s.text, s.stage)
                });
                format!("{} {stage:?}", d.name)
            }
        }
    }

    #[test]
    fn items_are_read_as_they_are_written() {
        for (text, expected) in [
            ("`redis` (staging) - cache", r#"redis Some("staging=Some(Staging)")"#),
            ("**redis** (`dev`): cache", r#"redis Some("dev=Some(Development)")"#),
            ("Redis (Current Stage: Staging)", r#"Redis Some("Staging=Some(Staging)")"#),
            ("Redis (Current Stage: **Staging** 🎉)", r#"Redis Some("Staging** 🎉=Some(Staging)")"#),
            ("Player Experience (production)", r#"Player Experience Some("production=Some(Production)")"#),
            ("`redis` (stagign) - typo", r#"redis Some("stagign=None")"#),
            ("rich (for console output)", "-"),
            ("`rich` (13.2)", "-"),
            ("`redis` - cache (staging)", "-"),
            ("Python 3.12+", "-"),
            ("None (foundational component)", "-"),
            ("`[component_name]` ([stage]) - [Purpose]", "-"),
            ("Cache (Current Stage: <Development|Staging>)", "-"),
            ("(staging)", "-"),
            ("", "-"),
        ] {
            assert_eq!(render(text, false), expected, "{text:?}");
        }
        assert_eq!(render("`redis` - cache", true), "redis None");
        assert_eq!(render("redis - cache", true), "-");
        assert_eq!(render("`rich` (for console output)", true), "-");
    }
}
