//! `stagegate explain`.

use std::fmt::Write as _;

use serde_json::json;
use stagegate_core::rules::{self, FixKind, Rule};

use super::print;
use crate::args::{Explain, Format};
use crate::exit_code;
use crate::failure::Failure;
use crate::report::Style;

/// Columns of the text; documentation is read best at this width on every terminal.
const WIDTH: usize = 88;

/// Rules of `instructions/*` that report in the body; the others report in YAML, where a comment starts with `#`.
const IN_MARKDOWN: &[&str] = &["missing-frontmatter", "no-headings", "short-content", "long-content"];

/// Rules of `maturity/*` that report in files of code alone, and those that report there as well as in Markdown.
const IN_CODE: &[&str] = &["unknown-stage"];
const IN_CODE_TOO: &[&str] = &["stage-mismatch", "spec-missing", "tests-missing"];

/// Rules of `file/*` about files that were not read.
const UNREAD: &[&str] = &["too-large", "not-utf8", "unreadable"];

pub(super) fn run(args: &Explain) -> Result<u8, Failure> {
    let style = Style::stdout();
    let text = match (&args.rule, args.format) {
        (None, Format::Text) => table(rules::ALL, &style),
        (None, Format::Json) => list(rules::ALL),
        (Some(name), format) if !family(name).is_empty() => match format {
            Format::Text => table(&family(name), &style),
            Format::Json => list(&family(name)),
        },
        (Some(name), Format::Text) => {
            let (rule, others) = find(name)?;
            let mut text = page(rule, &style);
            for other in others {
                let _ =
                    writeln!(text, "\n`stagegate explain {}` shows the other rule of this name.", other.code);
            }
            text
        }
        (Some(name), Format::Json) => format!("{}\n", describe(find(name)?.0)),
    };
    print(&text)?;
    Ok(exit_code::SUCCESS)
}

/// Finds a rule by its code or its name. Of several with one name the first counts, which is about instruction files;
/// the others are returned beside it.
fn find(name: &str) -> Result<(&'static Rule, Vec<&'static Rule>), Failure> {
    if let Some(rule) = rules::find(name) {
        return Ok((rule, Vec::new()));
    }
    let mut named = rules::ALL.iter().copied().filter(|rule| rule.name() == name);
    if let Some(first) = named.next() {
        return Ok((first, named.collect()));
    }
    let failure = Failure::new(format_args!("there is no rule `{name}`"));
    let failure = match rules::suggest(name).as_slice() {
        [] => failure,
        near => failure.help(format_args!("did you mean `{}`?", near.join("` or `"))),
    };
    Err(match name.split_once('/') {
        Some((of, _)) if !family(of).is_empty() => {
            failure.help(format_args!("`stagegate explain {of}` lists the rules of that family"))
        }
        Some(_) => failure.help(format_args!(
            "families are {}; `stagegate explain` lists all rules",
            families().join(", ")
        )),
        None => failure.help("`stagegate explain` lists all rules"),
    })
}

/// Returns the families of rules, in the order of the list.
fn families() -> Vec<&'static str> {
    let mut families: Vec<_> = rules::ALL.iter().map(|rule| rule.family()).collect();
    families.dedup();
    families
}

/// Returns the rules of the family `name`: `spec`, `spec/` or `spec/*`.
fn family(name: &str) -> Vec<&'static Rule> {
    let name = name.trim_end_matches('*').trim_end_matches('/');
    rules::ALL.iter().copied().filter(|rule| rule.family() == name).collect()
}

/// Describes `rules` in JSON.
fn list(rules: &[&Rule]) -> String {
    let all: Vec<_> = rules.iter().map(|rule| describe(rule)).collect();
    format!("{}\n", json!({ "schema": "stagegate.rules/1", "rules": all }))
}

fn describe(rule: &Rule) -> serde_json::Value {
    json!({
        "code": rule.code,
        "summary": rule.summary,
        "severity": rule.severity.name(),
        "fix": fix_word(rule.fix),
        "since": rule.since,
        "page": rule.page(),
        "docs": docs(rule),
    })
}

fn fix_word(fix: FixKind) -> &'static str {
    match fix {
        FixKind::None => "none",
        FixKind::Review => "review",
        FixKind::Safe => "safe",
    }
}

