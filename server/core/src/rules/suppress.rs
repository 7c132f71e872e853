//! Suppression comments: `<!-- stagegate: ignore[rule] -->`, or `# stagegate: ignore[rule]` in YAML and code.
//!
//! A comment behind text silences its own line; a comment alone on its line silences the next line as well.
//! Nothing can stand on the line of a fence, so a comment alone on the first line of the front matter also
//! silences the line above it. In the brackets: codes, names without family, or `family/*`, separated by commas;
//! without brackets every rule is meant.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::frontmatter::Fences;
use crate::text::Source;

/// What every suppression comment says.
pub(crate) const MARK: &str = "stagegate: ignore";

/// Removes the findings that a comment silences. `fences` are those of the front matter, in a file that has one.
pub fn apply(source: Source<'_>, fences: Option<&Fences>, findings: &mut Vec<Diagnostic>) {
    // Findings of one line come together, and a hostile file has but one line.
    let mut last: Option<(usize, Cow<'_, str>, bool)> = None;
    findings.retain(|finding| {
        let at = usize::from(finding.range.start());
        let (start, line, marked) = match last.take() {
            Some(known) if (known.0..=known.0 + known.1.len()).contains(&at) => known,
            _ => {
                let (start, line) = source.line_at(at);
                let marked = line.contains(MARK);
                (start, line, marked)
            }
        };
        let silenced = marked && silences(&line, finding);
        last = Some((start, line, marked));
        if silenced {
            return false;
        }
        let above = (start > 0).then(|| line_above(source, start));
        if above.is_some_and(|above| is_comment_only(&above) && silences(&above, finding)) {
            return false;
        }
        let Some(fences) = fences.filter(|fences| finding.range.start() <= fences.opening.end()) else {
            return true;
        };
        let (_, below) = source.line_at(fences.yaml.start().into());
        !(is_comment_only(&below) && silences(&below, finding))
    });
}

/// Returns the line that ends where `start` begins.
fn line_above(source: Source<'_>, start: usize) -> Cow<'_, str> {
    // One step back lies on the line end, two where that is `\r\n`.
    let back = if source.slice(start.saturating_sub(2), start) == "\r\n" { 2 } else { 1 };
    source.line_at(start - back).1
}

/// Whether a line holds nothing but a comment.
fn is_comment_only(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim();
    line.starts_with('#') || line.starts_with("//") || (line.starts_with("<!--") && line.ends_with("-->"))
}

/// Whether `line` has a comment that names the rule of `finding`.
fn silences(line: &str, finding: &Diagnostic) -> bool {
    let Some(rest) = after_mark(line) else { return false };
    let Some(list) = rest.strip_prefix('[') else {
        return rest.is_empty() || rest.starts_with([' ', '\t', '-']);
    };
    let Some((list, _)) = list.split_once(']') else { return false };
    list.split(',').map(str::trim).any(|name| {
        name == finding.rule.code
            || name == finding.rule.name()
            || name.strip_suffix("/*").is_some_and(|family| family == finding.rule.family())
    })
}

/// Returns what follows the mark in a comment on `line`.
fn after_mark(line: &str) -> Option<&str> {
    let at = line.find(MARK)?;
    let before = line[..at].trim_end();
    let comment = before.ends_with("<!--") || before.ends_with('#') || before.ends_with("//");
    comment.then(|| &line[at + MARK.len()..])
}

/// Returns where on `line` the list of a suppression comment ends (the byte of its `]`), and whether the comment
/// stands alone; so that one more rule can be added to it.
pub(crate) fn list_end(line: &str) -> Option<(usize, bool)> {
    let list = after_mark(line)?.strip_prefix('[')?;
    let start = line.len() - list.len();
    Some((start + list.find(']')?, is_comment_only(line)))
}
