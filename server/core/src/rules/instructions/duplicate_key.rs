//! `instructions/duplicate-key`.

use super::edit::field_of;
use crate::config::shorten;
use crate::frontmatter::yaml::ProblemKind;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// Every key of the front matter stands once.
    ///
    /// ## Why it matters
    /// YAML forbids it: some readers take the first value, some the last, and some refuse the file.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "src/**"
    /// description: "Rules"
    /// applyTo: "tests/**"
    /// ---
    /// ```
    ///
    /// ## Fix
    /// None: only you know which of the two values is meant.
    ///
    /// ## References
    /// YAML 1.2.2, section 3.2.1.3 "Node Comparison"; requirement 002, "Must be valid YAML syntax".
    DUPLICATE_KEY = {
        code: "instructions/duplicate-key",
        summary: "a key stands twice",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    for problem in &front_matter.problems {
        let ProblemKind::DuplicateKey { first } = problem.kind else { continue };
        let entries = front_matter.entries();
        let top = entries.binary_search_by_key(&problem.range.start(), |entry| entry.key.range.start()).ok();
        let field = top.and_then(|at| entries[at].key.as_str()).map_or("frontmatter", field_of);
        let key = shorten(front_matter.slice(problem.range).trim_matches(['"', '\'']));
        let message = format!("the key `{key}` is repeated; only one of the two counts");
        cx.report(&DUPLICATE_KEY, problem.range, message)
            .field(field)
            .related(first, "it stands here first")
            .done();
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    const RULE: &str = "instructions/duplicate-key";

    #[test]
    fn the_second_one_is_reported_and_points_to_the_first() {
        check(
            "---\r\napplyTo: a\r\ndescription: b\r\napplyTo: c\r\n---\r\n",
            RULE,
            &expect![[r#"
            3:0-3:7 error instructions/duplicate-key "applyTo": the key `applyTo` is repeated; only one of the two counts
              field: applyTo
              related 1:0-1:7: it stands here first
        "#]],
        );
        check(
            "---\nx:\n  applyTo: 1\n  applyTo: 2\n---\n",
            RULE,
            &expect![[r#"
            3:2-3:9 error instructions/duplicate-key "applyTo": the key `applyTo` is repeated; only one of the two counts
              field: frontmatter
              related 2:2-2:9: it stands here first
        "#]],
        );
    }

    #[test]
    fn keys_of_different_mappings_do_not_meet() {
        check("---\napplyTo: a\nx:\n  applyTo: a\n---\n", RULE, &expect![[""]]);
    }
}
