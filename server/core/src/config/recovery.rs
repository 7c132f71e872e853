//! What the configuration says about runs: retries, the circuit breaker, and how long stages may take (`error_recovery`,
//! `stages`; requirement 003).

use super::value::Value;
use crate::plan::{Backoff, BreakerPolicy};
use crate::stage::Stage;

/// How runs are carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct RunsConfig {
    /// Retries of the tests.
    pub testing: Backoff,
    /// The circuit breaker of environments.
    pub breaker: BreakerPolicy,
    /// How long reading the spec may take, in milliseconds.
    pub specification_ms: u64,
    /// How long tests may take, in milliseconds.
    pub testing_ms: u64,
    /// How long the other gates may take, in milliseconds.
    pub refactoring_ms: u64,
    /// Whether what the linter can mend is mended before the gates.
    pub auto_fix: bool,
    /// Deployments to staging.
    pub staging: DeploymentConfig,
    /// Deployments to production.
    pub production: DeploymentConfig,
}

/// How deployments to one stage are carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentConfig {
    /// Whether there are any.
    pub enabled: bool,
    /// Retries.
    pub backoff: Backoff,
    /// How long one may take with all its retries, in milliseconds.
    pub timeout_ms: u64,
    /// Whether a failure undoes what was done.
    pub rollback_on_failure: bool,
    /// Whether a person has to approve it.
    pub require_manual_approval: bool,
}

impl RunsConfig {
    /// Returns how deployments to `stage` are carried out; those to development go by staging's.
    #[must_use]
    pub const fn deployment(&self, stage: Stage) -> &DeploymentConfig {
        match stage {
            Stage::Production => &self.production,
            _ => &self.staging,
        }
    }
}

/// Reads `error_recovery` and `stages`. Every value has a default.
pub(super) fn read(merged: &Value) -> RunsConfig {
    let number = |path: &str| merged.get(path).and_then(Value::number).unwrap_or_default();
    let flag = |path: &str| merged.get(path) != Some(&Value::Bool(false));
    let timeout = |stage: &str| milliseconds(number(&format!("stages.{stage}.timeout_seconds")));
    let backoff = |of: &str| {
        let number = |key: &str| number(&format!("error_recovery.{of}.{key}"));
        Backoff {
            retries: count(number("max_retries")),
            base_ms: milliseconds(number("base_delay")),
            factor: number("exponential_base"),
            max_ms: milliseconds(number("max_delay")),
            jitter: flag(&format!("error_recovery.{of}.jitter")),
        }
    };
    let deployment = |stage: &str| DeploymentConfig {
        enabled: flag(&format!("stages.{stage}.enabled")),
        backoff: backoff(stage),
        timeout_ms: timeout(stage),
        rollback_on_failure: flag(&format!("stages.{stage}.rollback_on_failure")),
        require_manual_approval: merged.get(&format!("stages.{stage}.require_manual_approval"))
            == Some(&Value::Bool(true)),
    };
    RunsConfig {
        testing: backoff("testing"),
        breaker: BreakerPolicy {
            threshold: count(number("error_recovery.circuit_breaker.failure_threshold")),
            recovery_ms: milliseconds(number("error_recovery.circuit_breaker.recovery_timeout")),
            probes: count(number("error_recovery.circuit_breaker.half_open_max_calls")),
        },
        specification_ms: timeout("specification"),
        testing_ms: timeout("testing"),
        refactoring_ms: timeout("refactoring"),
        auto_fix: flag("quality_gates.linting.auto_fix") && flag("stages.refactoring.auto_fix_linting"),
        staging: deployment("staging_deployment"),
        production: deployment("production_deployment"),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clamps; checked before")]
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0).round() as u64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clamps; checked before")]
fn count(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::Fixture;

    #[test]
    fn the_numbers_of_the_requirement_are_the_defaults() {
        let runs = &Fixture::new("").root.config.runs;
        expect![[r#"
            RunsConfig {
                testing: Backoff {
                    retries: 3,
                    base_ms: 1000,
                    factor: 2.0,
                    max_ms: 10000,
                    jitter: true,
                },
                breaker: BreakerPolicy {
                    threshold: 5,
                    recovery_ms: 60000,
                    probes: 1,
                },
                specification_ms: 60000,
                testing_ms: 600000,
                refactoring_ms: 300000,
                auto_fix: true,
                staging: DeploymentConfig {
                    enabled: true,
                    backoff: Backoff {
                        retries: 5,
                        base_ms: 2000,
                        factor: 2.0,
                        max_ms: 30000,
                        jitter: true,
                    },
                    timeout_ms: 600000,
                    rollback_on_failure: true,
                    require_manual_approval: false,
                },
                production: DeploymentConfig {
                    enabled: true,
                    backoff: Backoff {
                        retries: 3,
                        base_ms: 5000,
                        factor: 1.5,
                        max_ms: 60000,
                        jitter: true,
                    },
                    timeout_ms: 900000,
                    rollback_on_failure: true,
                    require_manual_approval: false,
                },
            }
        "#]]
        .assert_debug_eq(runs);
    }

    #[test]
    fn written_values_win_and_durations_may_have_a_unit() {
        let root = Fixture::new(
            "//- stagegate.yaml\nerror_recovery:\n  staging_deployment: {max_retries: 1, base_delay: 0.05s, jitter: false}\n  \
             circuit_breaker: {failure_threshold: 2}\nstages:\n  testing: {timeout_seconds: 1.5}\n  refactoring: {auto_fix_linting: false}\n",
        )
        .root;
        let runs = &root.config.runs;
        let staging = runs.staging.backoff;
        assert_eq!((staging.retries, staging.base_ms, staging.jitter), (1, 50, false));
        assert_eq!((runs.breaker.threshold, runs.testing_ms, runs.auto_fix), (2, 1500, false));
    }
}
