//! The files and folders that carry a component's name, and texts that name them.

use std::cmp::Reverse;

use super::Inside;
use crate::component::stem;
use crate::components::Component;
use crate::layout::Place;
use crate::links;
use crate::name;

/// A file or folder to rename.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathRename {
    /// As it is, relative to the root.
    pub old: String,
    /// As it will be, in the same folder.
    pub new: String,
    /// Whether it is the spec, which goes with the name; code is renamed only when the user says so.
    pub spec: bool,
}

/// Returns every path to rename, in the order in which that has to be done: specs first, and what lies in a folder before
/// the folder. Of code none lies within another.
pub(super) fn of_component(
    component: &Component,
    place: Option<&Place>,
    styled: impl Fn(&str) -> String,
) -> Vec<PathRename> {
    let canonical = name::canonical(&component.name);
    let mut found: Vec<PathRename> = Vec::new();
    let mut add = |old: &str, new: String, spec: bool| {
        // A spec has its name from itself, whatever the folders above it are called.
        let known = found.iter().any(|known| known.old == old || (!spec && is_below(old, &known.old)));
        if !known && old != new {
            found.retain(|known| known.spec || !is_below(&known.old, old));
            found.push(PathRename { old: old.to_owned(), new, spec });
        }
    };
    for spec in &component.specs {
        let Some(old) = named_by(&spec.path, &canonical) else { continue };
        let (above, last) = old.rsplit_once('/').unwrap_or(("", old));
        if old == &*spec.path {
            let written = stem(last);
            add(old, in_folder(above, &format!("{}{}", styled(written), &last[written.len()..])), true);
        } else if spec.facts.name_range.is_none() {
            add(old, in_folder(above, &styled(last)), true);
        }
    }
    let place =
        place.into_iter().flat_map(|place| place.source.iter().chain(&place.docs_only).chain(&place.tests));
    let stated =
        component.maturity.iter().chain(&component.code).filter(|file| file.facts.name_range.is_none());
    let folders = stated.filter_map(|file| Some(file.path.rsplit_once('/')?.0));
    for path in place.map(|path| &**path).chain(folders) {
        if let Some((old, new)) = renamed(path, &canonical, &styled) {
            add(old, new, false);
        }
    }
    found.sort_by_key(|path| (!path.spec, Reverse(path.old.matches('/').count()), path.old.clone()));
    found
}

/// Returns the path that gives a spec its name, where nothing in it does: its own, or that of its folder.
pub(super) fn named_by<'a>(spec: &'a str, canonical: &str) -> Option<&'a str> {
    let folder = spec.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_named = |name: &str| name::canonical(name) == canonical;
    if is_named(stem(last(spec))) { Some(spec) } else { Some(folder).filter(|folder| is_named(last(folder))) }
}

/// Returns the part of `path` up to its last segment with the name, as it is and as it will be.
fn renamed<'a>(
    path: &'a str,
    canonical: &str,
    styled: &impl Fn(&str) -> String,
) -> Option<(&'a str, String)> {
    let mut end = path.len();
    loop {
        let start = path[..end].rfind('/').map_or(0, |slash| slash + 1);
        let segment = &path[start..end];
        if let Some(at) = find_name(segment, canonical) {
            let written = &segment[at..at + canonical.len()];
            let mut new = styled(written);
            // A module of Python cannot be called otherwise.
            if segment.ends_with(".py") {
                new = new.replace('-', "_");
            }
            let new = format!("{}{new}{}", &path[..start + at], &segment[at + canonical.len()..]);
            return Some((&path[..end], new));
        }
        end = start.checked_sub(1)?;
    }
}

/// Finds the name in a segment such as `test_price_list_more.py`: not as a part of a word.
fn find_name(segment: &str, canonical: &str) -> Option<usize> {
    let plain = name::canonical(segment);
    if !segment.is_ascii() || plain.len() != segment.len() || canonical.is_empty() {
        return None;
    }
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut places = plain.match_indices(canonical);
    let free = |at: usize| {
        !in_word(plain[..at].chars().next_back()) && !in_word(plain[at + canonical.len()..].chars().next())
    };
    places.find(|(at, _)| free(*at)).map(|(at, _)| at)
}

fn in_folder(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether `path` lies below `folder`.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Returns the last segment of a path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl PathRename {
    /// Whether the file at `path` is or lies in what is renamed.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        path == self.old || is_below(path, &self.old)
    }

    /// Returns the change of `text` where it is a path from the root that is renamed: `src/calc`, `./src/calc/**`.
    pub(super) fn in_path(&self, text: &str) -> Option<Inside> {
        let lead = ["./", "/"].iter().find(|lead| text.starts_with(**lead)).map_or(0, |lead| lead.len());
        // A name alone is a mention of the component, not of a path.
        if !self.old.contains('/') || !self.holds(&text[lead..]) {
            return None;
        }
        let end = lead + self.old.len();
        Some(self.inside(end - last(&self.old).len(), end))
    }

    /// Returns the change of the destination of a link that leads to `target`.
    pub(super) fn in_link(&self, destination: &str, target: &str) -> Option<Inside> {
        if !self.holds(target) {
            return None;
        }
        let below = target[self.old.len()..].matches('/').count();
        let (path, _) = links::split(destination);
        let path = path.trim_end_matches('/');
        let mut end = path.len();
        for _ in 0..below {
            end = path[..end].rfind('/')?;
        }
        let start = path[..end].rfind('/').map_or(0, |slash| slash + 1);
        // A link from within the folder does not name it.
        (links::decode(&path[start..end]) == last(&self.old)).then(|| self.inside(start, end))
    }

    fn inside(&self, start: usize, end: usize) -> Inside {
        Inside { start, end, new_text: last(&self.new).to_owned(), with_folders: !self.spec }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_whole() {
        let styled = |_: &str| "new-one".to_owned();
        let new =
            |path: &str| renamed(path, "price_list", &styled).map(|(old, new)| format!("{old} -> {new}"));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(new("src/price-list"), some("src/price-list -> src/new-one"));
        assert_eq!(new("src/price_list/tests"), some("src/price_list -> src/new-one"));
        assert_eq!(
            new("tests/test_price_list_x.py"),
            some("tests/test_price_list_x.py -> tests/test_new_one_x.py")
        );
        assert_eq!(new("src/price_lists"), None);
        assert_eq!(new("src/naïve"), None);
    }

    #[test]
    fn links_name_what_is_renamed() {
        let moved = PathRename { old: "src/calc".into(), new: "src/x".into(), spec: false };
        let link = |destination: &str, target: &str| {
            moved
                .in_link(destination, target)
                .map(|i| format!("{}{}{}", &destination[..i.start], i.new_text, &destination[i.end..]))
        };
        assert_eq!(link("../src/calc/a/b.py#c", "src/calc/a/b.py").as_deref(), Some("../src/x/a/b.py#c"));
        assert_eq!(link("../src/%63alc/", "src/calc").as_deref(), Some("../src/x/"));
        assert_eq!(link("a.py", "src/calc/a.py"), None);
        assert_eq!(link("../src/calculator/a.py", "src/calculator/a.py"), None);
    }
}
