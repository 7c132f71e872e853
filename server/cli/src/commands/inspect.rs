//! `stagegate inspect`: what Stagegate understands of one file.

mod code;
mod component;

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;
use stagegate_core::config::{Config, ConfigFile, Consumer};
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::files::{FileKind, kind_of};
use stagegate_core::frontmatter::Head;
use stagegate_core::frontmatter::yaml::Node;
use stagegate_core::instructions::InstructionFile;
use stagegate_core::markdown;
use stagegate_core::text::{LineIndex, PositionEncoding, Source, TextRange};
use stagegate_workspace::{Checked, WalkOptions, Workspace, read};

use super::print;
use crate::args::{Format, Inspect};
use crate::exit_code;
use crate::failure::Failure;
use crate::report::json::{Finding, WireRange};
use crate::report::text::{self, Counts, Options, count, summary};
use crate::report::{Style, escaped};
use crate::target;

/// Columns of a value; the rest is cut off.
const VALUE_WIDTH: usize = 60;

/// Everything that is known of a file; schema `stagegate.inspect/1`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    schema: &'static str,
    root: String,
    path: &'a str,
    /// `instructions`, `config`, or null where the path makes it neither.
    kind: Option<&'static str>,
    /// Whether `files.exclude` keeps it from being checked.
    excluded: bool,
    /// What would make it an instruction file, where it is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expected: Vec<String>,
    consumers: Vec<&'static str>,
    /// Null in a configuration, which has none.
    front_matter: Option<FrontMatter<'a>>,
    /// What a configuration sets: keys joined by dots.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Vec<Key<'a>>>,
    globs: Vec<GlobReport<'a>>,
    headings: Vec<HeadingReport>,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Debug, Serialize)]
struct FrontMatter<'a> {
    /// `missing`, `unclosed` or `closed`.
    state: &'static str,
    range: Option<WireRange>,
    keys: Vec<Key<'a>>,
}

#[derive(Debug, Serialize)]
struct Key<'a> {
    name: Cow<'a, str>,
    r#type: &'static str,
    /// As written.
    value: &'a str,
    range: WireRange,
    value_range: WireRange,
}

#[derive(Debug, Serialize)]
struct GlobReport<'a> {
    pattern: &'a str,
    range: WireRange,
    /// How many files it matches; null where it is invalid.
    matches: Option<usize>,
    first: Vec<String>,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct HeadingReport {
    level: u8,
    text: String,
    range: WireRange,
}

pub(super) fn run(args: &Inspect) -> Result<u8, Failure> {
    let target = target::find(std::slice::from_ref(&args.file))?;
    let Some(path) = target.selection.files.first() else {
        return Err(Failure::new(format_args!("`{}` is a folder; expected a file", args.file.display()))
            .help("`stagegate check FOLDER` checks the files in it"));
    };
    let text = read(&target.root.join(&**path)).map_err(|problem| {
        Failure::new(format_args!("cannot inspect `{}`: {problem}", args.file.display()))
    })?;
    let mut workspace = Workspace::load(&target.root);
    crate::issues::know_from_cache(&mut workspace);
    let _ = workspace.scan(&WalkOptions::default());
    let kind = kind_of(path, &workspace.root.config);
    if kind.is_some_and(FileKind::may_state_facts) {
        workspace.read_components(&WalkOptions::default());
        crate::evidence::know(&mut workspace);
    }
    let lines = LineIndex::new(&text);
    let source = Source::Str(&text);
    let findings = stagegate_core::diagnostics(source, path, &workspace.root);
    let file = Inspected { workspace: &workspace, path, text: &text, lines: &lines, findings: &findings };
    let out = match kind {
        Some(FileKind::Code) => code::render(&file, args.format),
        _ => match component::read(&file) {
            Some(document) => component::render(&file, &document, args.format),
            None => other(&file, args.format),
        },
    };
    print(&out)?;
    Ok(exit_code::SUCCESS)
}

