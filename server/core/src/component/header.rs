//! What the head of a spec or MATURITY file says: which component it is about, its status and stages, and whether it is a
//! template or has moved.

use super::section::bare;
use super::{ComponentId, DocumentKind, Field, IdSource, Stated, Title};
use crate::frontmatter::FrontMatter;
use crate::name;
use crate::stage;
use crate::text::{Source, range};

/// How far into a file the words "document has moved" are looked for, in bytes.
const MOVED_WITHIN: usize = 2048;

/// File names that say nothing about the component; its folder does.
const GENERIC_STEMS: [&str; 8] =
    ["requirements", "design", "tasks", "spec", "specification", "readme", "index", "plan"];

/// Keys of the front matter that name the component.
const COMPONENT_KEYS: [&str; 3] = ["component_id", "component_name", "component"];

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
pub(super) fn is_moved(source: Source<'_>, start: usize) -> bool {
    let text = source.slice(start, start.saturating_add(MOVED_WITHIN)).to_ascii_lowercase();
    ["this document has moved", "this file has moved", "document has been moved"]
        .iter()
        .any(|words| text.contains(words))
}

/// Whether title or status say that the file is a template.
pub(super) fn calls_itself_template(title: Option<&Title>, status: Option<&Stated>) -> bool {
    let starts = |text: &str| text.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("template"));
    let title = title.is_some_and(|title| {
        let words = bare(&title.text).trim_end_matches(['.', ':']);
        let at = words.len().saturating_sub(8);
        words.get(at..).is_some_and(|word| word.eq_ignore_ascii_case("template"))
    });
    title || status.is_some_and(|status| starts(&status.text))
}

pub(super) fn of_field(field: &Field) -> Stated {
    Stated {
        text: stage::plain(&field.value).into(),
        range: field.value_range,
        stage: if is_placeholder(&field.value) { None } else { stage::read(&field.value) },
        placeholder: is_placeholder(&field.value),
    }
}

pub(super) fn of_front_matter(front_matter: &FrontMatter, keys: &[&str]) -> Option<Stated> {
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
pub(super) fn right_of_arrow(field: &Field) -> Option<Stated> {
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
        || (between('<', '>') && !inner.contains(['<', '>', '@']) && !value.contains("://") && !tag())
}

pub(super) fn component_id(
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
