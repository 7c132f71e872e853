//! Silencing a finding by a comment, as [`crate::rules::suppress`] reads it.

use crate::config::ConfigFile;
use crate::diagnostic::{Diagnostic, TextEdit};
use crate::files::FileKind;
use crate::frontmatter::yaml::Node;
use crate::frontmatter::{self, Head, bom_len};
use crate::rules::suppress;
use crate::text::{Source, range};

/// What decides how a comment is written in a file.
pub(super) enum Context {
    /// YAML between the fences, HTML below.
    Markdown(Head),
    /// YAML; the tree as far as it could be read.
    Yaml(Option<Node>),
}

impl Context {
    /// Reads `source`.
    pub(super) fn read(source: Source<'_>, file: FileKind) -> Context {
        match file {
            FileKind::Instructions => Context::Markdown(frontmatter::read(source)),
            FileKind::Spec | FileKind::Maturity | FileKind::Markdown => {
                Context::Markdown(frontmatter::read(source))
            }
            FileKind::Config => Context::Yaml(ConfigFile::read(source).root),
            // `#` starts a comment in Python and TOML; JSON has none.
            FileKind::Code => Context::Yaml(None),
        }
    }
}

/// Returns the edit that silences `finding`; `None` where no comment can stand.
pub(super) fn edit(source: Source<'_>, context: &Context, finding: &Diagnostic) -> Option<TextEdit> {
    let code = finding.rule.code;
    let (mut start, mut line) = source.line_at(finding.range.start().into());
    let yaml = match context {
        Context::Markdown(head) => head.front_matter().map(suppress::Yaml::front_matter),
        Context::Yaml(root) => Some(suppress::Yaml::whole(source, root.as_ref())),
    };
    if let Some(yaml) = yaml.filter(|yaml| yaml.is_inside_scalar(start, &line)) {
        // A comment would be text there; one at the key reaches over.
        let key = yaml.keys_around(finding.range.start().into()).pop()?;
        (start, line) = source.line_at(key);
        if yaml.is_inside_scalar(start, &line) {
            return None;
        }
    }
    if let Some((end, _)) = suppress::list_end(&line) {
        return Some(insert(start + end, format!(", {code}")));
    }
    let front_matter = match context {
        Context::Markdown(head) => head.front_matter(),
        Context::Yaml(_) => None,
    };
    let on_opening = front_matter.is_some_and(|f| finding.range.start() <= f.fences.opening.end());
    // Nothing can stand above the opening fence: the comment goes below it.
    let at = match front_matter {
        Some(front_matter) if on_opening => usize::from(front_matter.fences.yaml.start()),
        _ => start,
    };
    let neighbour = if on_opening { Some(at) } else { start.checked_sub(1) };
    if let Some(neighbour) = neighbour {
        let (neighbour, line) = source.line_at(super::super::place(source, neighbour));
        if let Some((end, true)) = suppress::list_end(&line) {
            return Some(insert(neighbour + end, format!(", {code}")));
        }
    }
    let in_front_matter = front_matter.is_some_and(|f| {
        let end =
            f.fences.closing.map_or(f.fences.yaml.end().into(), |closing| usize::from(closing.start()) + 1);
        on_opening || start < end
    });
    let line_end = match front_matter {
        Some(front_matter) => front_matter.line_end(),
        None if line_after(source, start).ends_with("\r\n") => "\r\n",
        None => "\n",
    };
    let at = at.max(bom_len(source));
    if !in_front_matter && matches!(context, Context::Markdown(_)) {
        return Some(insert(at, format!("<!-- {}[{code}] -->{line_end}", suppress::MARK)));
    }
    let indent = if on_opening { "" } else { &line[..line.len() - line.trim_start_matches(' ').len()] };
    // A fence that ends the text has no line below it yet.
    let before = if on_opening && !ends_line(source, at) { line_end } else { "" };
    Some(insert(at, format!("{before}{indent}# {}[{code}]{line_end}", suppress::MARK)))
}

fn insert(at: usize, new_text: String) -> TextEdit {
    TextEdit { range: range(at, at), new_text }
}

fn line_after(source: Source<'_>, start: usize) -> std::borrow::Cow<'_, str> {
    source.lines_from(start).next().map(|(_, line)| line).unwrap_or_default()
}

/// Whether a line end stands just before `at`.
fn ends_line(source: Source<'_>, at: usize) -> bool {
    source.slice(at.saturating_sub(1), at).ends_with(['\n', '\r'])
}
