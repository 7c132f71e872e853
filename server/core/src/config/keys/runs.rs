//! Keys about runs: retries, the circuit breaker, and the stages of a run.

use super::{count, duration, flag, number, section};
use crate::config::schema::Key;

pub(super) static ERROR_RECOVERY: &[Key] = &[
    section(
        "testing",
        &[
            count("max_retries", 0, 3.0, "retries", RETRIES),
            duration("base_delay", 0.0, 1.0, BASE_DELAY),
            number("exponential_base", 1.0, None, "", 2.0, EXPONENTIAL_BASE),
            duration("max_delay", 0.0, 10.0, MAX_DELAY),
            flag("jitter", true, JITTER),
        ],
        "Retries of the tests.",
    ),
    section(
        "staging_deployment",
        &[
            count("max_retries", 0, 5.0, "retries", RETRIES),
            duration("base_delay", 0.0, 2.0, BASE_DELAY),
            number("exponential_base", 1.0, None, "", 2.0, EXPONENTIAL_BASE),
            duration("max_delay", 0.0, 30.0, MAX_DELAY),
            flag("jitter", true, JITTER),
        ],
        "Retries of a deployment to staging.",
    ),
    section(
        "production_deployment",
        &[
            count("max_retries", 0, 3.0, "retries", RETRIES),
            duration("base_delay", 0.0, 5.0, BASE_DELAY),
            number("exponential_base", 1.0, None, "", 1.5, EXPONENTIAL_BASE),
            duration("max_delay", 0.0, 60.0, MAX_DELAY),
            flag("jitter", true, JITTER),
        ],
        "Retries of a deployment to production.",
    ),
    section(
        "circuit_breaker",
        &[
            count("failure_threshold", 1, 5.0, "failures", "How many failures in a row open the circuit."),
            duration(
                "recovery_timeout",
                0.0,
                60.0,
                "How long it stays open before one attempt is let through.",
            ),
            count("half_open_max_calls", 1, 1.0, "calls", "How many attempts are let through then."),
        ],
        "When to stop deploying to an environment that keeps failing.",
    ),
];

const RETRIES: &str = "How often to try again.";
const BASE_DELAY: &str = "How long to wait before the first new attempt.";
const EXPONENTIAL_BASE: &str = "By what the wait grows with each attempt.";
const MAX_DELAY: &str = "Longest wait.";
const JITTER: &str = "Whether the wait is varied by chance; it never exceeds `max_delay`.";

pub(super) static STAGES: &[Key] = &[
    section("specification", &[enabled(true), timeout(60.0)], "Reading the specification."),
    section("implementation", &[enabled(false), timeout(3600.0)], "Writing the code."),
    section(
        "testing",
        &[
            enabled(true),
            timeout(600.0),
            flag("parallel_execution", false, "Whether tests run beside each other."),
        ],
        "Tests and coverage.",
    ),
    section(
        "refactoring",
        &[
            enabled(true),
            timeout(300.0),
            flag("auto_fix_linting", true, "Whether the stage mends what the linter can mend."),
        ],
        "Linter, types, security, complexity.",
    ),
    section(
        "staging_deployment",
        &[
            enabled(true),
            timeout(600.0),
            flag("rollback_on_failure", true, ROLLBACK),
            flag("require_manual_approval", false, APPROVAL),
        ],
        "The deployment to staging.",
    ),
    section(
        "production_deployment",
        &[
            enabled(true),
            timeout(900.0),
            flag("rollback_on_failure", true, ROLLBACK),
            flag("require_manual_approval", false, APPROVAL),
        ],
        "The deployment to production.",
    ),
];

const ROLLBACK: &str = "Whether a failure undoes what was done.";
const APPROVAL: &str = "Whether a person has to approve it first.";

const fn enabled(default: bool) -> Key {
    flag("enabled", default, "Whether the stage is part of a run.")
}

/// A timeout of nothing would end every stage before it starts.
const fn timeout(default: f64) -> Key {
    duration("timeout_seconds", 0.1, default, "How long the stage may take before it is stopped.")
}
