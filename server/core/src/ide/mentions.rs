//! Where files name components: what references, highlights and renames are about.
//!
//! A mention is exactly the name, as it is written there: `**Component Name:** calculator`, an item of a list of
//! dependencies, the title of its own files, `component` in a manifest, a wikilink to the component's page, a code span
//! with nothing but the name.
//! A link to a spec file is about the file, and prose is prose.

use std::cmp::Reverse;

use crate::component::{ComponentFile, Standing};
use crate::declared;
use crate::files::FileKind;
use crate::frontmatter::Head;
use crate::markdown::ElementKind;
use crate::name;
use crate::stage;
use crate::text::{Source, TextRange, range};
use crate::workspace::Root;

/// One place where a file names a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where the name stands, without marks and quotes.
    pub range: TextRange,
    /// The name as it is written there.
    pub written: Box<str>,
    /// What it is there.
    pub kind: MentionKind,
}

/// What a [`Mention`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MentionKind {
    /// A file says that it is about the component.
    Name,
    /// The title of its own spec or MATURITY file.
    Title,
    /// An item of a list of dependencies.
    Dependency,
    /// A feature spec says that it belongs to the component.
    Field,
    /// `[[name]]`.
    Wikilink,
    /// A code span.
    Code,
}

/// Keys of metadata and front matter that name a component.
const FIELDS: [&str; 3] = ["Component ID", "Component Name", "Component"];
const KEYS: [&str; 3] = ["component_id", "component_name", "component"];

/// Returns the mentions of the component `name` in the file at `path`, in order of place; none in templates and moved
/// documents.
#[must_use]
pub fn mentions(source: Source<'_>, path: &str, root: &Root, name: &str) -> Vec<Mention> {
    match root.analyses(path) {
        Some(FileKind::Code) => {
            manifest(source, path).filter(|m| name::same(&m.written, name)).into_iter().collect()
        }
        Some(FileKind::Spec | FileKind::Maturity | FileKind::Markdown) => {
            let file = ComponentFile::of_path(source, path, root);
            file.map(|file| mentions_in(&file, source, root, name)).unwrap_or_default()
        }
        Some(FileKind::Instructions | FileKind::Config) | None => Vec::new(),
    }
}

/// Returns the mentions of the component `name` in a spec or MATURITY file, in order of place.
#[must_use]
pub fn mentions_in(file: &ComponentFile, source: Source<'_>, root: &Root, name: &str) -> Vec<Mention> {
    let canonical = name::canonical(name);
    let shown = shown(root, name);
    let is_it = |mention: &Mention| {
        name::canonical(&mention.written) == canonical
            && (mention.kind != MentionKind::Code || is_exact(&mention.written, shown.unwrap_or(name)))
    };
    every(file, source).into_iter().filter(is_it).collect()
}

/// Returns the mention at byte `offset`, at its end included. A code span or wikilink is one only where a component
/// has the name.
#[must_use]
pub fn mention_at(file: &ComponentFile, source: Source<'_>, root: &Root, offset: usize) -> Option<Mention> {
    let at = crate::text::offset(offset);
    let found = every(file, source).into_iter().find(|mention| mention.range.contains_inclusive(at))?;
    let known = match found.kind {
        MentionKind::Name | MentionKind::Title | MentionKind::Dependency | MentionKind::Field => true,
        MentionKind::Wikilink => shown(root, &found.written).is_some(),
        MentionKind::Code => shown(root, &found.written).is_some_and(|shown| is_exact(&found.written, shown)),
    };
    known.then_some(found)
}

/// Whether `text` may mention the component `name`; spares reading the files of a workspace in detail.
#[must_use]
pub fn may_mention(text: &str, name: &str) -> bool {
    let canonical = name::canonical(name);
    let word = canonical.split('_').max_by_key(|word| word.len()).unwrap_or_default();
    let (word, text) = (word.as_bytes(), text.as_bytes());
    let first = word.first().copied().unwrap_or_default();
    !word.is_ascii()
        || memchr::memchr2_iter(first, first.to_ascii_uppercase(), text)
            .any(|at| text[at..].get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word)))
}

