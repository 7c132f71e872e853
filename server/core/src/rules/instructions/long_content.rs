//! `instructions/long-content`.

use crate::rules::{RuleContext, declare_rule};
use crate::text::range;

/// How much of the file is looked at for its first line; a longer one is underlined up to here.
const FIRST_LOOK_BYTES: usize = 1024;

/// Characters in one token, on average in English text: a rule of thumb that providers of models publish.
const CHARACTERS_PER_TOKEN: usize = 4;

declare_rule! {
    /// ## What it checks
    /// The file has at most 32,000 characters, about 8,000 tokens (`instructions.max_characters`).
    ///
    /// ## Why it matters
    /// The whole file is put before every request it applies to. Past this size it displaces the code it is
    /// about, and assistants follow it less.
    ///
    /// ## Example
    /// An instruction file that holds a whole handbook, of which each task needs one chapter.
    ///
    /// ## Fix
    /// None. Split the file by topic and give each part an `applyTo` of its own.
    ///
    /// ## References
    /// A session of an AI assistant holds 8,000 tokens, which are about 32,000 characters.
    LONG_CONTENT = {
        code: "instructions/long-content",
        summary: "the file is longer than one session holds",
        severity: Information,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let most = cx.root.config.instructions.max_characters;
    // A character takes at least one byte, so nearly every file ends here.
    if cx.source.len() <= most || cx.source.count_chars_from(0, most + 1) <= most {
        return;
    }
    let start = if cx.source.slice(0, 3) == "\u{feff}" { 3 } else { 0 };
    let look = cx.source.slice(start, start + FIRST_LOOK_BYTES);
    let line = look.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    let tokens = most / CHARACTERS_PER_TOKEN;
    cx.report(
        &LONG_CONTENT,
        range(start, start + line.len()),
        format!("the file has more than {most} characters; expected at most that, about {tokens} tokens"),
    )
    .help("split it by topic, each part with an `applyTo` of its own")
    .done();
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    const RULE: &str = "instructions/long-content";

    #[test]
    fn the_limit_itself_is_fine() {
        let head = "---\r\na: 1\r\n---\r\n# T\r\n";
        let fill = "\u{e9}".repeat(32_000 - head.len());
        check(&format!("{head}{fill}"), RULE, &expect![[""]]);
        let text = format!("{head}{fill}x");
        let findings = crate::instructions::diagnostics(
            crate::text::Source::Str(&text),
            "x.instructions.md",
            &crate::workspace::Root::default(),
        );
        let finding = findings.iter().find(|d| d.rule.code == RULE).unwrap();
        assert_eq!(&text[finding.range], "---");
        expect!["the file has more than 32000 characters; expected at most that, about 8000 tokens"]
            .assert_eq(&finding.message);
    }
}
