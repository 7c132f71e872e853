//! `config/unknown-key`.

use super::{Context, report_issues};
use crate::config::IssueKind;
use crate::rules::declare_rule;

declare_rule! {
    /// ## What it checks
    /// Every key is one that Stagegate or the workflow reads, in the section where it is read.
    ///
    /// ## Why it matters
    /// A key that nothing reads is silently ignored: with `stagin_threshold: 90` the threshold stays what it was.
    ///
    /// ## Example
    /// ```yaml
    /// quality_gates:
    ///   test_coverage:
    ///     stagin_threshold: 90
    /// ```
    ///
    /// ## Fix
    /// A near miss of a key that is not there yet is a warning and is renamed. Any other unknown key is a hint: it may
    /// be read by a tool of your own.
    ///
    /// ## References
    /// [Reference of the configuration, "Keys"](configuration.md#keys).
    UNKNOWN_KEY = {
        code: "config/unknown-key",
        summary: "a key that nothing reads",
        severity: Warning,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut Context<'_>) {
    report_issues(cx, IssueKind::UnknownKey, &UNKNOWN_KEY);
}

#[cfg(test)]
mod tests {
    use crate::rules::config::testing::{check, check_fixed};
    use expect_test::expect;

    #[test]
    fn near_misses_warn_and_others_hint() {
        check(
            "quality_gates:\n  test_coverage:\n    stagin_threshold: 90\n    'Dev-Threshold': 60\nteam: x\n",
            "*",
            &expect![[r#"
                2:4-2:20 warning config/unknown-key "stagin_threshold": unknown key `stagin_threshold`; expected `staging_threshold`
                  field: quality_gates.test_coverage.stagin_threshold
                  safe fix: Rename `stagin_threshold` to `staging_threshold` [("stagin_threshold", "staging_threshold")]
                3:4-3:19 warning config/unknown-key "'Dev-Threshold'": unknown key `Dev-Threshold`; expected `dev_threshold`
                  field: quality_gates.test_coverage.Dev-Threshold
                  safe fix: Rename `Dev-Threshold` to `dev_threshold` [("'Dev-Threshold'", "'dev_threshold'")]
                4:0-4:4 hint config/unknown-key "team": unknown key `team` in the file; nothing reads it
                  field: team
            "#]],
        );
    }

    #[test]
    fn a_key_of_another_section_is_named() {
        check(
            "quality_gates:\n  dev_threshold: 60\n",
            "*",
            &expect![[r#"
            1:2-1:15 hint config/unknown-key "dev_threshold": unknown key `dev_threshold` in `quality_gates`; nothing reads it
              field: quality_gates.dev_threshold
              help: `dev_threshold` is a key of `quality_gates.test_coverage`
        "#]],
        );
    }

    #[test]
    fn a_near_miss_beside_the_right_key_is_not_renamed() {
        check(
            "logging:\n  level: INFO\n  levels: INFO\n",
            "*",
            &expect![[r#"
            2:2-2:8 hint config/unknown-key "levels": unknown key `levels` in `logging`; nothing reads it
              field: logging.levels
        "#]],
        );
    }

    #[test]
    fn two_misspellings_do_not_become_one_key() {
        check_fixed(
            "logging: {levl: INFO, levle: DEBUG}\n",
            &expect![[r#"
            logging: {level: INFO, levle: DEBUG}
        "#]],
        );
    }

    #[test]
    fn keys_that_are_no_names_and_merge_keys() {
        check(
            "? [a]\n: 1\nlogging: &l {level: INFO}\nnotifications:\n  <<: *l\n5: 1\n",
            "*",
            &expect![[r#"
                0:2-0:5 warning config/unknown-key "[a]": expected a name as key
                4:2-4:4 warning config/unknown-key "<<": merge keys are not read
                  field: notifications.<<
                  help: write the keys out
                5:0-5:1 hint config/unknown-key "5": unknown key `5` in the file; nothing reads it
                  field: 5
            "#]],
        );
    }

    #[test]
    fn renaming_keeps_quotes_and_comments() {
        check_fixed(
            "\"qualityGates\": # ours\r\n  Linting: {maxissues: 3}\r\n",
            &expect![[r#"
                "quality_gates": # ours␍
                  linting: {max_issues: 3}␍
            "#]],
        );
    }
}
