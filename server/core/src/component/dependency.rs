//! Dependencies: `` - `name` (stage) - purpose `` and `- Redis (Current Stage: Staging)` (DESIGN.md section 4).

use std::sync::Arc;

use super::header::is_placeholder;
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
    /// Whether it stands behind several names.
    pub shared: bool,
}

/// What a list is about, by the heading or label above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// Components that are needed. `named` says that the title speaks of components, so that an item needs no stage.
    Required { named: bool },
    /// Components that are used where they are there.
    Optional { named: bool },
}

/// Words of a heading below which no components of ours stand: packages and the like, what needs us in turn, what was
/// or will be.
const OTHER_LISTS: [&str; 58] = [
    "alternatives",
    "api",
    "apis",
    "blocked",
    "blocker",
    "blockers",
    "blocking",
    "build",
    "by",
    "conflicts",
    "consumers",
    "crates",
    "database",
    "databases",
    "dependent",
    "dependents",
    "deprecated",
    "dev",
    "development",
    "downstream",
    "environment",
    "environments",
    "example",
    "examples",
    "external",
    "former",
    "future",
    "hardware",
    "history",
    "infrastructure",
    "issue",
    "issues",
    "libraries",
    "library",
    "libs",
    "management",
    "non",
    "not",
    "note",
    "notes",
    "npm",
    "package",
    "packages",
    "party",
    "planned",
    "python",
    "rejected",
    "removed",
    "runtime",
    "service",
    "services",
    "software",
    "system",
    "testing",
    "timeline",
    "tool",
    "tools",
    "tooling",
];

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

    /// Reads a heading or label within such a list: everything there counts but what speaks of something else.
    pub(crate) fn below(self, title: &str) -> Option<ListKind> {
        let (mut optional, mut named) = match self {
            ListKind::Required { named } => (false, named),
            ListKind::Optional { named } => (true, named),
        };
        for word in title.split(|c: char| !c.is_alphabetic()).map(str::to_ascii_lowercase) {
            match &*word {
                "optional" => optional = true,
                "required" | "mandatory" => optional = false,
                "component" | "components" | "internal" => named = true,
                word if OTHER_LISTS.contains(&word) => return None,
                _ => {}
            }
        }
        Some(if optional { ListKind::Optional { named } } else { ListKind::Required { named } })
    }
}

/// An item of such a list that names something, but says of it nothing that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The canonical name.
    pub canonical: Arc<str>,
    /// Where the name stands.
    pub name_range: TextRange,
}

/// Most names of one item.
const MAX_NAMES: usize = 20;

/// Reads the item `text`, which starts at byte `start`, into `found`: one dependency, or several of one stage. Returns
/// what it names where it is none.
pub(super) fn read(text: &str, start: usize, list: ListKind, found: &mut Vec<Dependency>) -> Option<Unread> {
    let (required, named) = match list {
        ListKind::Required { named } => (true, named),
        ListKind::Optional { named } => (false, named),
    };
    let first = Name::read(text, 0)?;
    let mut end = first.end;
    let mut others = Vec::new();
    while first.sure && others.len() < MAX_NAMES {
        let rest = text[end..].trim_start_matches(['`', '*', '_', ' ']);
        let Some(rest) = [",", "and ", "& "].iter().find_map(|between| rest.strip_prefix(between)) else {
            break;
        };
        let rest = rest.trim_start();
        let rest = rest.strip_prefix("and ").unwrap_or(rest);
        let Some(next) = Name::read(text, text.len() - rest.len()).filter(|next| next.sure) else { break };
        end = next.end;
        others.push(next);
    }
    let behind = text[end..].trim_start_matches(['`', '*', '_', ' ']);
    let behind_at = text.len() - behind.len();
    let inner = behind.strip_prefix('(').and_then(|inner| Some(&inner[..inner.find(')')?]));
    // `Dependency 1 (Current Stage: <Development|Staging>)` is of a template.
    if inner.is_some_and(|inner| is_placeholder(inner.rsplit(':').next().unwrap_or(inner))) {
        return None;
    }
    let said = inner.and_then(|inner| Said::read(inner, start + behind_at + 1, first.sure));
    // Without a stage only a quoted name under a heading that speaks of components is one; never `rich` (for output).
    let alone = named && first.sure && (!behind.starts_with('(') || said.is_some());
    let counts = match &said {
        Some(said) => said.stage.is_some() || said.needs || alone,
        None => alone && name::is_valid(first.text),
    };
    let place = |name: &Name<'_>| range(start + name.at, start + name.at + name.text.len());
    if !counts || first.is_outside {
        let valid = name::is_valid(&name::displayed(first.text));
        let canonical = || name::canonical(first.text).into();
        return valid.then(|| Unread { canonical: canonical(), name_range: place(&first) });
    }
    let said = said.unwrap_or_default();
    let shared = !others.is_empty();
    for name in std::iter::once(first).chain(others) {
        found.push(Dependency {
            name: name.text.into(),
            canonical: name::canonical(name.text).into(),
            name_range: place(&name),
            stage: said.stage.clone().map(|stage| DeclaredStage { shared, ..stage }),
            required: said.required.unwrap_or(required),
        });
    }
    None
}

