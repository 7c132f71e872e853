//! A workspace in one text, for tests: `//- path` starts a file.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::Expect;

use crate::components::{Components, FileFacts};
use crate::config::{self, Config};
use crate::diagnostic::{Diagnostic, LineSpan, apply_edits, merge_fixes};
use crate::files::CONFIG_FILES;
use crate::gates::{Board, FIXTURE_PATH};
use crate::layout::Layout;
use crate::run::{RUNS_FIXTURE, Runs};
use crate::text::{LineIndex, PositionEncoding, Source};
use crate::workspace::{FileIndex, Root};

/// A workspace that a fixture describes.
pub(crate) struct Fixture {
    /// Path and text, in the order of the fixture.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) root: Root,
}

impl Fixture {
    /// Reads a fixture. A file without text after its `//- path` line is only there. `.stagegate/evidence.json` is the
    /// evidence, see [`Board::from_json`], `.stagegate/runs.json` holds the runs, see [`Runs::from_json`]; without them none is
    /// known.
    pub(crate) fn new(text: &str) -> Fixture {
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("//- "), files.last_mut()) {
                (Some(path), _) => files.push((path.trim().to_owned(), String::new())),
                (None, Some((_, text))) => text.push_str(line),
                (None, None) => panic!("a fixture starts with `//- path`"),
            }
        }
        Fixture::of_files(files)
    }

    /// Makes a workspace of these files: path and text.
    pub(crate) fn of_files(mut files: Vec<(String, String)>) -> Fixture {
        let config = files.iter().find(|(path, _)| CONFIG_FILES.contains(&path.as_str()));
        let config = config.map(|(path, text)| (path.as_str(), Source::Str(text)));
        let config: Arc<Config> = Arc::new(config::resolve(config, None).config);
        let evidence = files.iter().position(|(path, _)| path == FIXTURE_PATH).map(|at| files.remove(at).1);
        let runs = files.iter().position(|(path, _)| path == RUNS_FIXTURE).map(|at| files.remove(at).1);
        let index = FileIndex::new(files.iter().map(|(path, _)| Box::from(path.as_str())).collect());
        let layout = Arc::new(Layout::new(&index, &config.components));
        let mut root = Root { config, files: Some(index.into()), ..Root::default() };
        let facts = files.iter().filter_map(|(path, text)| {
            let facts = crate::facts(Source::Str(text), path, &root)?;
            Some(FileFacts { path: path.as_str().into(), facts: facts.into() })
        });
        root.components = Some(Arc::new(Components::build(facts, layout)));
        root.gates =
            evidence.map(|json| Board::from_json(&json).expect("the evidence of the fixture is valid"));
        root.runs = runs.map(|json| Runs::from_json(&json).expect("the runs of the fixture are valid"));
        Fixture { files, root }
    }

    /// Returns the text of a file.
    pub(crate) fn text(&self, path: &str) -> &str {
        let file = self.files.iter().find(|(known, _)| known == path);
        file.map(|(_, text)| text.as_str()).unwrap_or_else(|| panic!("the fixture has no {path}"))
    }

    /// Returns the components.
    pub(crate) fn components(&self) -> &Components {
        self.root.components.as_deref().expect("a fixture has components")
    }

    /// Returns the findings of a file.
    pub(crate) fn findings(&self, path: &str) -> Vec<Diagnostic> {
        let source = Source::Str(self.text(path));
        let findings = crate::diagnostics(source, path, &self.root);
        // A file that is read once gives the same findings.
        let early = Root { components: None, ..self.root.clone() };
        if let (_, Some(held)) = crate::facts_and_held(source, path, &early) {
            let held = held.diagnostics(source, path, &self.root);
            assert_eq!(format!("{held:?}"), format!("{findings:?}"));
        }
        findings
    }

    /// Renders a range: `line:character` of both ends, zero-based, in UTF-16.
    pub(crate) fn place(&self, path: &str, range: crate::text::TextRange) -> String {
        let r = LineIndex::new(self.text(path)).range(range, PositionEncoding::Utf16);
        format!("{}:{}-{}:{}", r.start.line, r.start.character, r.end.line, r.end.character)
    }

    /// Renders the findings of one rule, or of all for `*`, in every file.
    pub(crate) fn render(&self, rule: &str) -> String {
        self.files.iter().map(|(path, _)| self.render_file(path, rule)).collect()
    }

    /// Renders the findings of one rule, or of all for `*`, in one file.
    pub(crate) fn render_file(&self, path: &str, rule: &str) -> String {
        let mut out = String::new();
        let text = self.text(path);
        for d in self.findings(path).iter().filter(|d| rule == "*" || d.rule.code == rule) {
            let (severity, code, at) = (d.severity.name(), d.rule.code, self.place(path, d.range));
            writeln!(out, "{path} {at} {severity} {code} {:?}: {}", &text[d.range], d.message).unwrap();
            if let Some(field) = &d.field {
                writeln!(out, "  field: {field}").unwrap();
            }
            if let Some(help) = &d.help {
                writeln!(out, "  help: {help}").unwrap();
            }
            for related in &d.related {
                let of = related.path.as_deref().unwrap_or(path);
                if let Some(LineSpan { line, column, end_line, end_column }) = related.lines {
                    let lines = format!("{line}:{column}-{end_line}:{end_column}");
                    writeln!(out, "  related {of} lines {lines}: {}", related.message).unwrap();
                    continue;
                }
                let (at, what) = (self.place(of, related.range), &self.text(of)[related.range]);
                writeln!(out, "  related {of} {at} {what:?}: {}", related.message).unwrap();
            }
            if let Some(fix) = &d.fix {
                let kind = if fix.safe { "safe" } else { "review" };
                let edits = fix.edits.iter().map(|edit| (&text[edit.range], &*edit.new_text));
                writeln!(out, "  {kind} fix: {} {:?}", fix.title, edits.collect::<Vec<_>>()).unwrap();
            }
        }
        out
    }
}

/// Checks the findings of one rule, or of all for `*`, in every file of a fixture.
pub(crate) fn check(fixture: &str, rule: &str, expected: &Expect) {
    expected.assert_eq(&Fixture::new(fixture).render(rule));
}

/// Checks the text of a file after its safe fixes.
pub(crate) fn check_fixed(fixture: &str, path: &str, expected: &Expect) {
    let fixture = Fixture::new(fixture);
    let findings = fixture.findings(path);
    let edits = merge_fixes(findings.iter().filter_map(|d| d.fix.as_ref()).filter(|fix| fix.safe));
    expected.assert_eq(&apply_edits(fixture.text(path), &edits));
}
