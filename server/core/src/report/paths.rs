//! From a path in a report to one of the workspace.

use std::borrow::Cow;
use std::fmt;

/// Where a tool ran, which its paths are relative to.
#[derive(Clone, Copy, Debug)]
pub struct ReadContext<'a> {
    /// The absolute path of the workspace, links resolved.
    pub root: &'a str,
    /// The folder in which the tool ran, relative to the workspace with `/`; empty for the workspace itself.
    pub folder: &'a str,
    /// Whether there is a file at a path of the workspace. Only Cobertura needs it, where a report names several source
    /// folders and not which of them a file is in.
    pub is_file: Option<&'a dyn IsFile>,
}

/// Whether there is a file at a path of the workspace; any function of a path is one.
pub trait IsFile {
    /// Whether there is a file at `path`, which is relative to the workspace.
    fn is_file(&self, path: &str) -> bool;
}

impl<F: Fn(&str) -> bool> IsFile for F {
    fn is_file(&self, path: &str) -> bool {
        self(path)
    }
}

impl fmt::Debug for dyn IsFile + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IsFile")
    }
}

/// The path of a file in a report.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReportPath {
    /// Relative to the workspace with `/`, without `.` and `..`; where [`ReportPath::outside`] is set, as in the report.
    pub path: Box<str>,
    /// Whether it is outside of the workspace, or not a file (`<string>`, another URI scheme).
    pub outside: bool,
}

impl fmt::Display for ReportPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl<'a> ReadContext<'a> {
    /// For a tool that ran in `folder` (relative; empty for the root) of the workspace at `root` (absolute).
    #[must_use]
    pub const fn new(root: &'a str, folder: &'a str) -> ReadContext<'a> {
        ReadContext { root, folder, is_file: None }
    }

    /// The path `raw` of a report: absolute, relative to the folder of the tool, or a `file:` URI; with `/` or `\`.
    #[must_use]
    pub fn path(&self, raw: &str) -> ReportPath {
        self.path_in(self.folder, raw)
    }

    /// The path of a percent-encoded URI reference, as SARIF has it: `src/a%20b.py`, `file:///work/src/a.py`.
    #[must_use]
    pub fn uri(&self, raw: &str) -> ReportPath {
        if is_file_uri(raw) {
            return self.path(raw);
        }
        if has_other_scheme(raw) {
            return outside(raw);
        }
        match percent_encoding::percent_decode_str(raw).decode_utf8() {
            Ok(path) => self.path(&path),
            Err(_) => outside(raw),
        }
    }

    /// As [`ReadContext::path`], relative to `folder`, which may be absolute too.
    #[must_use]
    pub fn path_in(&self, folder: &str, raw: &str) -> ReportPath {
        if raw.is_empty() || raw.starts_with('<') {
            return outside(raw);
        }
        let Some(path) = plain(raw) else { return outside(raw) };
        let relative = if is_absolute(&path) {
            below(&path, self.root).map(Cow::Borrowed)
        } else {
            let folder = plain(folder).unwrap_or_default();
            let folder = if is_absolute(&folder) { below(&folder, self.root) } else { Some(&*folder) };
            folder.map(|folder| Cow::Owned(format!("{folder}/{path}")))
        };
        match relative.and_then(|path| resolved(&path)) {
            Some(path) if !path.is_empty() => ReportPath { path: path.into(), outside: false },
            _ => outside(raw),
        }
    }
}

fn outside(raw: &str) -> ReportPath {
    ReportPath { path: raw.into(), outside: true }
}

fn is_file_uri(raw: &str) -> bool {
    raw.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"))
}

/// Whether `raw` is a URI of another kind than a file: `https://...`, `vscode-notebook-cell:...`. One letter is a drive.
fn has_other_scheme(raw: &str) -> bool {
    let Some((scheme, _)) = raw.split_once(':') else { return false };
    scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !is_file_uri(raw)
}

/// `raw` with `/`, and without `file:` and the prefix of long Windows paths; `None` where it is no UTF-8.
fn plain(raw: &str) -> Option<Cow<'_, str>> {
    if is_file_uri(raw) {
        let path = &raw[5..];
        // `file:///work` and `file://localhost/work`; another host is another machine, and stays `//host/...`.
        let path = path.strip_prefix("//localhost/").map_or(path, |_| &path["//localhost".len()..]);
        let path = path.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(path);
        let path = percent_encoding::percent_decode_str(path).decode_utf8().ok()?.replace('\\', "/");
        // `/C:/work` is `C:/work`.
        return Some(match path.strip_prefix('/') {
            Some(drive) if has_drive(drive) => Cow::Owned(drive.to_owned()),
            _ => Cow::Owned(path),
        });
    }
    let path = if raw.contains('\\') { Cow::Owned(raw.replace('\\', "/")) } else { Cow::Borrowed(raw) };
    Some(match path.strip_prefix("//?/") {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => path,
    })
}

