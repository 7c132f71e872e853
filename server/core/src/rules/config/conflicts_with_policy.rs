//! `config/conflicts-with-policy`.

use super::Context;
use crate::config::ConfigFile;
use crate::diagnostic::{Fix, Severity};
use crate::rules::declare_rule;

declare_rule! {
    /// ## What it checks
    /// No threshold is laxer than the policy: coverage of 60, 70 and 80 %, all tests pass, no lint issue, no type
    /// error, no critical or high vulnerability and at most 5 medium ones; and no gate that the policy requires for a
    /// stage is missing from its `required_gates`.
    ///
    /// ## Why it matters
    /// The configured value counts. A component is then promoted below what the maturity stages promise to others.
    ///
    /// ## Example
    /// ```yaml
    /// quality_gates:
    ///   test_coverage:
    ///     production_threshold: 75
    /// ```
    ///
    /// ## Fix
    /// The value of the policy is offered, for you to choose. Development coverage below 60 is only a hint, because
    /// the requirements disagree: one says 60, another one 50. So are lint issues and type errors; a missing gate is
    /// an information.
    ///
    /// ## References
    /// Requirement 001, "Quality Gate Thresholds by Stage"; requirement 002, "Quality Gates".
    CONFLICTS_WITH_POLICY = {
        code: "config/conflicts-with-policy",
        summary: "a setting laxer than the policy",
        severity: Warning,
        fix: Review,
        since: "0.1.0",
    }
}

/// A bound of the policy.
struct Bound {
    path: &'static str,
    limit: Limit,
    what: &'static str,
    severity: Severity,
}

#[derive(Clone, Copy)]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

const fn bound(path: &'static str, limit: Limit, what: &'static str, severity: Severity) -> Bound {
    Bound { path, limit, what, severity }
}

static BOUNDS: &[Bound] = &[
    bound(
        "quality_gates.test_coverage.dev_threshold",
        Limit::AtLeast(60.0),
        "coverage for development",
        Severity::Hint,
    ),
    bound(
        "quality_gates.test_coverage.staging_threshold",
        Limit::AtLeast(70.0),
        "coverage for staging",
        Severity::Warning,
    ),
    bound(
        "quality_gates.test_coverage.production_threshold",
        Limit::AtLeast(80.0),
        "coverage for production",
        Severity::Warning,
    ),
    bound(
        "quality_gates.test_pass_rate.required",
        Limit::AtLeast(100.0),
        "the share of tests that pass",
        Severity::Warning,
    ),
    bound("quality_gates.linting.max_issues", Limit::AtMost(0.0), "lint issues", Severity::Hint),
    bound("quality_gates.type_checking.max_errors", Limit::AtMost(0.0), "type errors", Severity::Hint),
    bound(
        "quality_gates.security.max_critical",
        Limit::AtMost(0.0),
        "critical vulnerabilities",
        Severity::Warning,
    ),
    bound("quality_gates.security.max_high", Limit::AtMost(0.0), "high vulnerabilities", Severity::Warning),
    bound(
        "quality_gates.security.max_medium",
        Limit::AtMost(5.0),
        "medium vulnerabilities",
        Severity::Warning,
    ),
];

/// What every document asks for. 001 wants types and security in development as well, 002 does not.
static REQUIRED: &[(&str, &[&str])] = &[
    ("development", &["test_pass_rate", "linting"]),
    ("staging", &["test_coverage", "test_pass_rate", "linting", "type_checking", "security"]),
    (
        "production",
        &["test_coverage", "test_pass_rate", "linting", "type_checking", "security", "performance"],
    ),
];

pub(crate) fn check(cx: &mut Context<'_>) {
    for bound in BOUNDS {
        threshold(cx, bound);
    }
    for (stage, gates) in REQUIRED {
        required(cx, stage, gates);
    }
}

fn threshold(cx: &mut Context<'_>, bound: &Bound) {
    let file = cx.file;
    let Some((value, entry)) = file.value.get(bound.path).zip(file.entry(bound.path)) else { return };
    let Some(value) = value.number() else { return };
    let (laxer, limit, words) = match bound.limit {
        Limit::AtLeast(limit) => (value < limit, limit, "at least"),
        Limit::AtMost(limit) => (value > limit, limit, "at most"),
    };
    if !laxer {
        return;
    }
    let percent = matches!(bound.limit, Limit::AtLeast(_));
    let unit = if percent { " %" } else { "" };
    let message =
        format!("{value}{unit} is laxer than the policy; {} shall be {words} {limit}{unit}", bound.what);
    let help = if percent && value > 0.0 && value <= 1.0 {
        format!("the value counts percent; did you mean {}?", (value * 100.0).round())
    } else if bound.severity == Severity::Hint && percent {
        "the requirements disagree (60 % and 50 %); the configured value counts".to_owned()
    } else {
        "the configured value counts".to_owned()
    };
    cx.report(&CONFLICTS_WITH_POLICY, entry.value.range, message)
        .field(bound.path)
        .help(help)
        .fix(Fix::safe(format!("Set it to {limit}"), entry.value.range, limit.to_string()).needs_review())
        .at_most(bound.severity)
        .done();
}

