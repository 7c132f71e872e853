//! Where a fix puts a new line or section, and how the lines around it are written.

use std::cell::OnceCell;

use crate::component::{ComponentFile, Field, Section, SectionKind};
use crate::diagnostic::TextEdit;
use crate::markdown;
use crate::text::{Source, TextRange, offset};

/// Returns the line end that a file uses.
pub(super) fn line_end(source: Source<'_>) -> &'static str {
    match source.lines_from(0).next() {
        Some((_, line)) if line.ends_with("\r\n") => "\r\n",
        _ => "\n",
    }
}

/// Returns where the line after the one with byte `at` starts, and whether there is a line end before it.
fn next_line(source: Source<'_>, at: usize) -> (usize, bool) {
    let (start, _) = source.line_at(at);
    match source.lines_from(start).next() {
        Some((start, line)) => (start + line.len(), line.ends_with(['\n', '\r'])),
        None => (source.len(), false),
    }
}

fn insert(at: usize, new_text: String) -> TextEdit {
    TextEdit { range: TextRange::empty(offset(at)), new_text }
}

/// Where new sections go.
///
/// It is asked at every keystroke in a spec that lacks a section, for each that it lacks: kinds and levels come first,
/// and the text is only looked at where they do not decide (a keystroke among 10,000 headings: 0.02 of the
/// time).
pub(super) struct Places<'a> {
    source: Source<'a>,
    file: &'a ComponentFile,
    /// The sections of a kind that we know that may have another one before them, in order.
    known: Vec<(SectionKind, &'a Section)>,
    /// The first heading behind them.
    behind: OnceCell<Option<&'a Section>>,
    /// Whether what is put at the end of the file would be code.
    ends_in_code: OnceCell<bool>,
}

impl<'a> Places<'a> {
    pub(super) fn new(source: Source<'a>, file: &'a ComponentFile) -> Places<'a> {
        let known = file.sections.iter().filter(|section| section.level == 2);
        let known = known.filter_map(|section| Some((section.kind?, section)));
        let known = known.filter(|(_, section)| starts_its_line(source, section)).collect();
        Places { source, file, known, behind: OnceCell::new(), ends_in_code: OnceCell::new() }
    }

    /// Returns the edit that adds the section `kind`: before the next one in the order of the template, else behind
    /// the last one before it.
    pub(super) fn section(&self, kind: SectionKind) -> Option<TextEdit> {
        let order = |kind: SectionKind| SectionKind::ALL.iter().position(|known| *known == kind);
        let next = self.known.iter().find(|(other, _)| order(*other) > order(kind));
        let next = next.map(|(_, section)| *section).or_else(|| self.behind());
        match next.or_else(|| self.approval()) {
            Some(section) => Some(self.before(section, kind)),
            None => self.at_end(kind),
        }
    }

    /// Returns the first heading behind all sections of a kind that we know.
    fn behind(&self) -> Option<&'a Section> {
        *self.behind.get_or_init(|| {
            let sections = &self.file.sections;
            let last = sections.iter().rposition(|section| section.level == 2 && section.kind.is_some())?;
            let mut behind = sections[last + 1..].iter();
            behind.find(|section| section.level <= 2 && starts_its_line(self.source, section))
        })
    }

    /// Returns the list of approvals that ends the file.
    fn approval(&self) -> Option<&'a Section> {
        let is = |section: &&Section| {
            let title = crate::component::bare(&section.title);
            ["approval", "approvals", "sign-off", "sign-offs"]
                .iter()
                .any(|known| title.eq_ignore_ascii_case(known))
        };
        let end = self.file.sections.iter().rposition(|section| section.level <= 6).map_or(0, |at| at + 1);
        self.file.sections[end..].iter().find(is)
    }

    fn before(&self, section: &Section, kind: SectionKind) -> TextEdit {
        let (at, _) = self.source.line_at(section.range.start().into());
        let end = line_end(self.source);
        let title = kind.title();
        // Sections may be kept apart by rules.
        let (blank, ruled) = self.above(at);
        let lead = if blank { "" } else { end };
        let rule = if ruled { format!("---{end}{end}") } else { String::new() };
        insert(at, format!("{lead}## {title}{end}{end}{rule}"))
    }

    /// Says of the line at byte `at` whether the line above is blank, and whether a rule is the last text above.
    fn above(&self, at: usize) -> (bool, bool) {
        let mut blank = at == 0;
        let mut end = at;
        while end > self.file.body.start() {
            let (start, line) = self.source.line_at(end - 1);
            let line = line.trim();
            // Between `\r` and `\n` is no line.
            if line.is_empty() {
                blank |= end != at || start < end - 1 || self.source.slice(start, end) == "\n";
            } else {
                return (blank, ["---", "***", "___"].contains(&line));
            }
            end = start.min(end - 1);
        }
        (true, false)
    }

    fn at_end(&self, kind: SectionKind) -> Option<TextEdit> {
        if *self.ends_in_code.get_or_init(|| ends_in_code(self.source, self.file)) {
            return None;
        }
        let end = line_end(self.source);
        let len = self.source.len();
        let (_, last) = self.source.line_at(len);
        let lead = match () {
            () if len <= self.file.body.start() => String::new(),
            // The last line has no end.
            () if !last.is_empty() => end.repeat(2),
            () if self.above(len).0 => String::new(),
            () => end.to_owned(),
        };
        Some(insert(len, format!("{lead}## {}{end}", kind.title())))
    }
}