/// The file, whatever it is.
struct Inspected<'a> {
    workspace: &'a Workspace,
    /// Relative to the root, with `/`.
    path: &'a str,
    text: &'a str,
    lines: &'a LineIndex<'a>,
    findings: &'a [Diagnostic],
}

impl<'a> Inspected<'a> {
    /// Returns the findings as JSON.
    fn diagnostics(&self) -> Vec<Finding<'a>> {
        let one = |finding| Finding::new(self.path, self.lines, finding, &self.workspace.path);
        self.findings.iter().map(one).collect()
    }

    /// Returns the zero-based line of byte `at`.
    fn line(&self, range: TextRange) -> u32 {
        self.lines.position(range.start().into(), PositionEncoding::Utf8).line
    }

    /// Whether `files.exclude` keeps the file from being checked.
    fn is_excluded(&self) -> bool {
        self.workspace.root.config.is_excluded(self.path)
    }

    /// Writes path, workspace and kind, as every file starts.
    fn render_head(&self, out: &mut String, kind: &str) {
        let Style { bold, reset, .. } = Style::stdout();
        let _ = writeln!(out, "{bold}{}{reset}", escaped(self.path));
        let _ = writeln!(out, "  workspace     {}", escaped(&self.workspace.path.to_string_lossy()));
        let _ = writeln!(out, "  kind          {kind}");
        if self.is_excluded() {
            out.push_str("  excluded      `files.exclude` names it: `stagegate check` passes it over\n");
        }
    }

    /// Writes the findings, hints too.
    fn render_findings(&self, out: &mut String) {
        let style = Style::stdout();
        let Style { bold, reset, .. } = style;
        let _ = writeln!(out, "\n{bold}Findings{reset}");
        let options = Options { root: &self.workspace.path, style, hints: true };
        let file = Checked { path: self.path, text: Ok(self.text), findings: self.findings };
        out.push_str(&text::render(&file, &options));
        out.push_str(&summary(&Counts::of(self.findings, true), 1, &options));
    }
}

/// Renders an instruction file, a configuration, or a file that is none of ours.
fn other(inspected: &Inspected<'_>, format: Format) -> String {
    let source = Source::Str(inspected.text);
    let file = match kind_of(inspected.path, &inspected.workspace.root.config) {
        Some(FileKind::Config) => File::Config(ConfigFile::read(source)),
        _ => File::Markdown(InstructionFile::read(source)),
    };
    let report = understand(inspected, &file);
    match format {
        Format::Json => format!("{}\n", serde_json::to_string(&report).unwrap_or_default()),
        Format::Text => render(&report, inspected),
    }
}

/// A file as its kind is read; what is none of ours is read as Markdown.
enum File {
    Config(ConfigFile),
    Markdown(InstructionFile),
}

/// Collects what is known of a file.
fn understand<'a>(inspected: &Inspected<'a>, file: &'a File) -> Report<'a> {
    let &Inspected { workspace, path, text, lines, .. } = inspected;
    let config = &workspace.root.config;
    let kind = match kind_of(path, config) {
        Some(FileKind::Instructions) => Some("instructions"),
        Some(FileKind::Config) => Some("config"),
        _ => None,
    };
    let is_instructions = kind == Some("instructions");
    let range = |range| WireRange::new(lines, range);
    let (settings, file) = match file {
        File::Config(file) => (Some(settings(file.root.as_ref(), text, lines)), None),
        File::Markdown(file) => (None, Some(file)),
    };
    let globs = file.into_iter().flat_map(|file| &file.apply_to.globs).map(|item| {
        let found = item.glob.as_ref().ok().zip(workspace.root.files.as_deref());
        let found = found.map(|(glob, files)| files.matches(glob));
        GlobReport {
            pattern: &item.pattern,
            range: range(item.range),
            matches: found.as_ref().map(|found| found.count),
            first: found.iter().flat_map(|found| &found.first).map(ToString::to_string).collect(),
            error: item.glob.as_ref().err().map(ToString::to_string),
        }
    });
    let headings = file.into_iter().flat_map(|file| markdown::headings(Source::Str(text), file.body_start));
    let headings = headings.map(|heading| HeadingReport {
        level: heading.level,
        text: heading.text,
        range: range(heading.range),
    });
    Report {
        schema: "stagegate.inspect/1",
        root: workspace.path.to_string_lossy().into_owned(),
        path,
        kind,
        excluded: config.is_excluded(path),
        expected: if kind.is_none() { expected(config) } else { Vec::new() },
        consumers: if is_instructions { consumers(config, path) } else { Vec::new() },
        front_matter: file.map(|file| front_matter(&file.head, lines)),
        settings,
        globs: globs.collect(),
        headings: headings.collect(),
        diagnostics: inspected.diagnostics(),
    }
}

