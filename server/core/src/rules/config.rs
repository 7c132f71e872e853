//! `config/*`: the configuration file, checked against the schema that it is read with (DESIGN.md section 5).

pub mod bad_value;
pub mod conflicts_with_policy;
pub mod duplicate_key;
pub mod invalid_yaml;
pub mod unknown_key;
pub mod wrong_type;

use super::{Rule, RuleContext};
use crate::config::{ConfigFile, IssueKind};

/// What the rules of this family see.
pub(crate) type Context<'a> = RuleContext<'a, ConfigFile>;

/// Every check, in the order in which they run. One check may report only its own rule.
pub(crate) static CHECKS: &[fn(&mut Context<'_>)] = &[
    invalid_yaml::check,
    duplicate_key::check,
    unknown_key::check,
    wrong_type::check,
    bad_value::check,
    conflicts_with_policy::check,
];

/// Reports what the schema check found of one kind.
fn report_issues(cx: &mut Context<'_>, kind: IssueKind, rule: &'static Rule) {
    let file = cx.file;
    for issue in file.issues.iter().filter(|issue| issue.kind == kind) {
        let mut finding = cx.report(rule, issue.range, issue.message.clone()).fix(issue.fix.clone());
        if !issue.key.is_empty() {
            finding = finding.field(issue.key.clone());
        }
        if let Some(help) = &issue.help {
            finding = finding.help(help.clone());
        }
        if let Some(most) = issue.at_most {
            finding = finding.at_most(most);
        }
        finding.done();
    }
}

#[cfg(test)]
pub(crate) mod testing;