/// Whether the heading is no part of a list or quote.
fn starts_its_line(source: Source<'_>, section: &Section) -> bool {
    let (start, line) = source.line_at(section.range.start().into());
    line.starts_with('#') || usize::from(section.range.start()) == start
}

/// Whether the end of the file lies in a code block.
fn ends_in_code(source: Source<'_>, file: &ComponentFile) -> bool {
    let tail = format!("{}\n\n## x\n", source.slice(file.body.last_piece(), source.len()));
    markdown::headings(Source::Str(&tail), 0).last().is_none_or(|heading| heading.text != "x")
}

/// Keys of metadata that we know; other labels in bold may stand anywhere above the first section.
const KNOWN: [&str; 12] = [
    "component id",
    "component name",
    "component",
    "status",
    "current stage",
    "target stage",
    "owner",
    "author",
    "version",
    "created",
    "last updated",
    "priority",
];

/// Returns the edit that adds a line of metadata: below the last one, else below the title, else at the top.
pub(super) fn metadata(source: Source<'_>, file: &ComponentFile, key: &str, value: &str) -> TextEdit {
    let end = line_end(source);
    if let Some(empty) = file.field(key).filter(|field| field.value.trim().is_empty()) {
        return TextEdit { range: empty.value_range, new_text: format!(" {value}") };
    }
    let known = |field: &&Field| KNOWN.iter().any(|known| field.key.eq_ignore_ascii_case(known));
    if let Some(last) = file.fields.iter().rfind(known) {
        let (at, ended) = next_line(source, last.value_range.end().into());
        let (lead, trail) = if ended { ("", end) } else { (end, "") };
        return insert(at, format!("{lead}{}{trail}", like(source, last, key, value)));
    }
    let line = format!("**{key}:** {value}");
    let first_section = file.sections.iter().find(|section| (2..=6).contains(&section.level));
    let title = file.title.as_ref();
    match title.filter(|title| first_section.is_none_or(|first| title.range.start() < first.range.start())) {
        Some(title) => {
            let (mut at, mut ended) = next_line(source, title.range.start().into());
            let (_, below) = source.line_at(at);
            if !below.is_empty() && below.trim_end().bytes().all(|b| b == b'=') {
                (at, ended) = next_line(source, at);
            }
            let (_, below) = source.line_at(at);
            let lead = if ended { end.to_owned() } else { end.repeat(2) };
            let trail =
                if at < source.len() && !below.trim().is_empty() { end.repeat(2) } else { end.to_owned() };
            insert(at, format!("{lead}{line}{trail}"))
        }
        None => insert(file.body.start(), format!("{line}{end}{end}")),
    }
}

/// Writes a line of metadata as the line of `other` is written: with its bullet, colon and hard line break.
fn like(source: Source<'_>, other: &Field, key: &str, value: &str) -> String {
    let (start, line) = source.line_at(other.key_range.start().into());
    let key_at = usize::from(other.key_range.start()) - start;
    let prefix = line.get(..key_at).unwrap_or("**");
    let rest = line.get(key_at + usize::from(other.key_range.len())..).unwrap_or(":**");
    let colon = if rest.starts_with("**:") || rest.starts_with("__:") {
        rest[..3].to_owned()
    } else {
        prefix_mark(prefix)
    };
    let hard_break = if line.ends_with("  ") { "  " } else { "" };
    format!("{prefix}{key}{colon} {value}{hard_break}")
}

/// Returns the colon and the marks that close a key.
fn prefix_mark(prefix: &str) -> String {
    let mark = if prefix.ends_with("__") { "__" } else { "**" };
    let plain = !prefix.ends_with(mark);
    if plain { ":".to_owned() } else { format!(":{mark}") }
}
