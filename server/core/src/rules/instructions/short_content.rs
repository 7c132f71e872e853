//! `instructions/short-content`.

use crate::frontmatter::Head;
use crate::rules::{RuleContext, declare_rule};
use crate::text::{Source, TextRange, range};

/// How much of the body is read at once.
const STEP_BYTES: usize = 1024;

declare_rule! {
    /// ## What it checks
    /// The body, without blanks around it, has at least 100 characters (`instructions.min_characters`).
    ///
    /// ## Why it matters
    /// So short a text is a stub: an assistant that loads it learns nothing, and the place looks taken.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "src/**"
    /// description: "Rules"
    /// ---
    /// # Rules
    ///
    /// To be written.
    /// ```
    ///
    /// ## Fix
    /// None. The message names both numbers.
    ///
    /// ## References
    /// requirement 002, "Content Structure Validation": "Minimum content length: 100 characters".
    SHORT_CONTENT = {
        code: "instructions/short-content",
        summary: "the body is nearly empty",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let least = cx.root.config.instructions.min_characters;
    let body = measure(cx.source, cx.file.body_start, least);
    if body.characters >= least {
        return;
    }
    let place = body.first_line.unwrap_or_else(|| fence(cx));
    let found = match body.characters {
        0 => "the body is empty".to_owned(),
        1 => "the body has 1 character".to_owned(),
        n => format!("the body has {n} characters"),
    };
    // The unit is named once.
    let unit = if body.characters == 0 { " characters" } else { "" };
    cx.report(&SHORT_CONTENT, place, format!("{found}; expected at least {least}{unit}")).done();
}

/// Where a blank body is reported: at the closing fence, or the opening one, or the start of the file.
fn fence(cx: &RuleContext<'_>) -> TextRange {
    match &cx.file.head {
        Head::Missing => range(cx.file.body_start, cx.file.body_start),
        Head::Unclosed(front_matter) | Head::Closed(front_matter) => {
            front_matter.fences.closing.unwrap_or(front_matter.fences.opening)
        }
    }
}

#[derive(Default)]
struct Body {
    /// Without blanks around; at most `limit`.
    characters: usize,
    first_line: Option<TextRange>,
}

/// Measures the text from `start` on, only as far as needed to see `limit` characters, a piece at a time.
fn measure(source: Source<'_>, start: usize, limit: usize) -> Body {
    let (mut at, mut seen, mut first_line_ended) = (start, 0, false);
    let mut body = Body::default();
    while at < source.len() && body.characters < limit {
        let end = source.floor_char_boundary(at + STEP_BYTES);
        let piece = source.slice(at, end);
        for (i, ch) in piece.char_indices() {
            if body.first_line.is_none() && ch.is_whitespace() {
                continue;
            }
            seen += 1;
            first_line_ended |= matches!(ch, '\n' | '\r');
            if ch.is_whitespace() {
                continue;
            }
            body.characters = seen;
            let (from, to) = (at + i, at + i + ch.len_utf8());
            match &mut body.first_line {
                Some(line) if !first_line_ended => *line = range(line.start().into(), to),
                Some(_) => {}
                None => body.first_line = Some(range(from, to)),
            }
            if seen >= limit {
                break;
            }
        }
        at = end;
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    const RULE: &str = "instructions/short-content";

    #[test]
    fn both_numbers_are_named() {
        check(
            "---\r\na: 1\r\n---\r\n\r\n # T\u{1f680} \r\n\r\ntext\r\n\r\n",
            RULE,
            &expect![[r##"
                4:1-4:6 warning instructions/short-content "# T🚀": the body has 13 characters; expected at least 100
            "##]],
        );
        check(
            "---\na: 1\n---\nx",
            RULE,
            &expect![[r#"
                3:0-3:1 warning instructions/short-content "x": the body has 1 character; expected at least 100
            "#]],
        );
    }

    #[test]
    fn a_blank_body_is_shown_on_a_fence() {
        check(
            "---\na: 1\n---\n \n",
            RULE,
            &expect![[r#"
                2:0-2:3 warning instructions/short-content "---": the body is empty; expected at least 100 characters
            "#]],
        );
        check(
            "---\na: 1\n",
            RULE,
            &expect![[r#"
                0:0-0:3 warning instructions/short-content "---": the body is empty; expected at least 100 characters
            "#]],
        );
        check(
            "",
            RULE,
            &expect![[r#"
                0:0-0:0 warning instructions/short-content "": the body is empty; expected at least 100 characters
            "#]],
        );
    }

    #[test]
    fn a_hundred_characters_are_enough() {
        let body = "\u{e9}".repeat(99);
        check(&format!("---\na: 1\n---\n  {body}\u{e9}\n"), RULE, &expect![[""]]);
        check(
            &format!("---\na: 1\n---\n{body}\n\n"),
            RULE,
            &expect![[r#"
                3:0-3:99 warning instructions/short-content "ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé": the body has 99 characters; expected at least 100
            "#]],
        );
    }

    proptest::proptest! {
        #[test]
        fn measures_what_trimming_and_counting_would(text in "[ab \n\r\u{e9}\u{1f680}]{0,40}", blanks in 0usize..3000, limit in 1usize..30) {
            let text = format!("{text}{}{text}", " ".repeat(blanks));
            for source in [Source::Str(&text), Source::Rope(&ropey::Rope::from_str(&text))] {
                let body = measure(source, 0, limit);
                proptest::prop_assert_eq!(body.characters.min(limit), text.trim().chars().count().min(limit));
                if body.characters < limit && !text.trim().is_empty() {
                    let line = text.trim().split(['\n', '\r']).next().unwrap().trim_end();
                    proptest::prop_assert_eq!(&text[body.first_line.unwrap()], line);
                }
            }
        }
    }
}