/// Names the paths that make a Markdown file an instruction file.
fn expected(config: &Config) -> Vec<String> {
    let configured = config.instructions.include.iter().map(|glob| glob.pattern().to_owned());
    ["*.instructions.md".to_owned()].into_iter().chain(configured).collect()
}

fn consumers(config: &Config, path: &str) -> Vec<&'static str> {
    let name = |consumer| match consumer {
        Consumer::Stagegate => "stagegate",
        Consumer::VsCode => "vscode",
    };
    config.consumers(path).into_iter().map(name).collect()
}

fn front_matter<'a>(head: &'a Head, lines: &LineIndex<'_>) -> FrontMatter<'a> {
    let state = match head {
        Head::Missing => "missing",
        Head::Unclosed(_) => "unclosed",
        Head::Closed(_) => "closed",
    };
    let Some(front_matter) = head.front_matter() else {
        return FrontMatter { state, range: None, keys: Vec::new() };
    };
    let keys = front_matter.entries().iter().map(|entry| Key {
        name: entry.key.as_str().unwrap_or_default().into(),
        r#type: type_word(&entry.value),
        value: front_matter.slice(entry.value.range),
        range: WireRange::new(lines, entry.key.range),
        value_range: WireRange::new(lines, entry.value.range),
    });
    let fences = &front_matter.fences;
    let end = fences.closing.map_or(fences.yaml, |closing| closing);
    let whole = fences.opening.cover(end);
    FrontMatter { state, range: Some(WireRange::new(lines, whole)), keys: keys.collect() }
}

/// Returns what a configuration sets: every value that is not itself a mapping.
fn settings<'a>(root: Option<&'a Node>, text: &'a str, lines: &LineIndex<'_>) -> Vec<Key<'a>> {
    fn walk<'a>(node: &'a Node, above: &str, text: &'a str, lines: &LineIndex<'_>, keys: &mut Vec<Key<'a>>) {
        for entry in node.entries().unwrap_or_default() {
            let name = entry.key.as_str().unwrap_or_default();
            let name = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
            if entry.value.entries().is_some_and(|entries| !entries.is_empty()) {
                walk(&entry.value, &name, text, lines, keys);
                continue;
            }
            keys.push(Key {
                name: name.into(),
                r#type: type_word(&entry.value),
                value: text.get(std::ops::Range::from(entry.value.range)).unwrap_or_default(),
                range: WireRange::new(lines, entry.key.range),
                value_range: WireRange::new(lines, entry.value.range),
            });
        }
    }
    let mut keys = Vec::new();
    if let Some(root) = root {
        walk(root, "", text, lines, &mut keys);
    }
    keys
}

/// Names a type in one word, for programs and for tables.
fn type_word(node: &Node) -> &'static str {
    match node.type_name() {
        "nothing" => "null",
        "invalid YAML" => "invalid",
        name => name.trim_start_matches("an ").trim_start_matches("a "),
    }
}

