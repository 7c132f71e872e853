//! Completion in specs and MATURITY files. The line says what could stand there; only then is the text above it read.

use super::{Completion, Line, dependency, metadata, sections};
use crate::component::{ListKind, bare};
use crate::files::FileKind;
use crate::frontmatter::{self, bom_len, find_fences};
use crate::text::Source;
use crate::workspace::Root;

/// The level of a label: below every heading.
const LABEL: u8 = 7;

/// Returns what could be typed at byte `offset` of a spec or MATURITY file.
pub(super) fn completions(
    source: Source<'_>,
    path: &str,
    root: &Root,
    kind: FileKind,
    offset: usize,
) -> Vec<Completion> {
    let at = crate::ide::place(source, offset);
    if at < bom_len(source) || root.config.is_template_path(path) || !is_ours(path, root, kind) {
        return Vec::new();
    }
    let line = Line::at(source, at);
    if let Some(fences) = find_fences(source)
        && line.start < fences.body_start
    {
        let inside = line.start >= fences.yaml.start().into()
            && fences.closing.is_none_or(|closing| line.start < closing.start().into());
        return if inside { metadata::front_matter(path, root, &line) } else { Vec::new() };
    }
    let Some(shape) = Shape::of(&line) else { return Vec::new() };
    let start = frontmatter::read(source).body_start(source);
    let around = Around::read(source, start, line.start);
    if around.in_code {
        return Vec::new();
    }
    match shape {
        Shape::Heading => sections::completions(source, root, start, &line, kind),
        Shape::Item { start } => match around.list {
            Some(_) => dependency::completions(path, root, kind, &line, start),
            None => Vec::new(),
        },
        Shape::Metadata if around.in_header => {
            metadata::completions(source, source.slice(start, line.start).as_ref(), path, root, kind, &line)
        }
        Shape::Metadata => Vec::new(),
    }
}

/// Whether the file is a spec or MATURITY file. Of the many other Markdown files only those that the graph knows.
fn is_ours(path: &str, root: &Root, kind: FileKind) -> bool {
    let known = || {
        let components = root.components.iter().flat_map(|components| components.iter());
        components.flat_map(|(_, component)| component.files()).any(|file| &*file.path == path)
    };
    kind != FileKind::Markdown || known()
}

/// What a line looks like up to the cursor.
enum Shape {
    /// `## `, maybe without its blank.
    Heading,
    /// A list item; its text starts at this byte of the line.
    Item { start: usize },
    /// `**Key`, bulleted or not.
    Metadata,
}

impl Shape {
    fn of(line: &Line<'_>) -> Option<Shape> {
        let before = line.before();
        if let Some(rest) = before.strip_prefix("##") {
            return (rest.is_empty() || rest.starts_with(' ')).then_some(Shape::Heading);
        }
        let lead = before.len() - before.trim_start().len();
        let text = before[lead..].strip_prefix(['-', '*', '+']).filter(|text| text.starts_with(' '));
        let item = text.map(|text| before.len() - text.trim_start().len());
        if before[item.unwrap_or(lead)..].starts_with("**") && lead < 4 {
            // An item with a bold name is a dependency as well.
            let key = before[item.unwrap_or(lead)..].contains(':') || item.is_none();
            if key {
                return Some(Shape::Metadata);
            }
        }
        item.map(|start| Shape::Item { start })
    }
}

/// What stands around a line.
struct Around {
    in_code: bool,
    /// Whether the line stands above the first section.
    in_header: bool,
    /// The list of components that an item on the line would be of.
    list: Option<ListKind>,
}

impl Around {
    /// Reads from the start of the body down to the line that starts at `end`.
    fn read(source: Source<'_>, start: usize, end: usize) -> Around {
        let mut fence: Option<(char, usize)> = None;
        let mut in_header = true;
        // Level, and what a list below is: of components, or certainly not.
        let mut open: Vec<(u8, Option<Option<ListKind>>)> = Vec::new();
        for (_, line) in source.lines_from(start).take_while(|(at, _)| *at < end) {
            let text = line.trim();
            let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'));
            let run = mark.map_or(0, |mark| text.chars().take_while(|c| *c == mark).count());
            match (fence, mark) {
                (Some((open, count)), Some(mark)) if mark == open && run >= count && text.len() == run => {
                    fence = None;
                }
                (None, Some(mark)) if run >= 3 && !text[run..].contains('`') => fence = Some((mark, run)),
                _ => {}
            }
            if fence.is_some() {
                continue;
            }
            let Some((level, title)) = heading(text) else { continue };
            in_header &= !(2..LABEL).contains(&level);
            open.retain(|(above, _)| *above < level);
            let above = open.iter().rev().find_map(|(_, list)| *list);
            let within = || above.flatten().and_then(|list| list.below(bare(title)));
            let list = match ListKind::of(bare(title)).or_else(within) {
                Some(list) => Some(Some(list)),
                None if matches!(above, Some(Some(_))) || level == LABEL => Some(None),
                None => None,
            };
            open.push((level, list));
        }
        let list = open.iter().rev().find_map(|(_, list)| *list).flatten();
        Around { in_code: fence.is_some(), in_header, list }
    }
}

/// Returns level and title of a heading, or of a bold label that stands alone.
fn heading(text: &str) -> Option<(u8, &str)> {
    let level = text.bytes().take_while(|b| *b == b'#').count();
    if level > 0 {
        let title = text[level..].strip_prefix(' ')?;
        return (level <= 6).then_some((u8::try_from(level).ok()?, title.trim()));
    }
    let inner = text.strip_prefix("**")?.trim_end_matches(':').strip_suffix("**")?;
    (!inner.contains("**")).then_some((LABEL, inner.trim_end_matches(':')))
}
