//! Where the thing at a place is defined.
//!
//! The answer lies in other files, so it takes two steps: [`subject_at`] reads the document, [`definition_paths`] says
//! which files to look into, the best first, and [`definition_in`] finds the place in the text of one of them.

use super::mentions::mention_at;
use crate::component::ComponentFile;
use crate::components::Component;
use crate::files;
use crate::frontmatter;
use crate::links::{self, Anchors, LinkTarget, WikiLink};
use crate::markdown::Body;
use crate::markdown::ElementKind;
use crate::name;
use crate::text::{Source, TextRange, range};
use crate::workspace::Root;

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Where it stands.
    pub range: TextRange,
    /// What it is.
    pub kind: SubjectKind,
}

/// What a [`Subject`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// The name of a component.
    Component(Box<str>),
    /// The stage that is said of the component with this name.
    StageOf(Box<str>),
    /// A link.
    Link(LinkTarget),
}

/// Files in a component's folder where reading starts, the likeliest first.
const MAIN_FILES: [&str; 9] = [
    "__init__.py",
    "src/lib.rs",
    "src/main.rs",
    "lib.rs",
    "mod.rs",
    "index.ts",
    "index.js",
    "src/index.ts",
    "main.py",
];

/// Returns what stands at byte `offset` of the spec or MATURITY file at `path`.
#[must_use]
pub fn subject_at(
    file: &ComponentFile,
    source: Source<'_>,
    path: &str,
    root: &Root,
    offset: usize,
) -> Option<Subject> {
    if let Some(mention) = mention_at(file, source, root, offset) {
        return Some(Subject { range: mention.range, kind: SubjectKind::Component(mention.written) });
    }
    let at = crate::text::offset(offset);
    for dependency in &file.dependencies {
        let Some(stage) = dependency.stage.as_ref().filter(|stage| stage.range.contains_inclusive(at)) else {
            continue;
        };
        return Some(Subject { range: stage.range, kind: SubjectKind::StageOf(dependency.name.clone()) });
    }
    let mut elements = file.body.elements().filter(|placed| placed.range().contains_inclusive(at));
    elements.find_map(|placed| {
        let ElementKind::Link { destination, wiki } = &placed.element.kind else { return None };
        let target = match wiki {
            true => WikiLink::read(destination).resolve(path, root.files.as_deref()?)?,
            false => links::resolve(destination, path)?,
        };
        Some(Subject { range: placed.range(), kind: SubjectKind::Link(target) })
    })
}

/// Returns the files that may define a subject, relative to the root, the best first.
#[must_use]
pub fn definition_paths(root: &Root, kind: &SubjectKind) -> Vec<String> {
    let component = |name: &str| {
        let components = root.components.as_deref()?;
        let id = components.find(name)?;
        Some((components.get(id), components.place(id)))
    };
    match kind {
        SubjectKind::Link(target) => {
            vec![target.path.clone()].into_iter().filter(|path| root.may_contain(path)).collect()
        }
        SubjectKind::StageOf(name) => {
            let Some((component, _)) = component(name) else { return Vec::new() };
            component.statements().map(|statement| statement.path.to_owned()).collect()
        }
        SubjectKind::Component(name) => {
            let place = match component(name) {
                Some((component, place)) => {
                    let paths: Vec<_> = component_paths(component);
                    if !paths.is_empty() {
                        return paths;
                    }
                    place
                }
                // Source alone makes no component, but there is something to see.
                None => root.components.as_deref().and_then(|all| all.layout().get(&name::canonical(name))),
            };
            let files = root.files.as_deref();
            let sources = place.iter().flat_map(|place| place.source.iter());
            sources.filter_map(|source| main_file(source, files?)).collect()
        }
    }
}

fn component_paths(component: &Component) -> Vec<String> {
    component.files().map(|file| file.path.to_string()).collect()
}

fn main_file(source: &str, files: &crate::workspace::FileIndex) -> Option<String> {
    if files.contains(source) {
        return Some(source.to_owned());
    }
    let mut known = MAIN_FILES.iter().map(|file| format!("{source}/{file}"));
    known.find(|path| files.contains(path)).or_else(|| Some(files.below(source).first()?.to_string()))
}