/// Lists `rules`, one on a line.
fn table(rules: &[&Rule], style: &Style) -> String {
    let Style { bold, reset, .. } = style;
    let width = rules.iter().map(|rule| rule.code.len()).max().unwrap_or_default();
    let mut out =
        format!("{bold}{:width$}  {:11}  {:6}  What it reports{reset}\n", "Rule", "Severity", "Fix");
    for rule in rules {
        let (severity, colour) = (rule.severity.name(), style.of_severity(rule.severity));
        let _ = writeln!(
            out,
            "{:width$}  {colour}{severity:11}{reset}  {:6}  {}",
            rule.code,
            fix_word(rule.fix),
            rule.summary
        );
    }
    out.push_str("\n`stagegate explain RULE` shows what a rule checks, why, and how to mend it.\n");
    out
}

/// Renders the documentation of one rule.
fn page(rule: &Rule, style: &Style) -> String {
    let Style { bold, reset, .. } = style;
    let colour = style.of_severity(rule.severity);
    let fix = match rule.fix {
        FixKind::None => "no fix",
        FixKind::Review => "a fix for you to review",
        FixKind::Safe => "a safe fix (--fix)",
    };
    let mut out = format!("{bold}{}{reset}: {}\n", rule.code, rule.summary);
    let _ = writeln!(out, "{colour}{}{reset} by default, {fix}, since {}", rule.severity.name(), rule.since);
    out.push_str(&markdown(&docs(rule), style));
    let _ = write!(out, "\n{bold}Configure{reset}\n  rules:\n    {}: off\n", rule.code);
    let (markdown, code) = match (rule.family(), rule.name()) {
        // There is no text to write it in.
        ("file", name) if UNREAD.contains(&name) => (false, false),
        ("instructions", name) => (IN_MARKDOWN.contains(&name), !IN_MARKDOWN.contains(&name)),
        ("config", _) => (false, true),
        ("maturity", name) => {
            (!IN_CODE.contains(&name), IN_CODE.contains(&name) || IN_CODE_TOO.contains(&name))
        }
        ("file", _) => (true, true),
        // A `#` would be a heading there.
        _ => (true, false),
    };
    if !markdown && !code {
        out.push_str("  in stagegate.yaml\n");
        return out;
    }
    out.push_str("  in stagegate.yaml, or on one line of a file:\n");
    if markdown {
        let behind = if code { "  in Markdown" } else { "" };
        let _ = writeln!(out, "    <!-- stagegate: ignore[{}] -->{behind}", rule.name());
    }
    if code {
        let behind = if markdown { "  in YAML and code" } else { "" };
        let _ = writeln!(out, "    # stagegate: ignore[{}]{behind}", rule.name());
    }
    out
}

/// Returns the documentation without the blank that `///` leaves before each line.
fn docs(rule: &Rule) -> String {
    rule.docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).fold(
        String::new(),
        |mut out, line| {
            out.push_str(line);
            out.push('\n');
            out
        },
    )
}

/// Renders Markdown for a terminal: headings bold, paragraphs filled, code indented.
fn markdown(text: &str, style: &Style) -> String {
    let Style { bold, reset, .. } = style;
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            flush(&mut out, &mut paragraph);
            in_code = !in_code;
        } else if in_code {
            let _ = writeln!(out, "    {line}");
        } else if let Some(title) = line.strip_prefix("## ") {
            flush(&mut out, &mut paragraph);
            let _ = writeln!(out, "\n{bold}{title}{reset}");
        } else if line.trim().is_empty() {
            flush(&mut out, &mut paragraph);
        } else {
            if line.starts_with("- ") || line.starts_with("* ") || line.starts_with('|') {
                flush(&mut out, &mut paragraph);
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(&without_links(line.trim()));
        }
    }
    flush(&mut out, &mut paragraph);
    out
}

/// Returns `line` with every `[text](target)` as its text: a terminal follows none of our relative links.
fn without_links(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        let open = rest[..at].rfind('[');
        let close = rest[at..].find(')');
        let (Some(open), Some(close)) = (open, close) else { break };
        out.push_str(&rest[..open]);
        out.push_str(&rest[open + 1..at]);
        rest = &rest[at + close + 1..];
    }
    out.push_str(rest);
    out
}

/// Fills a paragraph into lines and forgets it.
fn flush(out: &mut String, paragraph: &mut String) {
    let indent = if paragraph.starts_with("- ") { "    " } else { "  " };
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            column = 0;
        }
        let before = if column > 0 {
            " "
        } else if out.ends_with('\n') && word != "-" && !paragraph.starts_with(word) {
            indent
        } else {
            "  "
        };
        out.push_str(before);
        out.push_str(word);
        column += before.len() + length;
    }
    if column > 0 {
        out.push('\n');
    }
    paragraph.clear();
}
