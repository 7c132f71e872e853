//! `spec/placeholder-left`.

use crate::component::{ComponentFile, Standing, is_placeholder};
use crate::config::shorten;
use crate::frontmatter::FrontMatter;
use crate::rules::{RuleContext, declare_rule};
use crate::stage;
use crate::text::{TextRange, range};

declare_rule! {
    /// ## What it checks
    /// No metadata, front matter or title of a spec or MATURITY file still holds what a template left to fill in:
    /// `[Component Name]`, `[draft | staging]`, `{component_name}`, `<name>`, `YYYY-MM-DD`, `#XXX`, `XX%`, or `TBD`, `TODO`
    /// and the like as the whole value. Links such as `[#240](...)`, lists such as `[redis, cache]` and code are none.
    /// Templates are left alone, and so is the text below the first section.
    ///
    /// ## Why it matters
    /// Nobody has decided it yet; for the tools the value is missing.
    ///
    /// ## Example
    /// ```markdown
    /// # Component Specification: [Component Name]
    ///
    /// **Owner:** TBD
    /// ```
    ///
    /// ## Fix
    /// None. Write the value, or delete the line.
    ///
    /// ## References
    /// requirement 003, "Specification completeness check"; `specs/spec-files.md`, "Metadata".
    PLACEHOLDER_LEFT = {
        code: "spec/placeholder-left",
        summary: "a placeholder of the template that nobody has filled in",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

/// Words that say that there is no value yet.
const NO_VALUE: [&str; 12] = [
    "tbd",
    "tba",
    "tbc",
    "todo",
    "fixme",
    "xxx",
    "???",
    "yyyy-mm-dd",
    "to be determined",
    "to be decided",
    "to be defined",
    "to be announced",
];

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.standing != Standing::Component {
        return;
    }
    let mut found: Vec<(TextRange, &str)> = Vec::new();
    for entry in file.head.front_matter().map(FrontMatter::entries).unwrap_or_default() {
        let value = entry.value.as_str().filter(|value| is_left(value));
        if let Some((key, value)) = entry.key.as_str().zip(value) {
            let at = entry.value.range;
            found.push((inner(&cx.source.slice(at.start().into(), at.end().into()), value, at), key));
        }
    }
    if let Some(title) = &file.title {
        // `<name>` is HTML to Markdown, and no part of the title.
        let (start, line) = cx.source.line_at(title.range.start().into());
        if let Some((from, to)) = in_title(&line) {
            found.push((range(start + from, start + to), "title"));
        }
    }
    for field in file.fields.iter().filter(|field| is_left(&field.value)) {
        found.push((inner(&field.value, &field.value, field.value_range), &field.key));
    }
    for (at, field) in found {
        let text = cx.source.slice(at.start().into(), at.end().into());
        let message = format!("`{}` is a placeholder of the template; expected a value", shorten(&text));
        cx.report(&PLACEHOLDER_LEFT, at, message)
            .field(field)
            .help("write the value, or delete the line")
            .done();
    }
}

/// Returns where `value` stands in `written`, which is at `place`, without the marks around it.
fn inner(written: &str, value: &str, place: TextRange) -> TextRange {
    let plain = stage::plain(value);
    match written.find(&*plain).filter(|_| !plain.is_empty()) {
        Some(at) => {
            let start = usize::from(place.start()) + at;
            range(start, start + plain.len())
        }
        None => place,
    }
}

/// Whether the whole value is a placeholder.
fn is_left(value: &str) -> bool {
    let plain = stage::plain(value);
    is_placeholder(value) || is_placeholder(&plain) || stands_for_nothing(&plain)
}

/// Whether a value, without marks, says that there is none yet: `TBD`, `YYYY-MM-DD`, `#XXX`, `XX.X%`.
pub(super) fn stands_for_nothing(plain: &str) -> bool {
    if NO_VALUE.iter().any(|word| plain.eq_ignore_ascii_case(word)) {
        return true;
    }
    let number = plain.trim_start_matches(['#', '<', '>', '~']).trim_end_matches(['%', ' ']);
    plain.len() > number.len()
        && number.len() >= 2
        && (number.bytes().all(|b| matches!(b, b'X' | b'.')) || number.bytes().all(|b| b == b'Y'))
}

/// Finds the placeholder of a title: `{name}` and `<name>` anywhere, `[Name]` where it is the whole or the part behind
/// a colon, or speaks of a name. `[RFC] Caching` is none.
fn in_title(title: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(at) = title[from..].find(['[', '{', '<', '`']) {
        let start = from + at;
        let close = match title.as_bytes()[start] {
            b'[' => ']',
            b'{' => '}',
            b'<' => '>',
            _ => '`',
        };
        let end = start + 1 + title[start + 1..].find(close)? + 1;
        let inner = &title[start + 1..end - 1];
        from = end;
        let word = inner.starts_with(char::is_alphabetic)
            && inner.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '|' | '/'));
        let before = title[..start].trim_start_matches('#').trim_end();
        let behind = &title[end..];
        let glued =
            title[..start].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ']' | ')' | '['));
        if close == '`' || !word || glued || behind.starts_with(['(', '[', ']', ':']) {
            continue;
        }
        let tag = close == '>' && ["br", "b", "i", "sub", "sup", "kbd", "code"].contains(&inner);
        let last = behind.trim().is_empty() && (before.is_empty() || before.ends_with([':', '-', '–', '—']));
        let names = inner.to_lowercase().split([' ', '_', '-']).any(|word| word == "name");
        if (close == ']' && (last || names)) || (close != ']' && !tag) {
            return Some((start, end));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn placeholders_in_title_metadata_and_front_matter_are_reported() {
        check(
            "//- specs/a.md\n---\nowner: TBD\ndate: \"<date>\"\n---\n# Component Specification: [Component Name]\n\n**Component Name:** `{component_name}`\n**Target Stage:** [staging | production]\n\
             - **Last Updated**: YYYY-MM-DD (draft)\n**Reviewer:** **to be decided**\n**Issue:** #XXX\n\n## Overview\n\n**Owner:** TBD\n\
             //- src/b/MATURITY.md\n# <Component> Maturity Status\n\n**Current Stage**: <Development|Staging>\n**Test Coverage**: XX%\n",
            "spec/placeholder-left",
            &expect![[r##"
                specs/a.md 1:7-1:10 warning spec/placeholder-left "TBD": `TBD` is a placeholder of the template; expected a value
                  field: owner
                  help: write the value, or delete the line
                specs/a.md 2:7-2:13 warning spec/placeholder-left "<date>": `<date>` is a placeholder of the template; expected a value
                  field: date
                  help: write the value, or delete the line
                specs/a.md 4:27-4:43 warning spec/placeholder-left "[Component Name]": `[Component Name]` is a placeholder of the template; expected a value
                  field: title
                  help: write the value, or delete the line
                specs/a.md 6:21-6:37 warning spec/placeholder-left "{component_name}": `{component_name}` is a placeholder of the template; expected a value
                  field: Component Name
                  help: write the value, or delete the line
                specs/a.md 7:18-7:40 warning spec/placeholder-left "[staging | production]": `[staging | production]` is a placeholder of the template; expected a value
                  field: Target Stage
                  help: write the value, or delete the line
                specs/a.md 8:20-8:30 warning spec/placeholder-left "YYYY-MM-DD": `YYYY-MM-DD` is a placeholder of the template; expected a value
                  field: Last Updated
                  help: write the value, or delete the line
                specs/a.md 9:16-9:29 warning spec/placeholder-left "to be decided": `to be decided` is a placeholder of the template; expected a value
                  field: Reviewer
                  help: write the value, or delete the line
                specs/a.md 10:11-10:15 warning spec/placeholder-left "#XXX": `#XXX` is a placeholder of the template; expected a value
                  field: Issue
                  help: write the value, or delete the line
                src/b/MATURITY.md 0:2-0:13 warning spec/placeholder-left "<Component>": `<Component>` is a placeholder of the template; expected a value
                  field: title
                  help: write the value, or delete the line
                src/b/MATURITY.md 2:19-2:40 warning spec/placeholder-left "<Development|Staging>": `<Development|Staging>` is a placeholder of the template; expected a value
                  field: Current Stage
                  help: write the value, or delete the line
                src/b/MATURITY.md 3:19-3:22 warning spec/placeholder-left "XX%": `XX%` is a placeholder of the template; expected a value
                  field: Test Coverage
                  help: write the value, or delete the line
            "##]],
        );
    }

    #[test]
    fn links_lists_code_and_words_in_sentences_are_none() {
        check(
            "//- specs/a.md\n# [RFC] `{x}` for list[str], see [docs](a.md)\n\n**Component Name:** a\n**Issue:** [#240](https://example.org)\n**Related:** [[Page]]\n\
             **Tags:** [redis, cache]\n**Done:** [x]\n**Mail:** <me@example.org>\n**Site:** <https://example.org>\n**Note:** TODO list of the team\n**Format:** dates are YYYY-MM-DD\n**Ref:** [a][b]\n**Version:** [1.2]\n\n\
             ```\n**Owner:** TBD\n```\n\
             //- specs/templates/a.md\n# [Component Name]\n\n**Component Name:** [Component Name]\n\
             //- specs/f.md\n# {Feature}\n\n**Feature ID:** [ID]\n",
            "spec/placeholder-left",
            &expect![[r#""#]],
        );
    }

    #[test]
    fn titles() {
        for (title, expected) in [
            ("Component Specification: [Component Name]", Some("[Component Name]")),
            ("[Component Name] Specification", Some("[Component Name]")),
            ("{Component Name} of <team>", Some("{Component Name}")),
            ("[Feature]", Some("[Feature]")),
            ("[RFC] Caching", None),
            ("[RFC]: Caching", None),
            ("Types: Vec<T>", None),
            ("`<x>`", None),
            ("A [link](x.md)", None),
            ("Unclosed [name", None),
        ] {
            assert_eq!(in_title(title).map(|(from, to)| &title[from..to]), expected, "{title:?}");
        }
    }
}