/// Returns where the file at `path` defines a subject; `None` where its text no longer does.
#[must_use]
pub fn definition_in(source: Source<'_>, path: &str, root: &Root, kind: &SubjectKind) -> Option<TextRange> {
    let start = range(0, 0);
    match kind {
        SubjectKind::Link(LinkTarget { anchor: None, .. }) => Some(start),
        SubjectKind::Link(LinkTarget { anchor: Some(anchor), .. }) => {
            if !files::is_markdown(path) {
                return Some(start);
            }
            let body = Body::read(source, frontmatter::read(source).body_start(source));
            let anchors = Anchors::of(source, &body, [anchor.into()].into_iter());
            Some(anchors.find(source, anchor).unwrap_or(start))
        }
        SubjectKind::StageOf(name) => {
            let facts =
                crate::facts(source, path, root).filter(|facts| name::same(&facts.component, name))?;
            Some(facts.stage.filter(|stage| stage.stage.is_some())?.range)
        }
        SubjectKind::Component(name) => match crate::facts(source, path, root) {
            Some(facts) if name::same(&facts.component, name) => {
                Some(facts.name_range.unwrap_or(facts.headline))
            }
            Some(_) => None,
            None => {
                let of_component = root.components.as_deref()?.layout().component_of(path)?;
                name::same(&of_component.name, name).then_some(start)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use expect_test::{Expect, expect};

    /// Where definition leads from `needle` in a file.
    fn go(fixture: &Fixture, path: &str, needle: &str) -> String {
        let text = fixture.text(path);
        let source = Source::Str(text);
        let file = ComponentFile::of_path(source, path, &fixture.root).unwrap();
        let offset = text.find(needle).unwrap();
        let Some(subject) = subject_at(&file, source, path, &fixture.root, offset) else {
            return format!("{needle}: nothing");
        };
        for path in definition_paths(&fixture.root, &subject.kind) {
            let target = Source::Str(fixture.text(&path));
            if let Some(at) = definition_in(target, &path, &fixture.root, &subject.kind) {
                let (place, what) = (fixture.place(&path, at), &fixture.text(&path)[at]);
                return format!("{needle}: {:?} -> {path} {place} {what:?}", &text[subject.range]);
            }
        }
        format!("{needle}: {:?} -> nowhere", &text[subject.range])
    }

    fn check(fixture: &str, path: &str, needles: &[&str], expected: &Expect) {
        let fixture = Fixture::new(fixture);
        let all: Vec<_> = needles.iter().map(|needle| go(&fixture, path, needle)).collect();
        expected.assert_eq(&(all.join("\n") + "\n"));
    }

    #[test]
    fn names_stages_and_links_lead_to_where_they_come_from() {
        check(
            "\
//- specs/app.md
# App 🎉

**Component Name:** app
**Target Stage:** staging

See [the cache](redis.md#how-it-works), [here](#dependencies), [[redis]], [gone](gone.md), [web](https://x.y).

## Dependencies

### Required Components

- `redis` (staging) - cache
- `graph` (development) - `plain`
- `plain` (development)
- `lost` (staging)
//- specs/redis.md
# Redis

**Component Name:** redis
**Status:** Development
**Target Stage:** staging

## How it works
//- src/redis/MATURITY.md
# Redis Maturity Status

**Current Stage**: Staging 🎉
//- src/graph/MATURITY.md
# Graph Maturity Status
//- src/plain/__init__.py
__maturity__ = \"development\"
//- src/bare/__init__.py
",
            "specs/app.md",
            &[
                "app\n",
                "redis` (s",
                "staging) - c",
                "graph",
                "development) - `pl",
                "plain",
                "development)\n",
                "lost",
                "redis.md",
                "#dependencies",
                "redis]]",
                "gone.md",
                "https",
                "cache](",
                "## Dep",
            ],
            &expect![[r##"
                app
                : "app" -> specs/app.md 2:20-2:23 "app"
                redis` (s: "redis" -> specs/redis.md 2:20-2:25 "redis"
                staging) - c: "staging" -> src/redis/MATURITY.md 2:19-2:29 "Staging 🎉"
                graph: "graph" -> src/graph/MATURITY.md 0:2-0:23 "Graph Maturity Status"
                development) - `pl: "development" -> nowhere
                plain: "plain" -> src/plain/__init__.py 0:0-0:12 "__maturity__"
                development)
                : "development" -> src/plain/__init__.py 0:16-0:27 "development"
                lost: "lost" -> nowhere
                redis.md: "redis.md#how-it-works" -> specs/redis.md 6:3-6:15 "How it works"
                #dependencies: "#dependencies" -> specs/app.md 7:3-7:15 "Dependencies"
                redis]]: "redis" -> specs/redis.md 2:20-2:25 "redis"
                gone.md: "gone.md" -> nowhere
                https: nothing
                cache](: nothing
                ## Dep: nothing
            "##]],
        );
    }
}
