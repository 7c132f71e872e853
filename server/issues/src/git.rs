//! The remote of a git repository, read from its files. Git is not started, so nothing it is configured to run runs.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::remote::{Remote, Repository};

/// Largest configuration of git that is read, in bytes.
const MAX_CONFIG: u64 = 1024 * 1024;

/// A remote of a configuration.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    name: String,
    remote: Option<Remote>,
    /// `gh-resolved`: what the user chose with `gh repo set-default`.
    chosen: Option<Chosen>,
}

#[derive(Debug, PartialEq, Eq)]
enum Chosen {
    /// The remote itself.
    Itself,
    /// Another repository of the same host.
    Other(Repository),
}

/// Returns the remote whose issues are meant in `folder`: the one chosen with `gh repo set-default`, else `origin`,
/// else the only one. None where there is no repository or no such remote.
#[must_use]
pub fn remote(folder: &Path) -> Option<Remote> {
    let config = folder.ancestors().find_map(config_file)?;
    choose(entries(&read_bounded(&config)?))
}

fn choose(entries: Vec<Entry>) -> Option<Remote> {
    if let Some(entry) = entries.iter().find(|entry| entry.chosen.is_some() && entry.remote.is_some()) {
        let mut remote = entry.remote.clone()?;
        if let Some(Chosen::Other(repository)) = &entry.chosen {
            remote.repository = repository.clone();
        }
        return Some(remote);
    }
    let only = entries.len() == 1;
    entries.into_iter().find(|entry| entry.name == "origin" || only)?.remote
}

/// Returns the configuration of the repository whose work tree is `folder`, if it is one.
fn config_file(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    let metadata = std::fs::metadata(&git).ok()?;
    if metadata.is_dir() {
        let config = git.join("config");
        return config.is_file().then_some(config);
    }
    // A worktree or a submodule: `.git` says where the folder of git is.
    let text = read_bounded(&git)?;
    let folder = folder.join(text.strip_prefix("gitdir:")?.trim());
    // A worktree shares the configuration of its repository.
    let common = match read_bounded(&folder.join("commondir")) {
        Some(common) => folder.join(common.trim()),
        None => folder,
    };
    let config = common.join("config");
    config.is_file().then_some(config)
}

fn read_bounded(path: &Path) -> Option<String> {
    // Opening a pipe would wait for its writer.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let file = std::fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_CONFIG + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MAX_CONFIG).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads the remotes of a configuration, in order. What is not understood is passed over.
fn entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut current = None;
    for line in logical_lines(text) {
        let mut line = line.trim();
        if let Some(rest) = line.strip_prefix('[') {
            let Some((header, after)) = header(rest) else { continue };
            current = header.map(|name| {
                entries.iter().position(|entry| entry.name == name).unwrap_or_else(|| {
                    entries.push(Entry { name, ..Entry::default() });
                    entries.len() - 1
                })
            });
            line = after.trim();
        }
        let Some(entry) = current.and_then(|at: usize| entries.get_mut(at)) else { continue };
        let Some((key, raw)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), value(raw));
        // Of several URLs the first is the one that is fetched from.
        if key.eq_ignore_ascii_case("url") && entry.remote.is_none() {
            entry.remote = Remote::parse(&value);
        } else if key.eq_ignore_ascii_case("gh-resolved") {
            entry.chosen = match value.as_str() {
                "base" => Some(Chosen::Itself),
                other => Repository::parse(other).map(Chosen::Other),
            };
        }
    }
    entries
}

/// Lines, where a backslash at the end joins the next one.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Option<String> = None;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let mut whole = open.take().unwrap_or_default();
        let comment = whole.is_empty() && line.trim_start().starts_with(['#', ';']);
        let backslashes = line.bytes().rev().take_while(|b| *b == b'\\').count();
        if backslashes % 2 == 1 && !comment {
            whole.push_str(&line[..line.len() - 1]);
            open = Some(whole);
        } else {
            whole.push_str(line);
            lines.push(whole);
        }
    }
    lines.extend(open);
    lines
}

