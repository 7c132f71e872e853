//! A pattern such as `tests/test_<component>_*.py`: a path with one placeholder.

use crate::config::stays_inside;

/// What stands for the name of a component.
pub const PLACEHOLDER: &str = "<component>";

/// Longest pattern, in bytes. Real ones are far shorter.
const MAX_PATTERN_BYTES: usize = 1024;

/// A path below the root, with `/`, that holds [`PLACEHOLDER`] exactly once. `*` stands for any text within one name,
/// but not before the placeholder in the same name, where it could not be told what the component is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutPattern {
    pattern: Box<str>,
    /// The names before the one with the placeholder.
    before: Vec<Wild>,
    /// What the name with the placeholder starts with.
    prefix: Box<str>,
    /// What it ends with.
    suffix: Wild,
    /// The names behind it.
    after: Vec<Wild>,
    /// How many of `before` have no `*`.
    fixed: usize,
}

/// Why a pattern is invalid: one sentence without a final dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutPatternError(pub String);

impl std::fmt::Display for LayoutPatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LayoutPatternError {}

/// A path, or the start of one, that a pattern matches.
pub(super) struct Found<'a> {
    /// The path up to the last name of the pattern.
    pub(super) path: &'a str,
    /// Whether it is a folder: the path goes on.
    pub(super) is_folder: bool,
    /// What stands behind the prefix of the name with the placeholder: the component, and the suffix.
    pub(super) name: &'a str,
}

impl LayoutPattern {
    /// Reads `pattern`. A leading `./` and a trailing `/` mean nothing.
    ///
    /// # Errors
    /// Returns what is wrong with the pattern.
    pub fn new(pattern: &str) -> Result<LayoutPattern, LayoutPatternError> {
        let error = |message: &str| Err(LayoutPatternError(message.to_owned()));
        if pattern.len() > MAX_PATTERN_BYTES {
            return Err(LayoutPatternError(format!("it is longer than {MAX_PATTERN_BYTES} bytes")));
        }
        if !pattern.is_empty() && !stays_inside(pattern) {
            return error("it leaves the workspace; expected a path below its root");
        }
        if pattern.contains('\\') {
            return error("it has a backslash; expected `/` between folders");
        }
        if pattern.contains("**") {
            return error("`**` is not read here; expected `*`, within one name");
        }
        let (head, tail) = match pattern.split_once(PLACEHOLDER) {
            Some((_, tail)) if tail.contains(PLACEHOLDER) => {
                return error("it has `<component>` more than once; expected it once");
            }
            Some(parts) => parts,
            None => return error("it has no `<component>`; expected it once"),
        };
        let names = |text: &str| -> Vec<Wild> {
            text.split('/').filter(|name| !matches!(*name, "" | ".")).map(Wild::new).collect()
        };
        let (folders, prefix) = head.rsplit_once('/').unwrap_or(("", head));
        let (suffix, rest) = tail.split_once('/').unwrap_or((tail, ""));
        if prefix.contains('*') {
            return error("it has a `*` before `<component>` in one name; expected it behind, or not at all");
        }
        let before = names(folders);
        let fixed = before.iter().take_while(|name| name.literal().is_some()).count();
        Ok(LayoutPattern {
            pattern: pattern.into(),
            before,
            prefix: prefix.into(),
            suffix: Wild::new(suffix),
            after: names(rest),
            fixed,
        })
    }

    /// The pattern as written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The folder that everything the pattern matches lies in; `""` for the root.
    pub(super) fn folder(&self) -> String {
        let fixed: Vec<_> = self.before.iter().take(self.fixed).filter_map(Wild::literal).collect();
        fixed.join("/")
    }

    /// Whether the pattern ends with the placeholder alone: `src/<component>`.
    pub(super) fn ends_with_name(&self) -> bool {
        self.after.is_empty() && self.prefix.is_empty() && self.suffix.literal() == Some("")
    }

    /// What follows the component in its name.
    pub(super) fn suffix(&self) -> &Wild {
        &self.suffix
    }

    /// Matches the start of `path`, which lies in [`Self::folder`]; the suffix is left for the caller to match.
    pub(super) fn find<'a>(&self, path: &'a str) -> Option<Found<'a>> {
        let mut rest = path;
        let mut ended = false;
        let mut next = || {
            if ended {
                return None;
            }
            let (name, below) = rest.split_once('/').unwrap_or_else(|| {
                ended = true;
                (rest, "")
            });
            rest = below;
            Some((name, path.len() - below.len()))
        };
        for (index, wild) in self.before.iter().enumerate() {
            let (name, _) = next()?;
            if index >= self.fixed && !wild.is_match(name) {
                return None;
            }
        }
        let (name, mut end) = next()?;
        let name = name.strip_prefix(&*self.prefix)?;
        for wild in &self.after {
            let (name, at) = next()?;
            if !wild.is_match(name) {
                return None;
            }
            end = at;
        }
        Some(Found { path: path[..end].trim_end_matches('/'), is_folder: !ended, name })
    }
}