fn required(cx: &mut Context<'_>, stage: &str, gates: &[&str]) {
    let file: &ConfigFile = cx.file;
    let path = format!("maturity_workflow.{stage}.required_gates");
    let Some((value, entry)) = file.value.get(&path).zip(file.entry(&path)) else { return };
    // A gate that could not be read is reported as such, and may be the one that seems to be missing.
    if entry.value.items().is_none_or(|items| items.len() != value.items().len()) {
        return;
    }
    let has = |gate: &str| value.items().iter().any(|item| item.text() == Some(gate));
    let satisfied =
        |gate: &str| has(gate) || (gate == "security" && has("secrets") && has("vulnerabilities"));
    let missing: Vec<_> =
        gates.iter().filter(|gate| !satisfied(gate)).map(|gate| format!("`{gate}`")).collect();
    if missing.is_empty() {
        return;
    }
    let message = format!("the policy also requires {} for {stage}", missing.join(", "));
    cx.report(&CONFLICTS_WITH_POLICY, entry.key.range, message)
        .field(path)
        .help("the configured list counts")
        .at_most(Severity::Information)
        .done();
}

#[cfg(test)]
mod tests {
    use crate::rules::config::testing::check;
    use expect_test::expect;

    #[test]
    fn laxer_thresholds() {
        check(
            "quality_gates:\n  test_coverage:\n    dev_threshold: 50.0 # Minimum\n    staging_threshold: 69.9\n    production_threshold: 0.8\n  test_pass_rate: {required: 95}\n  linting: {max_issues: 3}\n  security: {max_high: 1, max_medium: 5}\n",
            "*",
            &expect![[r#"
                2:19-2:23 hint config/conflicts-with-policy "50.0": 50 % is laxer than the policy; coverage for development shall be at least 60 %
                  field: quality_gates.test_coverage.dev_threshold
                  help: the requirements disagree (60 % and 50 %); the configured value counts
                  review fix: Set it to 60 [("50.0", "60")]
                3:23-3:27 warning config/conflicts-with-policy "69.9": 69.9 % is laxer than the policy; coverage for staging shall be at least 70 %
                  field: quality_gates.test_coverage.staging_threshold
                  help: the configured value counts
                  review fix: Set it to 70 [("69.9", "70")]
                4:26-4:29 warning config/conflicts-with-policy "0.8": 0.8 % is laxer than the policy; coverage for production shall be at least 80 %
                  field: quality_gates.test_coverage.production_threshold
                  help: the value counts percent; did you mean 80?
                  review fix: Set it to 80 [("0.8", "80")]
                5:29-5:31 warning config/conflicts-with-policy "95": 95 % is laxer than the policy; the share of tests that pass shall be at least 100 %
                  field: quality_gates.test_pass_rate.required
                  help: the configured value counts
                  review fix: Set it to 100 [("95", "100")]
                6:24-6:25 hint config/conflicts-with-policy "3": 3 is laxer than the policy; lint issues shall be at most 0
                  field: quality_gates.linting.max_issues
                  help: the configured value counts
                  review fix: Set it to 0 [("3", "0")]
                7:23-7:24 warning config/conflicts-with-policy "1": 1 is laxer than the policy; high vulnerabilities shall be at most 0
                  field: quality_gates.security.max_high
                  help: the configured value counts
                  review fix: Set it to 0 [("1", "0")]
            "#]],
        );
    }

    #[test]
    fn stricter_ones_and_the_policy_itself_are_fine() {
        check(
            "quality_gates:\n  test_coverage: {dev_threshold: 60, staging_threshold: 75, production_threshold: 80.0}\n  linting: {max_issues: 0}\n",
            "*",
            &expect![[r#""#]],
        );
    }

    #[test]
    fn missing_gates() {
        check(
            "maturity_workflow:\n  development: {required_gates: [linting]}\n  staging:\n    required_gates: [test_coverage, test_pass_rate, linting, type_checking, secrets, vulnerabilities]\n  production: {required_gates: [test_coverage, lintng]}\n",
            "config/conflicts-with-policy",
            &expect![[r#"
                1:16-1:30 information config/conflicts-with-policy "required_gates": the policy also requires `test_pass_rate` for development
                  field: maturity_workflow.development.required_gates
                  help: the configured list counts
            "#]],
        );
    }
}