/// A name at the start of an item, or behind another one.
struct Name<'a> {
    text: &'a str,
    /// Where it starts.
    at: usize,
    /// Where what follows it starts; closing marks may still stand there.
    end: usize,
    /// Whether it stands in backticks or is a link.
    sure: bool,
    /// Whether it is a link that leaves the repository.
    is_outside: bool,
}

impl<'a> Name<'a> {
    /// Reads the name at byte `from`, in backticks or bold, as a link or without marks.
    fn read(text: &'a str, from: usize) -> Option<Name<'a>> {
        // `✅ Redis (Current Stage: Staging)`: what decorates is no part of the name.
        let rest = text[from..].trim_start_matches(|c: char| c == ' ' || stage::is_decoration(c));
        let marks = text[from..].len() - rest.trim_start_matches(['*', '_', '`']).len();
        let quoted = text[from..from + marks].contains('`');
        let at = from + marks;
        let rest = &text[at..];
        if rest.starts_with('[') {
            return Name::of_link(text, at).filter(|_| !quoted);
        }
        let end =
            rest.find(['`', '*', '(', ':', '—', '–']).or_else(|| rest.find(" - ")).unwrap_or(rest.len());
        // ` - ` may come before a parenthesis of the purpose.
        let end = rest[..end].find(" - ").unwrap_or(end);
        let written = rest[..end].trim_end();
        let is_name = !written.is_empty() && !written.starts_with(['{', '<']);
        is_name.then_some(Name { text: written, at, end: at + end, sure: quoted, is_outside: false })
    }

    /// Reads `[name](low.md)`, `` [`name`](low.md) `` or `[[name]]`, which starts at byte `at`.
    fn of_link(text: &'a str, at: usize) -> Option<Name<'a>> {
        let (label_at, label, end, is_outside) = match text[at..].strip_prefix("[[") {
            Some(page) => {
                let close = page.find("]]")?;
                (at + 2, &page[..close], at + 2 + close + 2, false)
            }
            None => {
                let inner = &text[at + 1..];
                let close = inner.find("](")?;
                let target = &inner[close + 2..];
                let length = target.find(')')?;
                let is_outside = target[..length].contains("://");
                (at + 1, &inner[..close], at + 1 + close + 2 + length + 1, is_outside)
            }
        };
        let name = label.trim_start_matches(['`', '*', ' ']);
        let lead = label.len() - name.len();
        let name = name.trim_end_matches(['`', '*', ' ']);
        let valid = name::is_valid(&name::displayed(name));
        valid.then_some(Name { text: name, at: label_at + lead, end, sure: true, is_outside })
    }
}

/// What the parenthesis behind a name says.
#[derive(Default)]
struct Said {
    stage: Option<DeclaredStage>,
    /// Whether it names the stage that is needed, which is another thing than the one that the component is in.
    needs: bool,
    required: Option<bool>,
}

impl Said {
    /// Reads the parenthesis whose content `inner` starts at byte `at`; `None` where it speaks of something else.
    fn read(inner: &str, at: usize, sure: bool) -> Option<Said> {
        let marks = [' ', '*', '`', '_'];
        let (skip, value) = match inner.split_once(':') {
            Some((key, value)) if stage::plain(key).to_ascii_lowercase().ends_with("stage") => {
                (key.len() + 1, value)
            }
            Some(_) => return None,
            None => (0, inner),
        };
        let stated = |part: &str, part_at: usize, means| DeclaredStage {
            text: part.trim_matches(marks).into(),
            range: {
                let lead = part.len() - part.trim_start_matches(marks).len();
                range(at + skip + part_at + lead, at + skip + part_at + lead + part.trim_matches(marks).len())
            },
            stage: means,
            shared: false,
        };
        let mut said = Said::default();
        let mut part_at = 0;
        for part in value.split([',', ';']) {
            let word = part.trim_matches(marks);
            let means = stage::read(word);
            match &*word.to_ascii_lowercase() {
                "required" | "mandatory" => said.required = Some(true),
                "optional" => said.required = Some(false),
                // Two stages are those that it is used in.
                _ if means.is_some() && said.stage.is_some() => return None,
                _ if means.is_some() => said.stage = Some(stated(part, part_at, means)),
                lower if is_need(lower) => said.needs = true,
                _ if said.stage.is_some() || said.needs => {}
                _ if sure && skip == 0 && is_near_stage(word) => {
                    said.stage = Some(stated(part, part_at, None));
                }
                _ if skip > 0 => {
                    said.stage = Some(stated(value, 0, None));
                    break;
                }
                _ => return None,
            }
            part_at += part.len() + 1;
        }
        Some(said)
    }
}

/// Whether a word says which stage is needed: `needs staging`, `>=staging`, `staging+`.
fn is_need(word: &str) -> bool {
    let starts = ["needs ", "requires ", "at least ", "min ", "minimum ", ">=", "≥"];
    let rest = starts.iter().find_map(|start| word.strip_prefix(start)).or_else(|| word.strip_suffix('+'));
    rest.is_some_and(|rest| Stage::from_word(rest.trim()).is_some())
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
        let mut found = Vec::new();
        let unread = read(text, 0, ListKind::Required { named }, &mut found);
        let at = |range: TextRange| &text[std::ops::Range::from(range)];
        let found = found.into_iter().map(|d| {
            assert_eq!(at(d.name_range), &*d.name);
            let stage = d.stage.map(|s| {
                assert_eq!(at(s.range), &*s.text);
                format!("{}={:?}", s.text, s.stage)
            });
            format!("{} {stage:?}{}", d.name, if d.required { "" } else { " optional" })
        });
        let found: Vec<_> = found.collect();
        match unread {
            None if found.is_empty() => "-".to_owned(),
            None => found.join(", "),
            Some(unread) => format!("unread {}", at(unread.name_range)),
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
            ("rich (for console output)", "unread rich"),
            ("`rich` (13.2)", "unread rich"),
            ("`redis` - cache (staging)", "unread redis"),
            ("Python 3.12+", "-"),
            ("✅ **Redis** (Current Stage: _Staging_)", r#"Redis Some("Staging=Some(Staging)")"#),
            ("🚀 rich (13)", "unread rich"),
            ("None (foundational component)", "unread None"),
            ("`[component_name]` ([stage]) - [Purpose]", "-"),
            ("Cache (Current Stage: <Development|Staging>)", "-"),
            ("(staging)", "-"),
            ("", "-"),
        ] {
            assert_eq!(render(text, false), expected, "{text:?}");
        }
        assert_eq!(render("`redis` - cache", true), "redis None");
        assert_eq!(render("redis - cache", true), "unread redis");
        assert_eq!(render("`rich` (for console output)", true), "unread rich");
    }

    #[test]
    fn requirement_link_list_and_need_are_read_where_they_are_sure() {
        let low = "low Some(\"staging=Some(Staging)\")";
        for (text, expected) in [
            ("`low` (Required, staging)", low.to_owned()),
            ("`low` (Optional, staging)", format!("{low} optional")),
            ("`low` (staging, optional) - x", format!("{low} optional")),
            ("`low` (staging; used for caching)", low.to_owned()),
            ("`low` (needs staging)", "low None".to_owned()),
            ("`low` (>=staging)", "low None".to_owned()),
            ("`low` (staging+)", "low None".to_owned()),
            ("[low](low.md) (staging)", low.to_owned()),
            ("[`low`](low.md) (staging)", low.to_owned()),
            ("[**low**](low.md#a) (staging)", low.to_owned()),
            ("[[low]] (staging)", low.to_owned()),
            ("[redis](https://redis.io) (staging)", "unread redis".to_owned()),
            ("[component_name] (staging)", "-".to_owned()),
            ("`low`, `lnk` (staging)", format!("{low}, lnk Some(\"staging=Some(Staging)\")")),
            (
                "`low`, `lnk`, and `x` (staging)",
                format!("{low}, lnk {0}, x {0}", "Some(\"staging=Some(Staging)\")"),
            ),
            ("`low` and `lnk` (needs staging)", "low None, lnk None".to_owned()),
            ("`low` (production-ready)", "unread low".to_owned()),
            ("`pytest` (development, staging)", "unread pytest".to_owned()),
            ("`low` (required)", "unread low".to_owned()),
        ] {
            assert_eq!(render(text, false), expected, "{text:?}");
        }
        assert_eq!(render("`low` (optional)", true), "low None optional");
        assert_eq!(render("`low`, `lnk` - both", true), "low None, lnk None");
    }

    #[test]
    fn headings_within_a_list_count_unless_they_speak_of_something_else() {
        let list = ListKind::Required { named: false };
        for title in ["Required", "Core dependencies", "Upstream", "Staging"] {
            assert_eq!(list.below(title), Some(list), "{title}");
        }
        let named = Some(ListKind::Required { named: true });
        assert_eq!(list.below("Internal"), named);
        assert_eq!(list.below("Upstream components"), named);
        assert_eq!(list.below("Optional"), Some(ListKind::Optional { named: false }));
        for title in [
            "External Dependencies",
            "Blocking Issues",
            "Python packages",
            "Third-party",
            "Services",
            "Downstream components",
            "Used by",
        ] {
            assert_eq!(list.below(title), None, "{title}");
        }
    }
}
