//! `config/duplicate-key`.

use super::Context;
use crate::frontmatter::yaml::ProblemKind;
use crate::rules::declare_rule;

declare_rule! {
    /// ## What it checks
    /// No key stands twice in one mapping.
    ///
    /// ## Why it matters
    /// Only the last one counts, here and in the workflow's own scripts; other readers of YAML refuse the whole file.
    ///
    /// ## Example
    /// ```yaml
    /// stages:
    ///   testing: {timeout_seconds: 60}
    /// stages:
    ///   refactoring: {timeout_seconds: 60}
    /// ```
    ///
    /// ## Fix
    /// None: which of the two was meant, or whether both were, is yours to say.
    ///
    /// ## References
    /// YAML 1.2.2, section 3.2.1.3: the keys of a mapping are unique.
    DUPLICATE_KEY = {
        code: "config/duplicate-key",
        summary: "a key that stands there twice",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

/// Most keys that are reported; nobody reads more.
const MAX_REPORTED: usize = 100;

pub(crate) fn check(cx: &mut Context<'_>) {
    let file = cx.file;
    let mut reported = 0;
    for problem in &file.problems {
        let ProblemKind::DuplicateKey { first } = problem.kind else { continue };
        reported += 1;
        if reported > MAX_REPORTED {
            break;
        }
        let key = cx.source.slice(problem.range.start().into(), problem.range.end().into());
        let key = key.trim_matches(['"', '\'']);
        let message = format!("the key `{key}` stands here again; only the last one counts");
        cx.report(&DUPLICATE_KEY, problem.range, message)
            .field(key)
            .related(first, "it stands here first")
            .done();
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::config::testing::check;
    use expect_test::expect;

    #[test]
    fn the_later_key_is_reported() {
        check(
            "logging:\n  level: INFO\n  \"level\": DEBUG\n",
            "*",
            &expect![[r#"
            2:2-2:9 warning config/duplicate-key "\"level\"": the key `level` stands here again; only the last one counts
              field: level
              related 1:2-1:7: it stands here first
        "#]],
        );
        check(
            "stages:\n  testing: {enabled: true}\n  refactoring: {enabled: true}\n",
            "*",
            &expect![[r#""#]],
        );
    }
}
