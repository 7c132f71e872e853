//! Whether a file of source holds anything that a coverage tool could count.
//!
//! A report that leaves out a file is no proof of the component's coverage, unless there is nothing in the file to
//! measure: an empty `__init__.py`, a file of types.

use crate::report::{Coverage, Format};

/// The source files of a component, as a coverage report has to name them.
#[derive(Clone, Copy)]
pub struct OwnFiles<'a> {
    /// Their paths, relative to the root; of any language, without tests.
    pub paths: &'a [&'a str],
    /// Reads one of them; `None` where it cannot be read, so that nobody knows what it holds.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

impl OwnFiles<'_> {
    /// No files: for reports that are not about coverage.
    pub const NONE: OwnFiles<'static> = OwnFiles { paths: &[], read: &|_| None };

    /// Returns the files with statements that `coverage` does not name, in order. Only those of the languages that the
    /// report measures: what coverage.py writes is about Python, another report about what it names of the component.
    pub(super) fn left_out(&self, coverage: &Coverage, format: Format) -> Vec<&str> {
        let is_named = |path: &str| coverage.file(path).is_some();
        let named = || self.paths.iter().copied().filter(|path| is_named(path)).filter_map(extension);
        let mut measured: Vec<&str> = match format {
            Format::CoveragePy => vec!["py"],
            _ => named().collect(),
        };
        measured.sort_unstable();
        measured.dedup();
        let is_measured = |path: &str| extension(path).is_some_and(|extension| measured.contains(&extension));
        let unnamed = self.paths.iter().copied().filter(|path| is_measured(path) && !is_named(path));
        let mut found: Vec<&str> =
            unnamed.filter(|path| !is_test(path) && self.has_statements(path)).collect();
        found.sort_unstable();
        found
    }

    fn has_statements(&self, path: &str) -> bool {
        let Some(text) = (self.read)(path) else { return true };
        match extension(path) {
            Some("py") => python(&text),
            // A file of modules, constants and types has no line that could run.
            Some("rs") => has_word(&text, "//", &["fn"]),
            Some("ts" | "tsx" | "mts" | "cts") if path.contains(".d.") => false,
            Some("ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs") => {
                let words = ["function", "class", "const", "let", "var", "return", "new", "enum", "throw"];
                text.contains("=>") || has_word(&text, "//", &words)
            }
            _ => text.lines().any(|line| !line.trim().is_empty()),
        }
    }
}

fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    name.rsplit_once('.').map(|(_, extension)| extension)
}

/// Whether a file beside the source is a test by its name; coverage tools leave those out.
fn is_test(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let ends =
        |word: &str| stem.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    stem.starts_with("test_")
        || stem == "conftest"
        || ends("test")
        || ends("tests")
        || name.contains(".test.")
        || name.contains(".spec.")
        || parts.any(|folder| matches!(folder, "tests" | "test" | "__tests__" | "examples" | "benches"))
}

/// Whether Python has more than comments and one text at its beginning.
fn python(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut has_docstring = false;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return false;
        }
        if rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        if has_docstring {
            return true;
        }
        let body = rest.trim_start_matches(['r', 'R', 'u', 'U']);
        let Some(after) = ["\"\"\"", "'''", "\"", "'"].iter().find_map(|quote| {
            let body = body.strip_prefix(quote)?;
            body.find(quote).map(|end| &body[end + quote.len()..])
        }) else {
            return true;
        };
        (rest, has_docstring) = (after, true);
    }
}

/// Whether a line that is no comment holds one of the words.
fn has_word(text: &str, comment: &str, words: &[&str]) -> bool {
    let code = text.lines().map(|line| line.split(comment).next().unwrap_or_default());
    code.flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .any(|word| words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{FileCoverage, Lines, ReportPath};

    fn left_out(files: &[(&str, &str)], named: &[&str], format: Format) -> String {
        let mut covered: Vec<_> = named
            .iter()
            .map(|path| FileCoverage {
                path: ReportPath { path: (*path).into(), outside: false },
                statements: 1,
                covered: 1,
                missing: Lines::default(),
            })
            .collect();
        covered.sort_by(|a, b| a.path.path.cmp(&b.path.path));
        let paths: Vec<_> = files.iter().map(|(path, _)| *path).collect();
        let read = |path: &str| files.iter().find(|file| file.0 == path).map(|file| file.1.to_owned());
        let own = OwnFiles { paths: &paths, read: &read };
        own.left_out(&Coverage { files: covered }, format).join(" ")
    }

    #[test]
    fn a_file_with_statements_has_to_be_named() {
        let files = [
            ("src/a/__init__.py", ""),
            ("src/a/about.py", "# about\n\"\"\"What it\nis.\"\"\"\n# end\n"),
            ("src/a/core.py", "\"\"\"It.\"\"\"\nx = 1\n"),
            ("src/a/more.py", "import os\n"),
            ("src/a/page.ts", "export const a = 1;"),
            ("src/a/test_more.py", "x = 1\n"),
        ];
        assert_eq!(
            left_out(&files, &["src/a/__init__.py"], Format::CoveragePy),
            "src/a/core.py src/a/more.py"
        );
        assert_eq!(left_out(&files, &["src/a/core.py"], Format::CoveragePy), "src/a/more.py");
        assert_eq!(left_out(&files, &["src/a/core.py"], Format::Cobertura), "src/a/more.py");
        assert_eq!(left_out(&files, &["src/a/page.ts"], Format::Lcov), "", "it does not measure Python");
        assert_eq!(left_out(&files, &[], Format::Lcov), "");
    }

    #[test]
    fn what_holds_only_types_may_be_missing() {
        let files = [
            ("src/lib.rs", "//! Fine fn.\nmod a;\npub use a::b;\n"),
            ("src/a.rs", "pub fn b() {}\n"),
            ("src/c.rs", "pub fn c() {}\n"),
            ("src/tests.rs", "fn t() {}\n"),
            ("src/x.ts", "export const f = () => 1;\n"),
            ("src/types.ts", "// a class\nexport interface A { b: string }\n"),
            ("src/y.d.ts", "declare function f(): void;\n"),
            ("src/z.ts", "export function z() {}\n"),
        ];
        assert_eq!(left_out(&files, &["src/a.rs", "src/x.ts"], Format::Lcov), "src/c.rs src/z.ts");
    }
}
