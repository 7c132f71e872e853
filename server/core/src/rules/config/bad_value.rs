//! `config/bad-value`.

use super::{Context, report_issues};
use crate::config::IssueKind;
use crate::rules::declare_rule;

declare_rule! {
    /// ## What it checks
    /// Every value is one that its key can take: a number in range, a known word, a valid glob, a path inside the
    /// workspace; every rule that is named exists; an override has both `paths` and `rules`; and the keys of an environment
    /// go together.
    ///
    /// ## Why it matters
    /// The value is not used; the default (or what the layer below says) holds instead.
    ///
    /// ## Example
    /// ```yaml
    /// quality_gates:
    ///   test_coverage:
    ///     staging_threshold: 700
    /// rules:
    ///   instructions/mising-field: warning
    /// ```
    ///
    /// ## Fix
    /// A word in the wrong case is corrected (safe). A word or rule that was probably meant is offered for you to
    /// choose. A rule that this version does not know is a warning, so that a file may name those of a newer one.
    ///
    /// ## References
    /// [Reference of the configuration, "Keys"](configuration.md#keys).
    BAD_VALUE = {
        code: "config/bad-value",
        summary: "a value that its key cannot take",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut Context<'_>) {
    report_issues(cx, IssueKind::BadValue, &BAD_VALUE);
}

#[cfg(test)]
mod tests {
    use crate::rules::config::testing::{check, check_fixed};
    use expect_test::expect;

    #[test]
    fn numbers_out_of_range() {
        check(
            "quality_gates:\n  test_coverage: {dev_threshold: 101, staging_threshold: -1, production_threshold: .nan}\n  linting: {max_issues: -1}\nstages: {testing: {timeout_seconds: 0}}\ncontext_management: {importance: {requirements: 2}}\nerror_recovery: {testing: {max_delay: -1s}}\n",
            "*",
            &expect![[r#"
                1:33-1:36 error config/bad-value "101": `101` is out of range; expected 0 to 100 %
                  field: quality_gates.test_coverage.dev_threshold
                1:57-1:59 error config/bad-value "-1": `-1` is out of range; expected 0 to 100 %
                  field: quality_gates.test_coverage.staging_threshold
                1:83-1:87 error config/bad-value ".nan": `.nan` is out of range; expected 0 to 100 %
                  field: quality_gates.test_coverage.production_threshold
                2:24-2:26 error config/bad-value "-1": `-1` is out of range; expected at least 0 issues
                  field: quality_gates.linting.max_issues
                3:36-3:37 error config/bad-value "0": `0` is out of range; expected at least 0.1 s
                  field: stages.testing.timeout_seconds
                4:48-4:49 error config/bad-value "2": `2` is out of range; expected 0 to 1
                  field: context_management.importance.requirements
                5:38-5:41 error config/bad-value "-1s": `-1s` is out of range; expected at least 0 s
                  field: error_recovery.testing.max_delay
            "#]],
        );
    }

    #[test]
    fn unknown_words_and_rules() {
        check(
            "rules:\n  instructions/mising-field: warning\n  unknown-key: off\n  instruction/*: off\n  config: off\n  spec/from-a-newer-version: off\n  config/bad-value: fatal\nlogging: {level: info}\nmaturity_workflow: {staging: {required_gates: [test_coverage, lint, linter]}}\n",
            "*",
            &expect![[r#"
                1:2-1:27 warning config/bad-value "instructions/mising-field": unknown rule `instructions/mising-field`; expected a code such as `config/bad-value`, or `family/*`
                  field: rules.instructions/mising-field
                  help: did you mean `instructions/missing-field`?
                  review fix: Write `instructions/missing-field` [("instructions/mising-field", "instructions/missing-field")]
                2:2-2:13 warning config/bad-value "unknown-key": unknown rule `unknown-key`; expected a code such as `config/bad-value`, or `family/*`
                  field: rules.unknown-key
                  help: did you mean `config/unknown-key` or `instructions/unknown-key`?
                  review fix: Write `config/unknown-key` [("unknown-key", "config/unknown-key")]
                3:2-3:15 warning config/bad-value "instruction/*": unknown rule `instruction/*`; expected a code such as `config/bad-value`, or `family/*`
                  field: rules.instruction/*
                  help: did you mean `instructions/*`?
                  review fix: Write `instructions/*` [("instruction/*", "instructions/*")]
                4:2-4:8 warning config/bad-value "config": unknown rule `config`; expected a code such as `config/bad-value`, or `family/*`
                  field: rules.config
                  help: did you mean `config/*`?
                  review fix: Write `config/*` [("config", "config/*")]
                5:2-5:27 warning config/bad-value "spec/from-a-newer-version": unknown rule `spec/from-a-newer-version`; expected a code such as `config/bad-value`, or `family/*`
                  field: rules.spec/from-a-newer-version
                6:20-6:25 error config/bad-value "fatal": unknown value `fatal`; expected `off`, `hint`, `information`, `warning` or `error`
                  field: rules.config/bad-value
                  help: did you mean `error`?
                  review fix: Write `error` [("fatal", "error")]
                7:17-7:21 error config/bad-value "info": unknown value `info`; expected `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`
                  field: logging.level
                  help: did you mean `INFO`?
                  safe fix: Write `INFO` [("info", "INFO")]
                8:68-8:74 error config/bad-value "linter": unknown value `linter`; expected `test_coverage`, `test_pass_rate`, `linting`, `type_checking`, `security`, `secrets`, `vulnerabilities`, `performance`, `complexity`, `instructions_validation`, `coverage`, `tests`, `lint`, `types`, `instructions`, `integration_tests`, `e2e_tests`, `specification`, `documentation`, `dependencies` or `flakiness`
                  field: maturity_workflow.staging.required_gates[2]
            "#]],
        );
    }

    #[test]
    fn severities_as_other_tools_call_them() {
        check(
            "rules: {config/*: warn, file/*: Info}\noverrides:\n  - paths: [a]\n    rules: {config/bad-value: of, file/*: no}\nlogging: {level: info}\n",
            "*",
            &expect![[r#"
                0:18-0:22 error config/bad-value "warn": unknown value `warn`; expected `off`, `hint`, `information`, `warning` or `error`
                  field: rules.config/*
                  help: did you mean `warning`?
                  review fix: Write `warning` [("warn", "warning")]
                0:32-0:36 error config/bad-value "Info": unknown value `Info`; expected `off`, `hint`, `information`, `warning` or `error`
                  field: rules.file/*
                  help: did you mean `information`?
                  review fix: Write `information` [("Info", "information")]
                3:30-3:32 error config/bad-value "of": unknown value `of`; expected `off`, `hint`, `information`, `warning` or `error`
                  field: overrides[0].rules.config/bad-value
                  help: did you mean `off`?
                  review fix: Write `off` [("of", "off")]
                3:42-3:44 error config/bad-value "no": unknown value `no`; expected `off`, `hint`, `information`, `warning` or `error`
                  field: overrides[0].rules.file/*
                  help: did you mean `off`?
                  review fix: Write `off` [("no", "off")]
                4:17-4:21 error config/bad-value "info": unknown value `info`; expected `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`
                  field: logging.level
                  help: did you mean `INFO`?
                  safe fix: Write `INFO` [("info", "INFO")]
            "#]],
        );
    }

    #[test]
    fn globs_and_paths() {
        check(
            "files: {exclude: ['a/[', '', 'ok/**']}\ninstructions: {consumers: {'{': [vscode], '**': [vscode, emacs]}}\nobservability: {metrics: {metrics_dir: ../up}, dashboard: {output_dir: /abs}}\n",
            "*",
            &expect![[r#"
                0:18-0:23 error config/bad-value "'a/['": `a/[` is not a valid glob: unclosed character class; missing ']'
                  field: files.exclude[0]
                0:25-0:27 error config/bad-value "''": an empty glob matches nothing; expected a pattern such as `src/**`
                  field: files.exclude[1]
                1:27-1:30 error config/bad-value "'{'": `{` is not a valid glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
                  field: instructions.consumers.{
                1:57-1:62 error config/bad-value "emacs": unknown value `emacs`; expected `stagegate` or `vscode`
                  field: instructions.consumers.**[1]
                2:39-2:44 error config/bad-value "../up": `../up` leaves the workspace; expected a path below its root
                  field: observability.metrics.metrics_dir
                2:71-2:75 error config/bad-value "/abs": `/abs` leaves the workspace; expected a path below its root
                  field: observability.dashboard.output_dir
            "#]],
        );
    }

    #[test]
    fn requirements_are_one_to_an_item() {
        check(
            "maturity_workflow:\n  production:\n    additional_requirements:\n      - staging_uptime_days: 7\n        rollback_tested: true\n      - {}\n",
            "*",
            &expect![[r#"
                3:8-4:29 error config/bad-value "staging_uptime_days: 7\n        rollback_tested: true": expected one key, found 2
                  field: maturity_workflow.production.additional_requirements[0]
                  help: write each key as an item of its own: `- key: value`
                5:8-5:10 error config/bad-value "{}": expected one key, found 0
                  field: maturity_workflow.production.additional_requirements[1]
                  help: write each key as an item of its own: `- key: value`
            "#]],
        );
    }

    #[test]
    fn an_override_needs_paths_and_rules() {
        check(
            "overrides:\n  - paths: [a]\n  - rules: {config/*: off}\n  -\n",
            "*",
            &expect![[r#"
            1:4-1:14 error config/bad-value "paths: [a]": the key `rules` is missing
              field: overrides[0]
            2:4-2:26 error config/bad-value "rules: {config/*: off}": the key `paths` is missing
              field: overrides[1]
        "#]],
        );
    }

    #[test]
    fn the_right_case_is_certain() {
        check_fixed(
            "logging: {level: \"info\"}\nrules: {config/*: Warning}\n",
            &expect![[r#"
            logging: {level: "INFO"}
            rules: {config/*: warning}
        "#]],
        );
    }

    #[test]
    fn suppressed() {
        check(
            "# stagegate: ignore[bad-value]\nlogging: {level: loud}\nstages: {testing: {timeout_seconds: 0}} # stagegate: ignore[config/*]\n",
            "*",
            &expect![[r#""#]],
        );
    }
}
