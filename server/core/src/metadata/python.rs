//! A Python package: `__maturity__`, and the lines of its docstring that say stage, coverage and date (requirement 000,
//! "Update Component Metadata"). `__version__` is only read.

use std::cell::RefCell;

use tree_sitter::{Node, Parser, Tree};

use super::edits::{Edits, line_end, line_stop, next_line};
use super::value::{is_gap, redate, repercent, restage};
use super::{MetadataFile, Promotion};
use crate::declared::python::{self, NAME};
use crate::stage;
use crate::status;
use crate::text::range;

/// Largest file that is parsed, in bytes. A package file has a few KiB.
const MAX_BYTES: usize = 1024 * 1024;

/// The name that holds the version.
const VERSION: &str = "__version__";

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

pub(super) fn edit(
    file: &MetadataFile,
    promotion: &Promotion,
    may_add: bool,
    edits: &mut Edits,
    notes: &mut Vec<String>,
) {
    let text = &*file.text;
    let module = Module::read(text);
    match python::read(text) {
        Some(declared) if stage::read(&declared.stage) == Some(promotion.to) => {}
        Some(declared) => {
            let new = match stage::read(&declared.stage) {
                Some(_) => restage(&declared.stage, promotion.to),
                None => promotion.to.name().to_owned(),
            };
            edits.replace(declared.range, new);
        }
        None if !may_add => {}
        None => match module.as_ref().filter(|module| !module.assigns_stage) {
            Some(module) => add(text, module, promotion, edits),
            None => notes.push(format!(
                "`{}` says its stage in a way that cannot be read; write `{NAME} = \"{}\"` there",
                file.path, promotion.to
            )),
        },
    }
    if let Some((start, end)) = module.and_then(|module| module.docstring_text) {
        docstring(text, start, end, promotion, edits);
    }
}

/// Returns what `__version__` is, where it is one string.
pub(super) fn version(text: &str) -> Option<String> {
    let (start, end) = Module::read(text)?.version?;
    Some(text[start..end].to_owned())
}

/// Where things stand at the top of a module.
#[derive(Debug, Default)]
struct Module {
    /// The docstring without its quotes.
    docstring_text: Option<(usize, usize)>,
    /// The value of `__version__`, without its quotes.
    version: Option<(usize, usize)>,
    /// Whether `__version__` is written in `'`.
    single_quotes: bool,
    /// Whether something is assigned to `__maturity__`.
    assigns_stage: bool,
    /// Where the statement ends that `__maturity__` is written behind: `__version__`, else imports of `__future__`, else
    /// the docstring, else the comment at the top.
    behind: Option<usize>,
    /// Whether that is the `__version__`, beside which it stands without an empty line.
    is_beside: bool,
    /// Whether there is any statement or comment.
    is_empty: bool,
}

impl Module {
    /// Reads `text`; `None` where it is too large, or no Python.
    fn read(text: &str) -> Option<Module> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let base = text.len() - text.trim_start_matches('\u{feff}').len();
        let tree = parse(&text[base..])?;
        if tree.root_node().has_error() {
            return None;
        }
        let mut module = Module { is_empty: true, ..Module::default() };
        let (mut comment, mut docstring, mut future, mut version) = (None, None, None, None);
        let mut cursor = tree.root_node().walk();
        let mut is_first = true;
        for node in tree.root_node().children(&mut cursor) {
            module.is_empty = false;
            let end = base + node.end_byte();
            match node.kind() {
                "comment" if is_first => comment = Some(end),
                "comment" => {}
                "future_import_statement" => future = Some(end),
                "expression_statement" => {
                    let inner = node.child(0);
                    if let Some(string) = inner.filter(|inner| is_first && inner.kind() == "string")
                        && let Some(place) = content(string, text, base)
                    {
                        docstring = Some(end);
                        module.docstring_text = Some(place);
                    }
                    if let Some((name, value)) = inner.and_then(|inner| assignment(inner, text, base)) {
                        module.assigns_stage |= name == NAME;
                        if name == VERSION {
                            version = Some(end);
                            let string = value.filter(|value| value.kind() == "string");
                            module.version = string.and_then(|string| content(string, text, base));
                            let quote = module.version.map(|(start, _)| text.as_bytes()[start - 1]);
                            module.single_quotes = quote == Some(b'\'');
                        }
                    }
                }
                _ => {}
            }
            is_first &= node.kind() == "comment";
        }
        module.is_beside = version.is_some();
        module.behind = version.or(future).or(docstring).or(comment);
        Some(module)
    }
}

