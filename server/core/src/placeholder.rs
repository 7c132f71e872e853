//! Placeholders in the arguments that the configuration gives to programs: `{component}`.

/// A piece of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it is.
    Text(String),
    /// What stands between the braces of a placeholder.
    Place(&'a str),
}

/// Cuts an argument into pieces. A placeholder is a word of lowercase letters, digits, `_`, `-` and `:` in braces; `{{word}}`
/// is the text `{word}`, and other braces (`{}`, `{"a": 1}`) are text as well.
#[must_use]
pub fn pieces(argument: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = argument;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let doubled = rest.starts_with("{{");
        let word = word(&rest[if doubled { 2 } else { 1 }..]);
        match word {
            Some(word) if doubled && rest[2 + word.len()..].starts_with("}}") => {
                text.push_str(&rest[1..word.len() + 3]);
                rest = &rest[word.len() + 4..];
            }
            Some(word) if !doubled => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Place(word));
                rest = &rest[word.len() + 2..];
            }
            _ => {
                text.push('{');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// Returns the word that `text` starts with and that a brace ends.
fn word(text: &str) -> Option<&str> {
    let (word, _) = text.split_once('}')?;
    let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b':');
    (word.starts_with(|c: char| c.is_ascii_lowercase()) && word.bytes().all(valid)).then_some(word)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn only_words_in_braces_are_places() {
        let shown = |argument: &str| {
            let piece = |piece| match piece {
                Piece::Text(text) => text,
                Piece::Place(name) => format!("<{name}>"),
            };
            pieces(argument).into_iter().map(piece).collect::<String>()
        };
        let arguments = [
            "",
            "{report}",
            "--out={report}.xml",
            "{{report}}",
            "{}",
            "{\"a\":{\"b\":1}}",
            "{A}",
            "{report",
            "a}b{",
            "{report:coverage}",
            "{a}{b}",
            "{{a}",
            "{ a }",
            "ä{a}ö",
            "{{{a}}}",
            "{1}",
        ];
        let lines: String =
            arguments.iter().map(|argument| format!("{argument}  ->  {}\n", shown(argument))).collect();
        expect![[r#"
              ->  
            {report}  ->  <report>
            --out={report}.xml  ->  --out=<report>.xml
            {{report}}  ->  {report}
            {}  ->  {}
            {"a":{"b":1}}  ->  {"a":{"b":1}}
            {A}  ->  {A}
            {report  ->  {report
            a}b{  ->  a}b{
            {report:coverage}  ->  <report:coverage>
            {a}{b}  ->  <a><b>
            {{a}  ->  {<a>
            { a }  ->  { a }
            ä{a}ö  ->  ä<a>ö
            {{{a}}}  ->  {{a}}
            {1}  ->  {1}
        "#]]
        .assert_eq(&lines);
    }
}