/// One name of a path, in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wild {
    /// The texts between the stars; one more than there are stars.
    parts: Box<[Box<str>]>,
}

impl Wild {
    fn new(text: &str) -> Wild {
        Wild { parts: text.split('*').map(Box::from).collect() }
    }

    /// The text, if there is no `*` in it.
    pub(super) fn literal(&self) -> Option<&str> {
        if let [text] = &*self.parts { Some(text) } else { None }
    }

    pub(super) fn is_match(&self, name: &str) -> bool {
        let Some((first, parts)) = self.parts.split_first() else { return false };
        let Some((last, middle)) = parts.split_last() else { return **first == *name };
        let Some(mut rest) = name.strip_prefix(&**first) else { return false };
        for part in middle {
            let Some(at) = rest.find(&**part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(&**last)
    }

    /// Returns the lengths of the starts of `name` that leave a match: the longest first.
    pub(super) fn splits<'a>(&'a self, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        let ends = if let Some(literal) = self.literal() {
            // There is one way at most.
            let at = name.len().checked_sub(literal.len()).filter(|_| name.ends_with(literal));
            at.map_or(0..0, |at| at..at + 1)
        } else {
            0..name.len() + 1
        };
        ends.rev().filter(|&at| name.get(at..).is_some_and(|rest| self.is_match(rest)))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wrong_patterns_say_what_is_wrong() {
        let patterns = [
            "",
            "src",
            "/src/<component>",
            "../<component>",
            "src/../../<component>",
            "C:/<component>",
            "src\\<component>",
            "src/**/<component>",
            "<component>/<component>",
            "src/*_<component>",
            "src/<Component>",
            "src/<component>",
            "./src//<component>/",
            "packages/*/<component>/src",
        ];
        let lines: String = patterns
            .iter()
            .map(|pattern| match LayoutPattern::new(pattern) {
                Ok(found) => format!("{pattern:?}: in {:?}\n", found.folder()),
                Err(error) => format!("{pattern:?}: {error}\n"),
            })
            .collect();
        expect![[r#"
            "": it has no `<component>`; expected it once
            "src": it has no `<component>`; expected it once
            "/src/<component>": it leaves the workspace; expected a path below its root
            "../<component>": it leaves the workspace; expected a path below its root
            "src/../../<component>": it leaves the workspace; expected a path below its root
            "C:/<component>": it leaves the workspace; expected a path below its root
            "src\\<component>": it has a backslash; expected `/` between folders
            "src/**/<component>": `**` is not read here; expected `*`, within one name
            "<component>/<component>": it has `<component>` more than once; expected it once
            "src/*_<component>": it has a `*` before `<component>` in one name; expected it behind, or not at all
            "src/<Component>": it has no `<component>`; expected it once
            "src/<component>": in "src"
            "./src//<component>/": in "src"
            "packages/*/<component>/src": in "packages"
        "#]].assert_eq(&lines);
    }

    #[test]
    fn a_path_is_matched_up_to_the_last_name() {
        let found = |pattern: &str, path: &str| {
            let pattern = LayoutPattern::new(pattern).unwrap();
            pattern.find(path).map(|found| format!("{} {} {}", found.path, found.name, found.is_folder))
        };
        assert_eq!(found("src/<component>", "src/a/b.py").unwrap(), "src/a a true");
        assert_eq!(found("src/<component>", "src/a.py").unwrap(), "src/a.py a.py false");
        assert_eq!(found("src/<component>", "src"), None);
        assert_eq!(found("p/*/<component>/src", "p/x/a/src/l/m").unwrap(), "p/x/a/src a true");
        assert_eq!(found("p/*x/<component>", "p/y/a/src"), None);
        assert_eq!(found("t/test_<component>_*.py", "t/test_a_b.py").unwrap(), "t/test_a_b.py a_b.py false");
        assert_eq!(found("t/test_<component>_*.py", "t/a_b.py"), None);
    }

    proptest! {
        #[test]
        fn names_match_as_globs_do(pattern in "[ab*_]{0,6}", name in "[ab_\u{e9}]{0,8}") {
            let wild = Wild::new(&pattern);
            let glob = globset::GlobBuilder::new(&pattern).literal_separator(true).build().unwrap().compile_matcher();
            prop_assert_eq!(wild.is_match(&name), glob.is_match(&name), "{} {}", pattern, name);
            let splits: Vec<_> = wild.splits(&name).collect();
            let slow: Vec<_> =
                (0..=name.len()).rev().filter(|at| name.is_char_boundary(*at) && glob.is_match(&name[*at..])).collect();
            prop_assert_eq!(splits, slow);
        }
    }
}