/// Renders the report for people.
fn render(report: &Report<'_>, inspected: &Inspected<'_>) -> String {
    let style = Style::stdout();
    let Style { bold, reset, gutter, .. } = style;
    let mut out = String::new();
    inspected.render_head(
        &mut out,
        match report.kind {
            Some("config") => "configuration",
            Some(_) => "instruction file",
            None => "none of ours: `stagegate check` passes it over",
        },
    );
    if report.kind.is_none() {
        let _ = writeln!(out, "                these paths would make it an instruction file:");
        for pattern in &report.expected {
            let _ = writeln!(out, "                  {pattern}");
        }
        out.push_str(
            "                a line `**Component Name:** NAME` below the title would make it a spec\n",
        );
    }
    if !report.consumers.is_empty() {
        let names = report.consumers.iter().map(|name| match *name {
            "vscode" => "VS Code and GitHub Copilot",
            _ => "Stagegate",
        });
        let _ = writeln!(out, "  read by       {}", names.collect::<Vec<_>>().join(", "));
    }
    if let Some(front_matter) = &report.front_matter {
        render_front_matter(&mut out, front_matter, &style);
    }
    if let Some(settings) = &report.settings {
        let _ = writeln!(out, "\n{bold}Settings{reset}");
        if settings.is_empty() {
            out.push_str("  none: the defaults hold\n");
        }
        render_keys(&mut out, settings, &style);
    }
    if !report.globs.is_empty() {
        let _ = writeln!(out, "\n{bold}Globs of applyTo{reset}");
        for glob in &report.globs {
            let found = match (&glob.error, glob.matches) {
                (Some(error), _) => format!("invalid: {error}"),
                (None, Some(0)) => "matches no file".to_owned(),
                (None, Some(n)) => format!("matches {}", count(n, "file")),
                (None, None) => "not looked up".to_owned(),
            };
            let _ = writeln!(out, "  {}  {gutter}{}{reset}  {found}", glob.range, escaped(glob.pattern));
            for path in &glob.first {
                let _ = writeln!(out, "         {}", escaped(path));
            }
            if glob.matches.is_some_and(|n| n > glob.first.len()) {
                out.push_str("         ...\n");
            }
        }
    }
    if !report.headings.is_empty() {
        let _ = writeln!(out, "\n{bold}Headings{reset}");
        for heading in &report.headings {
            let marks = "#".repeat(heading.level.into());
            let _ = writeln!(out, "  {}  {marks} {}", heading.range, escaped(&heading.text));
        }
    }
    if report.kind.is_some() && !report.excluded {
        inspected.render_findings(&mut out);
    }
    out
}

fn render_front_matter(out: &mut String, front_matter: &FrontMatter<'_>, style: &Style) {
    let Style { bold, reset, .. } = style;
    let _ = writeln!(out, "\n{bold}Front matter{reset}");
    match front_matter.state {
        "missing" => {
            out.push_str("  none: the first line is not `---`\n");
            return;
        }
        "unclosed" => out.push_str("  not closed: a line with `---` alone is missing behind it\n"),
        _ => {}
    }
    if front_matter.keys.is_empty() {
        out.push_str("  no key could be read\n");
    }
    render_keys(out, &front_matter.keys, style);
}

/// Lists keys with their types and values.
fn render_keys(out: &mut String, keys: &[Key<'_>], style: &Style) {
    let Style { reset, gutter, .. } = style;
    let name = keys.iter().map(|key| key.name.chars().count()).max().unwrap_or_default();
    let kind = keys.iter().map(|key| key.r#type.len()).max().unwrap_or_default();
    for key in keys {
        let written: String = key.value.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut value: String = written.chars().take(VALUE_WIDTH).collect();
        if value.len() < written.len() {
            value.push_str("...");
        }
        let place = key.value_range;
        let (shown, value) = (escaped(&key.name), escaped(&value));
        let _ = write!(out, "  {place}  {gutter}{shown:name$}{reset}  {:kind$}  {value}", key.r#type);
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
}
