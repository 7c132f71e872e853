//! The page of all rules: `docs/rules.md`, where [`Rule::url`] leads.

use std::fmt::Write as _;

use super::{ALL, FixKind, Rule};

const HEAD: &str = "\
<!-- Generated from server/core/src/rules; run `STAGEGATE_CODEGEN=1 cargo test -p stagegate-core --test generated`. -->

# Rules

A rule's code is public and never reused. Its severity can be set for all files and for some paths, see
[Configuration](configuration.md#rules). A comment silences it on its line, or on the next one where it stands alone:
`<!-- stagegate: ignore[missing-field] -->` in Markdown, `# stagegate: ignore[missing-field]` in YAML, where it silences
all of a key's value. A *safe* fix states only what the author certainly meant, and `stagegate check --fix` applies it;
any other fix is for a person to choose.
";

/// What the rules of a family are about, in the order of the page. A family without a line here comes last.
const FAMILIES: &[(&str, &str)] = &[
    ("instructions", "Instruction files for AI assistants."),
    ("spec", "Specs of components."),
    ("maturity", "What specs, MATURITY files and code say about components, taken together."),
    ("todo", "TODO comments, in files of every language."),
    (
        "gate",
        "What the evidence of gates says about components. Nothing is said before evidence was looked for.",
    ),
    ("config", "The configuration: `stagegate.yaml` or `scripts/workflow/workflow_config.yaml`."),
    ("file", "Files that cannot be read, and what concerns files of every kind."),
];

/// Returns the documentation of `rule` in Markdown, as it was written: without the blank that a doc comment puts
/// before each line.
#[must_use]
pub fn docs(rule: &Rule) -> String {
    let mut out = String::with_capacity(rule.docs.len());
    for line in rule.docs.lines() {
        out.push_str(line.strip_prefix(' ').unwrap_or(line));
        out.push('\n');
    }
    out
}

/// Returns the page of all rules, grouped by family.
#[must_use]
pub fn rules_markdown() -> String {
    let mut out = HEAD.to_owned();
    let mut families: Vec<_> = FAMILIES.iter().map(|(family, _)| *family).collect();
    for rule in ALL {
        if !families.contains(&rule.family()) {
            families.push(rule.family());
        }
    }
    for family in &families {
        let rules = || ALL.iter().filter(|rule| rule.family() == *family);
        if rules().next().is_none() {
            continue;
        }
        let _ = writeln!(out, "\n## {family}\n");
        if let Some((_, about)) = FAMILIES.iter().find(|(name, _)| name == family) {
            let _ = writeln!(out, "{about}\n");
        }
        out.push_str("| Rule | Severity | Fix | Finds |\n| --- | --- | --- | --- |\n");
        for rule in rules() {
            let (code, anchor) = (rule.code, anchor(rule));
            let _ = writeln!(
                out,
                "| [`{code}`](#{anchor}) | {} | {} | {} |",
                rule.severity.name(),
                fix(rule),
                rule.summary
            );
        }
        for rule in rules() {
            section(&mut out, rule);
        }
    }
    out
}

/// The anchor of a rule on the page: GitHub takes all but letters, digits, `-`, `_` and blanks out of a heading.
pub(super) fn anchor(rule: &Rule) -> String {
    rule.code.replace('/', "")
}

fn fix(rule: &Rule) -> &'static str {
    match rule.fix {
        FixKind::None => "",
        FixKind::Review => "yes",
        FixKind::Safe => "safe",
    }
}

fn section(out: &mut String, rule: &Rule) {
    let fix = match rule.fix {
        FixKind::None => "no fix",
        FixKind::Review => "has a fix to choose",
        FixKind::Safe => "has a safe fix",
    };
    let _ = writeln!(out, "\n### {}\n", rule.code);
    let _ = writeln!(out, "*{}* ({}, {fix}, since {})\n", rule.summary, rule.severity.name(), rule.since);
    // The headings of the documentation go below that of the rule; those in an example are text.
    let mut in_code = false;
    for line in docs(rule).trim_end().lines() {
        in_code ^= line.starts_with("```");
        let _ = match line.strip_prefix("## ").filter(|_| !in_code) {
            Some(title) => writeln!(out, "#### {title}\n"),
            None => writeln!(out, "{line}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_leads_to_a_heading() {
        let page = rules_markdown();
        let mut in_code = false;
        let mut slugs: Vec<String> = Vec::new();
        for line in page.lines() {
            in_code ^= line.starts_with("```");
            let Some(title) = line.strip_prefix('#').filter(|_| !in_code) else { continue };
            let title = title.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
            let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
            let again = slugs.iter().filter(|known| **known == slug).count();
            slugs.push(slug.clone());
            if let Some(rule) = ALL.iter().find(|rule| rule.code == title) {
                assert_eq!(again, 0, "{title} is not the first heading of its name");
                assert!(rule.page().ends_with(&format!("#{slug}")), "{} is not {slug}", rule.page());
            }
        }
        for rule in ALL {
            assert!(slugs.contains(&anchor(rule)), "{}", rule.code);
        }
    }
}