/// Whether `path`, with `/` or `\`, starts at a root or a drive.
pub(super) fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\'])
        || matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
}

/// The part of the absolute `path` below `root`; without regard to case where it has a drive, as Windows does.
fn below<'p>(path: &'p str, root: &str) -> Option<&'p str> {
    let root = plain(root)?;
    let root = root.trim_end_matches('/');
    let start = path.get(..root.len())?;
    let same = start == root || (has_drive(path) && start.eq_ignore_ascii_case(root));
    let rest = &path[root.len()..];
    (same && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

/// `path` without empty segments, `.` and `..`; `None` where it leaves the workspace.
fn resolved(path: &str) -> Option<String> {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn shown(root: &str, folder: &str, paths: &[&str]) -> String {
        let cx = ReadContext::new(root, folder);
        let mut shown = String::new();
        for raw in paths {
            let path = cx.uri(raw);
            let mark = if path.outside { " (outside)" } else { "" };
            shown.push_str(&format!("{raw} -> {}{mark}\n", path.path));
        }
        shown
    }

    #[test]
    fn paths_become_relative_to_the_workspace() {
        let paths = [
            "src/a.py",
            "./src//a.py",
            "src\\a.py",
            "../b/c.py",
            "../../c.py",
            "/work/src/a.py",
            "/work/pkg/../src/a.py",
            "/work/../etc/passwd",
            "/work",
            "/workshop/a.py",
            "/other/a.py",
            "file:///work/src/a%20b.py",
            "file:/work/src/a.py",
            "file://localhost/work/src/a.py",
            "file://server/work/src/a.py",
            "src/a%20b.py",
            "src/%FF.py",
            "https://example.org/a.py",
            "<string>",
            "",
            "C:\\work\\a.py",
        ];
        expect![[r#"
            src/a.py -> pkg/src/a.py
            ./src//a.py -> pkg/src/a.py
            src\a.py -> pkg/src/a.py
            ../b/c.py -> b/c.py
            ../../c.py -> ../../c.py (outside)
            /work/src/a.py -> src/a.py
            /work/pkg/../src/a.py -> src/a.py
            /work/../etc/passwd -> /work/../etc/passwd (outside)
            /work -> /work (outside)
            /workshop/a.py -> /workshop/a.py (outside)
            /other/a.py -> /other/a.py (outside)
            file:///work/src/a%20b.py -> src/a b.py
            file:/work/src/a.py -> src/a.py
            file://localhost/work/src/a.py -> src/a.py
            file://server/work/src/a.py -> file://server/work/src/a.py (outside)
            src/a%20b.py -> pkg/src/a b.py
            src/%FF.py -> src/%FF.py (outside)
            https://example.org/a.py -> https://example.org/a.py (outside)
            <string> -> <string> (outside)
             ->  (outside)
            C:\work\a.py -> C:\work\a.py (outside)
        "#]]
        .assert_eq(&shown("/work/", "pkg", &paths));
    }

    #[test]
    fn windows_paths_have_drives() {
        let paths = [
            "C:\\Work\\src\\a.py",
            "c:/work/src/a.py",
            "\\\\?\\C:\\work\\src\\a.py",
            "file:///C:/work/src/a.py",
            "file:///c%3A/work/src/a.py",
            "D:\\work\\a.py",
            "src\\a.py",
        ];
        expect![[r#"
            C:\Work\src\a.py -> src/a.py
            c:/work/src/a.py -> src/a.py
            \\?\C:\work\src\a.py -> src/a.py
            file:///C:/work/src/a.py -> src/a.py
            file:///c%3A/work/src/a.py -> src/a.py
            D:\work\a.py -> D:\work\a.py (outside)
            src\a.py -> src/a.py
        "#]]
        .assert_eq(&shown("C:\\work", "", &paths));
    }

    #[test]
    fn a_literal_path_may_have_a_percent_sign() {
        let cx = ReadContext::new("/work", "");
        assert_eq!(&*cx.path("src/100%25.py").path, "src/100%25.py");
        assert_eq!(&*cx.path_in("/work/src", "a.py").path, "src/a.py");
        assert!(cx.path_in("/elsewhere", "a.py").outside);
    }
}
