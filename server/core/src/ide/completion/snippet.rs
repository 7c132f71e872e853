//! The front matter as a whole, and the syntax of snippets.

use super::{Completion, CompletionKind, Line};
use crate::text::Source;

/// Offers front matter on the first line of a file that has none.
pub(super) fn front_matter(source: Source<'_>, line: &Line<'_>) -> Vec<Completion> {
    let first = line.start == crate::frontmatter::bom_len(source);
    let dashes = |text: &str| text.trim_end().bytes().all(|b| b == b'-');
    let (before, after) = (line.before(), line.after());
    // Typed in front of text that is there already: it goes on below.
    let in_front = before.is_empty() && !dashes(after);
    if !first || !(in_front || (dashes(before) && dashes(after) && line.text.trim_end().len() <= 3)) {
        return Vec::new();
    }
    let end_of_line = source.lines_from(0).next().map_or("\n", |(_, line)| line_end(&line));
    let lines = [
        "---",
        "applyTo: \"${1:**}\"",
        "description: \"${2:What these instructions are about}\"",
        "---",
        "",
        "$0",
    ];
    let end = if in_front { 0 } else { line.text.len() };
    vec![Completion {
        label: "---".to_owned(),
        kind: CompletionKind::Snippet,
        detail: Some("front matter with both required keys".to_owned()),
        documentation: None,
        edit: line.edit(0, end, lines.join(end_of_line)),
        sort: "0".to_owned(),
        filter: None,
        snippet: true,
    }]
}

pub(super) fn line_end(line: &str) -> &'static str {
    match line {
        line if line.ends_with("\r\n") => "\r\n",
        line if line.ends_with('\r') => "\r",
        _ => "\n",
    }
}

/// Returns `text` as it must stand in a snippet to mean itself.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '$' | '}' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Returns the text of a snippet of ours (`$1`, `${1:default}` and escapes) with its defaults.
pub(super) fn to_plain(snippet: &str) -> String {
    let mut out = String::with_capacity(snippet.len());
    let mut in_default = false;
    let mut chars = snippet.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '$' => {
                let braced = chars.next_if_eq(&'{').is_some();
                while chars.next_if(char::is_ascii_digit).is_some() {}
                if braced {
                    in_default = chars.next_if_eq(&':').is_some() || chars.next_if_eq(&'}').is_none();
                }
            }
            '}' if in_default => in_default = false,
            c => out.push(c),
        }
    }
    out
}