/// Returns the name that a manifest says its component has.
#[must_use]
pub fn manifest(source: Source<'_>, path: &str) -> Option<Mention> {
    let read = declared::reader(path.rsplit('/').next()?)?;
    let (written, range) = read(&source.slice(0, source.len()))?.component?;
    Some(Mention { range, written: written.into(), kind: MentionKind::Name })
}

/// Returns the name of a component as it is shown.
fn shown<'a>(root: &'a Root, name: &str) -> Option<&'a str> {
    let components = root.components.as_deref()?;
    Some(&components.get(components.find(name)?).name)
}

/// Whether the content of a code span is the name `shown`, and not something that is only called alike, such as the
/// class `Calculator`.
fn is_exact(written: &str, shown: &str) -> bool {
    name::displayed(written) == name::displayed(shown) || !written.contains(char::is_uppercase)
}

/// Returns every place that may name a component, in order, none in another.
fn every(file: &ComponentFile, source: Source<'_>) -> Vec<Mention> {
    if matches!(file.standing, Standing::Template | Standing::Moved) {
        return Vec::new();
    }
    let own = if file.standing == Standing::Component { MentionKind::Name } else { MentionKind::Field };
    let mut found = front_matter(&file.head, own);
    let fields =
        file.fields.iter().filter(|field| FIELDS.iter().any(|key| field.key.eq_ignore_ascii_case(key)));
    found.extend(fields.filter_map(|field| inside(&field.value, field.value_range, own)));
    found.extend(title(file, source));
    found.extend(file.dependencies.iter().map(|dependency| Mention {
        range: dependency.name_range,
        written: dependency.name.clone(),
        kind: MentionKind::Dependency,
    }));
    for placed in file.body.elements() {
        match &placed.element.kind {
            ElementKind::Code { text } => {
                let at = placed.range();
                // Where the span is not written as it is read, its range holds more than the content.
                if usize::from(at.len()) == text.len() {
                    found.extend(inside(text, at, MentionKind::Code));
                }
            }
            ElementKind::Link { destination, wiki: true } => {
                let written = source.slice(placed.range().start().into(), placed.range().end().into());
                if written == **destination {
                    found.extend(wikilink(destination, placed.range()));
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|mention| (mention.range.start(), mention.kind, Reverse(mention.range.end())));
    let mut end = crate::text::offset(0);
    found.retain(|mention| {
        let free = mention.range.start() >= end && !mention.range.is_empty();
        if free {
            end = mention.range.end();
        }
        free
    });
    found
}

fn front_matter(head: &Head, kind: MentionKind) -> Vec<Mention> {
    let Some(front_matter) = head.front_matter() else { return Vec::new() };
    let entries = KEYS.iter().filter_map(|key| front_matter.entry(key));
    entries
        .filter_map(|entry| {
            entry.value.as_str()?;
            let raw = front_matter.slice(entry.value.range);
            let inner = raw.trim_matches(['"', '\'']);
            let lead = raw.len() - raw.trim_start_matches(['"', '\'']).len();
            let start = usize::from(entry.value.range.start()) + lead;
            inside(inner, range(start, start + inner.len()), kind)
        })
        .collect()
}

/// Returns the name in `value`, which stands at `at`, without marks and what follows in parentheses.
fn inside(value: &str, at: TextRange, kind: MentionKind) -> Option<Mention> {
    let plain = stage::plain(value);
    let from = value.find(&plain).filter(|_| !plain.is_empty())?;
    let start = usize::from(at.start()) + from;
    Some(Mention { range: range(start, start + plain.len()), written: plain.into(), kind })
}

/// What a title says besides the name, at its start and at its end; the longer words come first.
const TITLE_STARTS: [&str; 6] =
    ["component specification", "component spec", "specification", "component", "spec", "maturity"];
const TITLE_ENDS: [&str; 6] = ["maturity status", "specification", "component", "maturity", "spec", "status"];

/// Returns the name in the title of a component's own file: `Component Specification: Notifications`.
fn title(file: &ComponentFile, source: Source<'_>) -> Option<Mention> {
    let title = file.title.as_ref().filter(|_| file.standing == Standing::Component)?;
    let written = source.slice(title.range.start().into(), title.range.end().into());
    let edge = |c: char| c.is_whitespace() || matches!(c, ':' | '`' | '*') || stage::is_decoration(c);
    let mut name = written.trim_matches(edge);
    // `Component Specification: Notifications Component`.
    for _ in 0..TITLE_STARTS.len() {
        if name::same(name, &file.component.name) {
            let at = usize::from(title.range.start()) + (name.as_ptr() as usize - written.as_ptr() as usize);
            return Some(Mention {
                range: range(at, at + name.len()),
                written: name.into(),
                kind: MentionKind::Title,
            });
        }
        let start = TITLE_STARTS.iter().find_map(|word| {
            let rest = name.get(word.len()..)?;
            let is_word = name[..word.len()].eq_ignore_ascii_case(word) && rest.starts_with([':', ' ']);
            is_word.then_some(rest)
        });
        let end = TITLE_ENDS.iter().find_map(|word| {
            let at = name.len().checked_sub(word.len())?;
            let rest = name.get(..at)?;
            (name[at..].eq_ignore_ascii_case(word) && rest.ends_with(' ')).then_some(rest)
        });
        name = start.or(end)?.trim_matches(edge);
    }
    None
}

/// Returns the page of a wikilink, without folder, ending and anchor.
fn wikilink(destination: &str, at: TextRange) -> Option<Mention> {
    let page = destination.split('#').next().unwrap_or_default().trim_end();
    let from = page.rfind('/').map_or(0, |slash| slash + 1);
    let written = page[from..].strip_suffix(".md").unwrap_or(&page[from..]);
    let start = usize::from(at.start()) + from;
    (!written.is_empty()).then(|| Mention {
        range: range(start, start + written.len()),
        written: written.into(),
        kind: MentionKind::Wikilink,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_of_its_own_file_names_a_component() {
        for (title, expected) in [
            ("Component Specification: Price List", Some("Price List")),
            ("Price List Maturity Status", Some("Price List")),
            ("🎉 Price List Component Specification", Some("Price List")),
            ("Component: `price_list`", Some("price_list")),
            ("Specification: Price-List Spec", Some("Price-List")),
            ("Price List of Monday", None),
            ("Price", None),
            ("Prices Component", None),
            ("Maturity Status", None),
        ] {
            let fixture =
                Fixture::new(&format!("//- specs/x.md\n# {title}\n\n**Component Name:** price_list\n"));
            let text = Source::Str(fixture.text("specs/x.md"));
            let found = mentions(text, "specs/x.md", &fixture.root, "price_list");
            let found = found.iter().find(|mention| mention.kind == MentionKind::Title);
            assert_eq!(found.map(|mention| &*mention.written), expected, "{title}");
        }
    }
    use crate::fixture::Fixture;
    use expect_test::{Expect, expect};
    use std::fmt::Write as _;

    fn check(fixture: &str, name: &str, expected: &Expect) {
        let fixture = Fixture::new(fixture);
        let mut out = String::new();
        for (path, text) in &fixture.files {
            for mention in mentions(Source::Str(text), path, &fixture.root, name) {
                assert_eq!(&text[mention.range], &*mention.written);
                let at = fixture.place(path, mention.range);
                writeln!(out, "{path} {at} {:?} {:?}", mention.kind, mention.written).unwrap();
            }
        }
        expected.assert_eq(&out);
    }

    const WORKSPACE: &str = "\
//- specs/calc.md
# Component Specification: Calc

**Component Name:** `calc` (the first)
**Target Stage:** staging

`calc` is no `Calc`, no `calculator`, no `calc.evaluate` and no calc.

```
`calc`
```
//- specs/calculator.md
---
component: \"calculator\"
---
# Calculator

**Target Stage:** staging

## Dependencies

- 🎉 text
- `calc` (staging) - beside `Calc`
- **Calc** (dev)
//- specs/feature.md
# Feature

**Feature ID**: F1
**Component**: Calc

See [[calc]], [[calc|it]], [[pages/calc.md#a]], [calc](calc.md).
//- specs/templates/calc.spec.template.md
# Component: calc

**Component Name:** calc
//- src/calc/MATURITY.md
# Calc Maturity Status

**Current Stage**: Staging

Says `calc` 🎉 and `calc`.
//- src/calc/package.json
{\"stagegate\": {\"stage\": \"staging\", \"component\": \"calc\"}}
//- src/calculator/Cargo.toml
[package.metadata.stagegate]
stage = \"staging\"
component = \"calculator\"
//- README.md
`calc`
";

    #[test]
    fn a_mention_is_exactly_the_name() {
        check(
            WORKSPACE,
            "calc",
            &expect![[r#"
                specs/calc.md 0:27-0:31 Title "Calc"
                specs/calc.md 2:21-2:25 Name "calc"
                specs/calc.md 5:1-5:5 Code "calc"
                specs/calculator.md 10:3-10:7 Dependency "calc"
                specs/calculator.md 11:4-11:8 Dependency "Calc"
                specs/feature.md 3:15-3:19 Field "Calc"
                specs/feature.md 5:6-5:10 Wikilink "calc"
                specs/feature.md 5:16-5:20 Wikilink "calc"
                specs/feature.md 5:35-5:39 Wikilink "calc"
                src/calc/MATURITY.md 0:2-0:6 Title "Calc"
                src/calc/MATURITY.md 4:6-4:10 Code "calc"
                src/calc/MATURITY.md 4:20-4:24 Code "calc"
                src/calc/package.json 0:49-0:53 Name "calc"
            "#]],
        );
        check(
            WORKSPACE,
            "Calculator",
            &expect![[r#"
                specs/calc.md 5:25-5:35 Code "calculator"
                specs/calculator.md 1:12-1:22 Name "calculator"
                specs/calculator.md 3:2-3:12 Title "Calculator"
                src/calculator/Cargo.toml 2:13-2:23 Name "calculator"
            "#]],
        );
    }

    #[test]
    fn crlf_and_display_names() {
        check(
            "//- specs/p.md\n# P\r\n\r\n**Component Name:** Player Experience\r\n**Target Stage:** dev\r\n\r\n`player_experience` `Player Experience` `player-experience` `PlayerExperience`\r\n//- src/x/MATURITY.md\n# X\n\n**Current Stage**: dev\n\n**Dependencies**:\r\n- Player Experience (Current Stage: Dev)\r\n",
            "player-experience",
            &expect![[r#"
                specs/p.md 2:20-2:37 Name "Player Experience"
                specs/p.md 5:1-5:18 Code "player_experience"
                specs/p.md 5:21-5:38 Code "Player Experience"
                specs/p.md 5:41-5:58 Code "player-experience"
                src/x/MATURITY.md 5:2-5:19 Dependency "Player Experience"
            "#]],
        );
    }

    #[test]
    fn the_end_of_a_name_belongs_to_it() {
        let fixture = Fixture::new(WORKSPACE);
        let text = fixture.text("specs/calculator.md");
        let source = Source::Str(text);
        let file = ComponentFile::of_path(source, "specs/calculator.md", &fixture.root).unwrap();
        let at = |needle: &str, more: usize| {
            let offset = text.find(needle).unwrap() + more;
            mention_at(&file, source, &fixture.root, offset).map(|mention| mention.written)
        };
        assert_eq!(at("calculator", 0).as_deref(), Some("calculator"));
        assert_eq!(at("calc` (", 4).as_deref(), Some("calc"));
        assert_eq!(at("Calc`", 1), None, "a class is no component");
        assert_eq!(mention_at(&file, source, &fixture.root, text.len()), None);
    }
}