/// Reads what follows `[`: the name of a remote, or none for another section, and what stands after `]`.
fn header(text: &str) -> Option<(Option<String>, &str)> {
    let Some(quote) = text.find('"').filter(|quote| !text[..*quote].contains(']')) else {
        let (section, after) = text.split_once(']')?;
        // The old form `[remote.origin]`.
        let name = section.split_once('.').filter(|(section, _)| section.eq_ignore_ascii_case("remote"));
        return Some((name.map(|(_, name)| name.to_ascii_lowercase()), after));
    };
    let mut name = String::new();
    let mut chars = text[quote + 1..].char_indices();
    let end = loop {
        match chars.next()? {
            (_, '\\') => name.push(chars.next()?.1),
            (at, '"') => break quote + 1 + at + 1,
            (_, c) => name.push(c),
        }
    };
    let after = text[end..].trim_start().strip_prefix(']')?;
    Some((text[..quote].trim().eq_ignore_ascii_case("remote").then_some(name), after))
}

/// Reads a value: quotes, escapes, and a comment at its end.
fn value(raw: &str) -> String {
    let mut value = String::new();
    let mut quoted = false;
    let mut chars = raw.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(c) => value.push(c),
                None => {}
            },
            '#' | ';' if !quoted => break,
            c => value.push(c),
        }
    }
    value.trim_end().to_owned()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the tests write repositories to read")]
mod tests {
    use super::*;

    fn chosen(text: &str) -> String {
        choose(entries(text))
            .map_or("-".to_owned(), |remote| format!("{} {}", remote.host, remote.repository))
    }

    #[test]
    fn configurations() {
        for (text, expected) in [
            ("", "-"),
            ("[core]\n\turl = https://github.com/a/b\n", "-"),
            (
                "[remote \"origin\"]\n\turl = https://github.com/a/b.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
                "github.com a/b",
            ),
            (
                "[remote \"fork\"]\nurl=git@github.com:me/b\n[remote \"origin\"]\nurl=git@github.com:a/b\n",
                "github.com a/b",
            ),
            ("[remote \"upstream\"]\nurl=git@github.com:a/b\n", "github.com a/b"),
            ("[remote \"one\"]\nurl=git@github.com:a/b\n[remote \"two\"]\nurl=git@github.com:c/d\n", "-"),
            ("[Remote \"origin\"] URL = \"https://github.com/a/b\" # ours\n", "github.com a/b"),
            (
                "[remote \"origin\"]\n# url = https://github.com/no/no\n; \\\nurl = https://github.com/a/\\\nb\n",
                "github.com a/b",
            ),
            ("[remote \"origin\"]\nurl = /srv/b.git\n", "-"),
            (
                "[remote \"origin\"]\nurl = git@github.com:me/b\n[remote \"up\\\"stream\"]\nurl = git@github.com:a/b\ngh-resolved = base\n",
                "github.com a/b",
            ),
            ("[remote \"origin\"]\nurl = git@github.com:me/b\ngh-resolved = a/b\n", "github.com a/b"),
            ("[remote.origin]\nurl = git@github.com:a/b\n", "github.com a/b"),
            ("[remote \"origin\"\nurl = x\n[", "-"),
            (
                "[branch \"x\"]\nremote = y\n[remote \"origin\"]\npushurl = git@github.com:no/no\nurl = git@github.com:a/b\n",
                "github.com a/b",
            ),
        ] {
            assert_eq!(chosen(text), expected, "{text}");
        }
    }

    #[test]
    fn worktrees_and_folders_below() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["main/.git/worktrees/wt", "main/src/deep", "wt/src"] {
            std::fs::create_dir_all(at(path)).unwrap();
        }
        std::fs::write(at("main/.git/config"), "[remote \"origin\"]\nurl = git@github.com:a/b\n").unwrap();
        std::fs::write(at("wt/.git"), "gitdir: ../main/.git/worktrees/wt\n").unwrap();
        std::fs::write(at("main/.git/worktrees/wt/commondir"), "../..\n").unwrap();
        for path in ["main", "main/src/deep", "wt", "wt/src"] {
            assert_eq!(
                remote(&at(path)).map(|remote| remote.repository.to_string()).as_deref(),
                Some("a/b"),
                "{path}"
            );
        }
        assert_eq!(remote(folder.path()), None);
    }
}
