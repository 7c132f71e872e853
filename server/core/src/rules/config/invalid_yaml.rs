//! `config/invalid-yaml`.

use super::Context;
use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::yaml::{self, Problem, ProblemKind};
use crate::glob;
use crate::rules::declare_rule;
use crate::text::{Source, range};

declare_rule! {
    /// ## What it checks
    /// The configuration is one YAML document of at most 256 KiB.
    ///
    /// ## Why it matters
    /// The broken entry is not used. Stagegate reads the rest all the same; the workflow's own scripts read nothing.
    ///
    /// ## Example
    /// ```yaml
    /// files:
    ///   exclude:
    ///     - **/generated/**
    /// ```
    ///
    /// ## Fix
    /// A glob that starts with `*` is quoted, where the line is valid afterwards. Safe: an unquoted one is an error.
    ///
    /// ## References
    /// YAML 1.2.2, sections 7.3.3 "Plain Style" and 9.1 "Documents".
    INVALID_YAML = {
        code: "config/invalid-yaml",
        summary: "the configuration is not valid YAML",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

/// Most problems that are reported; nobody reads more.
const MAX_REPORTED: usize = 100;

pub(crate) fn check(cx: &mut Context<'_>) {
    let file = cx.file;
    let syntax = file.problems.iter().filter(|problem| problem.kind == ProblemKind::Syntax);
    for problem in syntax.take(MAX_REPORTED) {
        let fix = quote(cx.source, problem);
        cx.report(&INVALID_YAML, problem.range, problem.message.clone()).fix(fix).done();
    }
}

/// Returns a fix that quotes the glob which the problem stands at, if that makes the line valid.
fn quote(source: Source<'_>, problem: &Problem) -> Option<Fix> {
    let (start, line) = source.line_at(problem.range.start().into());
    let content = line.trim_start_matches([' ', '-']);
    // The value of a list item, or what follows the first `: `.
    let value = if content.starts_with('*') { content } else { content.split_once(": ")?.1.trim_start() };
    let lead = line.len() - value.len();
    let value = value.split(" #").next()?.trim_end();
    if let Some(items) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return quote_items(start + lead + 1, &line, lead + 1, items);
    }
    if !value.starts_with('*') || value.contains(['"', '\\']) || line[..lead].contains('#') {
        return None;
    }
    let quoted = format!("\"{value}\"");
    let after = format!("{}{quoted}{}", &line[..lead], &line[lead + value.len()..]);
    yaml::read(&after, 0).problems.is_empty().then(|| {
        Fix::safe(format!("Quote `{value}`"), range(start + lead, start + lead + value.len()), quoted)
    })
}

/// Returns a fix that quotes the globs among `items`, which stand in brackets at `at` of `line`, if that makes the
/// line valid.
fn quote_items(base: usize, line: &str, at: usize, items: &str) -> Option<Fix> {
    let quoted = |text: &str| text.starts_with('*') && !text.contains(['"', '\\']);
    let globs: Vec<_> = glob::split(items).into_iter().filter(|item| quoted(&item.text)).collect();
    let mut after = items.to_owned();
    for item in globs.iter().rev() {
        after.replace_range(std::ops::Range::<usize>::from(item.range), &format!("\"{}\"", item.text));
    }
    let after = format!("{}{after}{}", &line[..at], &line[at + items.len()..]);
    let title = match globs.as_slice() {
        [] => return None,
        [one] => format!("Quote `{}`", one.text),
        several => format!("Quote {} globs", several.len()),
    };
    let edit = |item: &glob::Segment| TextEdit {
        range: item.range + crate::text::offset(base),
        new_text: format!("\"{}\"", item.text),
    };
    let edits = globs.iter().map(edit).collect();
    yaml::read(&after, 0).problems.is_empty().then_some(Fix { title, safe: true, edits })
}

#[cfg(test)]
mod tests {
    use crate::rules::config::testing::{check, check_fixed};
    use expect_test::expect;

    #[test]
    fn a_broken_line_hides_nothing_else() {
        check(
            "quality_gates:\n  test_coverage:\n    dev_threshold: 500\n    staging_threshold: : 70\n      deeper: 1\n    production_threshold: 500\n  lintin: {}\nlogging: {level: loud\nfiles: {exclude: 5}\n",
            "*",
            &expect![[r#"
                2:19-2:22 error config/bad-value "500": `500` is out of range; expected 0 to 100 %
                  field: quality_gates.test_coverage.dev_threshold
                3:23-3:27 error config/invalid-yaml ": 70": mapping values are not allowed in this context
                5:26-5:29 error config/bad-value "500": `500` is out of range; expected 0 to 100 %
                  field: quality_gates.test_coverage.production_threshold
                6:2-6:8 warning config/unknown-key "lintin": unknown key `lintin`; expected `linting`
                  field: quality_gates.lintin
                  safe fix: Rename `lintin` to `linting` [("lintin", "linting")]
                7:9-7:21 error config/invalid-yaml "{level: loud": unclosed bracket '{'
                8:17-8:18 error config/wrong-type "5": expected a list of globs, found a number (`5`)
                  field: files.exclude
            "#]],
        );
    }

    #[test]
    fn globs_are_quoted() {
        check_fixed(
            "files:\n  exclude:\n    - **/generated/** # all\n    - *.{py,pyi}\ninstructions:\n  consumers:\n    a: [vscode]\nlogging:\n  file: *.log\n",
            &expect![[r#"
                files:
                  exclude:
                    - "**/generated/**" # all
                    - "*.{py,pyi}"
                instructions:
                  consumers:
                    a: [vscode]
                logging:
                  file: "*.log"
            "#]],
        );
    }

    #[test]
    fn globs_in_brackets_are_quoted() {
        check(
            "files:\n  exclude: [**/*.gen.md, vendor/**, *.{a,b}] # all\n",
            "*",
            &expect![[r#"
                1:38-1:50 error config/invalid-yaml "{a,b}] # all": while parsing a flow sequence, expected ',' or ']'
                  safe fix: Quote 2 globs [("**/*.gen.md", "\"**/*.gen.md\""), ("*.{a,b}", "\"*.{a,b}\"")]
            "#]],
        );
        check_fixed(
            "files:\r\n  exclude: [**/*.gen.md, vendor/**, *.{a,b}] # all\r\n",
            &expect![[r#"
                files:␍
                  exclude: ["**/*.gen.md", vendor/**, "*.{a,b}"] # all␍
            "#]],
        );
    }

    #[test]
    fn a_file_too_large_is_not_read() {
        let text = "a: 1\n".repeat(60_000);
        check(
            &text,
            "*",
            &expect![[r#"
            0:0-0:4 error config/invalid-yaml "a: 1": the file has 292 KiB; expected at most 256 KiB
        "#]],
        );
    }

    #[test]
    fn a_second_document() {
        check(
            "logging: {level: loud}\n---\nlogging: {level: INFO}\n",
            "*",
            &expect![[r#"
            0:17-0:21 error config/bad-value "loud": unknown value `loud`; expected `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`
              field: logging.level
            1:0-1:3 error config/invalid-yaml "---": a second document starts here; expected one
            2:0-2:7 warning config/duplicate-key "logging": the key `logging` stands here again; only the last one counts
              field: logging
              related 0:0-0:7: it stands here first
        "#]],
        );
    }
}