fn parse(text: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
        parser.parse(text, None)
    })
}

/// Returns what a string holds, where it is plain: no `f`, no `b`.
fn content(string: Node<'_>, text: &str, base: usize) -> Option<(usize, usize)> {
    let mut cursor = string.walk();
    let mut parts = string.children(&mut cursor);
    let open = parts.next().filter(|part| part.kind() == "string_start")?;
    let close = parts.last().filter(|part| part.kind() == "string_end")?;
    let prefix = text[base + open.start_byte()..base + open.end_byte()].trim_end_matches(['"', '\'']);
    let is_plain = prefix.chars().all(|c| matches!(c, 'r' | 'R' | 'u' | 'U'));
    is_plain.then_some((base + open.end_byte(), base + close.start_byte()))
}

/// Returns the name that an assignment is to, and its value.
fn assignment<'t>(node: Node<'t>, text: &'t str, base: usize) -> Option<(&'t str, Option<Node<'t>>)> {
    if node.kind() != "assignment" && node.kind() != "augmented_assignment" {
        return None;
    }
    let left = node.child_by_field_name("left")?;
    let name = text.get(base + left.start_byte()..base + left.end_byte())?;
    Some((name, node.child_by_field_name("right")))
}

/// Adds `__maturity__` where people look for it: below `__version__`, else before everything that is no docstring.
fn add(text: &str, module: &Module, promotion: &Promotion, edits: &mut Edits) {
    let quote = if module.single_quotes { '\'' } else { '"' };
    let line = format!("{NAME} = {quote}{}{quote}", promotion.to.name());
    let Some(behind) = module.behind else {
        let start = text.len() - text.trim_start_matches('\u{feff}').len();
        let eol = line_end(text, start);
        let rest = if module.is_empty { "" } else { eol };
        // Only blanks and line ends are no reason for another empty line.
        return edits.insert(start, format!("{line}{eol}{rest}"));
    };
    let stop = line_stop(text, behind);
    let eol = line_end(text, stop);
    let next = next_line(text, stop);
    let rest = &text[next.min(text.len())..];
    let before = if module.is_beside { "" } else { eol };
    let is_followed = !rest.is_empty() && !text[next..line_stop(text, next)].trim().is_empty();
    let after = if is_followed && !module.is_beside { eol } else { "" };
    if stop == text.len() {
        // The last line has no end; neither has the new one.
        return edits.insert(stop, format!("{eol}{before}{line}"));
    }
    edits.insert(next, format!("{before}{line}{eol}{after}"));
}

/// Updates the lines of a docstring.
fn docstring(text: &str, start: usize, end: usize, promotion: &Promotion, edits: &mut Edits) {
    let percent = promotion.coverage.map(status::percent);
    let mut at = start;
    while at < end {
        let stop = line_stop(text, at).min(end);
        if let Some((key, value)) = text[at..stop].split_once(':') {
            let written = value.trim();
            let value_at = at + key.len() + 1 + (value.len() - value.trim_start().len());
            let is = |name: &str| key.trim().eq_ignore_ascii_case(name);
            let new = if is("Maturity Stage") {
                (stage::read(written).is_some() || is_gap(written)).then(|| restage(written, promotion.to))
            } else if is("Coverage") {
                percent.as_ref().and_then(|percent| repercent(written, percent, true))
            } else if is("Last Updated") {
                Some(redate(written, &promotion.date))
            } else {
                None
            };
            let glue = if written.is_empty() && value.is_empty() { " " } else { "" };
            if let Some(new) = new.filter(|new| new != written) {
                edits.replace(range(value_at, value_at + written.len()), format!("{glue}{new}"));
            }
        }
        at = next_line(text, stop).max(stop + 1);
    }
}
