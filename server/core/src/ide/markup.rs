//! Writing Markdown that holds text of the user.

/// Most characters of user text in one place of a hover.
const MAX_CHARS: usize = 120;

/// Returns `text` as a code span on one line, whatever it holds (CommonMark 0.31, section 6.1).
pub(super) fn code(text: &str) -> String {
    let text = one_line(text, MAX_CHARS);
    let longest_run = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest_run + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Returns `text` as plain text on one line: nothing in it is markup.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text, MAX_CHARS).chars() {
        if c.is_ascii_punctuation()
            && !matches!(c, ',' | '.' | ':' | ';' | '\'' | '"' | '?' | '/' | '-' | ')')
        {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Returns `text` without line ends and control characters, cut after `max` characters.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let mut chars = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut out: String = chars.by_ref().take(max).collect();
    if chars.next().is_some() {
        out.push('\u{2026}');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Parser};

    proptest! {
        #[test]
        fn user_text_is_never_markup(text in "[ab*_`<>\\[\\]\\\\(){}#!|&~\n]{1,12}") {
            let wanted = one_line(&text, MAX_CHARS);
            prop_assume!(!wanted.trim().is_empty());
            let markdown = format!("x {} y", code(&text));
            let code = Parser::new(&markdown).find_map(|event| match event {
                Event::Code(code) => Some(code.into_string()),
                _ => None,
            });
            prop_assert_eq!(code.as_deref().map(str::trim), Some(wanted.trim()));
            let text: String = Parser::new(&format!("x {} y", plain(&text)))
                .filter_map(|event| match event {
                    Event::Text(text) => Some(text.to_string()),
                    Event::Start(_) | Event::End(_) => None,
                    other => Some(format!("{other:?}")),
                })
                .collect();
            prop_assert_eq!(text, format!("x {wanted} y"));
        }
    }
}
