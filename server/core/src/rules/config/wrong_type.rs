//! `config/wrong-type`.

use super::{Context, report_issues};
use crate::config::IssueKind;
use crate::rules::declare_rule;

declare_rule! {
    /// ## What it checks
    /// Every value has the type that its key needs.
    ///
    /// ## Why it matters
    /// The value is not used; the default (or what the layer below says) holds instead.
    ///
    /// ## Example
    /// ```yaml
    /// quality_gates:
    ///   test_coverage:
    ///     staging_threshold: "75"
    /// ```
    ///
    /// ## Fix
    /// Where the value says the same in the right type, it is written so: `"75"` or `75%` becomes `75`, a single value
    /// becomes a list of one. Safe: nothing else can have been meant. Several globs in one text are split, for you to
    /// review.
    ///
    /// ## References
    /// [Reference of the configuration, "Types"](configuration.md#types).
    WRONG_TYPE = {
        code: "config/wrong-type",
        summary: "a value of another type than its key needs",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut Context<'_>) {
    report_issues(cx, IssueKind::WrongType, &WRONG_TYPE);
}

#[cfg(test)]
mod tests {
    use crate::rules::config::testing::{check, check_fixed};
    use expect_test::expect;

    #[test]
    fn every_value_is_checked_at_once() {
        check(
            "quality_gates:\n  test_coverage: {staging_threshold: high, production_threshold: }\n  linting: {max_issues: 1.5, auto_fix: 1}\nlogging: INFO\nrules: [a]\nerror_recovery:\n  testing: {base_delay: soon}\n",
            "*",
            &expect![[r#"
                1:37-1:41 error config/wrong-type "high": expected a number, found a string (`high`)
                  field: quality_gates.test_coverage.staging_threshold
                1:43-1:63 error config/wrong-type "production_threshold": expected a number, found nothing
                  field: quality_gates.test_coverage.production_threshold
                2:24-2:27 error config/wrong-type "1.5": expected an integer, found a number (`1.5`)
                  field: quality_gates.linting.max_issues
                2:39-2:40 error config/wrong-type "1": expected `true` or `false`, found a number (`1`)
                  field: quality_gates.linting.auto_fix
                3:9-3:13 error config/wrong-type "INFO": expected a mapping, found a string (`INFO`)
                  field: logging
                4:7-4:10 error config/wrong-type "[a]": expected a mapping, found a list
                  field: rules
                6:24-6:28 error config/wrong-type "soon": expected a number of seconds, or text such as `1.5s`, found a string (`soon`)
                  field: error_recovery.testing.base_delay
            "#]],
        );
    }

    #[test]
    fn what_says_the_same_is_written_in_the_right_type() {
        check_fixed(
            "quality_gates:\n  test_coverage: {staging_threshold: \"75\", production_threshold: 85%} # x\n  linting: {auto_fix: 'yes'}\nfiles:\n  exclude: a/{b,c}\nmaturity_workflow: {staging: {required_gates: linting}}\nlogging: {file: 5}\nerror_recovery: {testing: {base_delay: '2'}}\n",
            &expect![[r#"
                quality_gates:
                  test_coverage: {staging_threshold: 75, production_threshold: 85} # x
                  linting: {auto_fix: true}
                files:
                  exclude: ["a/{b,c}"]
                maturity_workflow: {staging: {required_gates: [linting]}}
                logging: {file: "5"}
                error_recovery: {testing: {base_delay: 2}}
            "#]],
        );
    }

    #[test]
    fn several_globs_in_one_text_are_probably_several() {
        check(
            "files:\n  exclude: a/**, b.{md,txt}\n",
            "*",
            &expect![[r#"
            1:11-1:27 error config/wrong-type "a/**, b.{md,txt}": expected a list of globs, found a string (`a/**, b.{md,txt}`)
              field: files.exclude
              review fix: Write it as a list [("a/**, b.{md,txt}", "[\"a/**\", \"b.{md,txt}\"]")]
        "#]],
        );
    }

    #[test]
    fn the_whole_file_is_a_mapping_or_empty() {
        check(
            "- a\n",
            "*",
            &expect![[r#"
            0:0-0:3 error config/wrong-type "- a": expected a mapping, found a list
        "#]],
        );
        check(
            "just text\n",
            "*",
            &expect![[r#"
            0:0-0:9 error config/wrong-type "just text": expected a mapping, found a string (`just text`)
        "#]],
        );
        for text in ["", "\n# nothing yet\n", "rules:\nfiles:\n  exclude:\n", "\u{feff}", "~\n", "{}"] {
            check(text, "*", &expect![[r#""#]]);
        }
    }

    #[test]
    fn aliases_of_scalars_are_values_and_of_collections_are_not() {
        check(
            "files: {exclude: &e [a]}\ninstructions: {exclude: *e, min_characters: &n 5, max_characters: *n}\n",
            "*",
            &expect![[r#"
                1:24-1:26 error config/wrong-type "*e": expected a list of globs; aliases of lists and mappings are not followed
                  field: instructions.exclude
                  help: write the values out
            "#]],
        );
    }

    #[test]
    fn booleans_as_the_incumbent_reads_them() {
        check("logging: {console: yes}\nnotifications: {enabled: OFF}\n", "*", &expect![[r#""#]]);
    }
}
