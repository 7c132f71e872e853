//! The part of a hover that explains the rules which complain about the place.

use crate::diagnostic::Diagnostic;
use crate::rules::Rule;

/// Returns one part for each rule, in the order of the findings.
pub(in crate::ide) fn sections(findings: &[Diagnostic]) -> Vec<String> {
    let mut rules: Vec<&Rule> = Vec::new();
    for finding in findings {
        if !rules.contains(&finding.rule) {
            rules.push(finding.rule);
        }
    }
    rules.into_iter().map(section).collect()
}

/// The message is left out: every editor shows it beside the hover.
pub(in crate::ide) fn section(rule: &Rule) -> String {
    let Rule { code, summary, docs, .. } = rule;
    let why = why(docs);
    format!("**{code}**: {summary}\n\n{why}\n\n`stagegate explain {code}` says more.")
}

/// Returns the first paragraph under "Why it matters", on one line.
fn why(docs: &str) -> String {
    let lines = docs.lines().map(str::trim).skip_while(|line| *line != "## Why it matters").skip(1);
    let paragraph: Vec<_> =
        lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    paragraph.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_says_why() {
        for rule in crate::rules::ALL {
            let why = why(rule.docs);
            assert!(!why.is_empty() && !why.starts_with('#'), "{}: {why:?}", rule.code);
        }
    }
}
