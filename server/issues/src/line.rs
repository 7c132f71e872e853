//! Text of strangers, made fit to be shown.

/// Longest title or name that is kept, in characters.
pub(crate) const MAX_TEXT: usize = 300;

/// Returns `text` as one line of at most `max` characters, without control characters and turned directions.
pub(crate) fn line(text: &str, max: usize) -> String {
    let hidden =
        |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let plain = text.chars().filter(|c| !hidden(c)).map(|c| if c.is_control() { ' ' } else { c });
    let line: String = plain.take(max).collect();
    line.trim().to_owned()
}
