//! Why there is a gate, and what it asks for at each stage (requirements 000 to 003).

use crate::component::{CoverageTarget, Criterion, Gate};
use crate::config::Config;
use crate::ide::maturity::percent;
use crate::stage::{CLIMB, Stage};

/// Returns why a gate that a criterion names is there, and what it asks for, in Markdown.
pub(super) fn markdown(criterion: &Criterion, gate: Gate, config: &Config) -> String {
    let mut out = format!("Gate **{}**: {}\n", gate.name(), rationale(gate));
    if gate == Gate::Coverage {
        for stage in CLIMB {
            let here = if criterion.stage == Some(stage) { " (this criterion)" } else { "" };
            out += &format!("\n- {stage}: {}{here}", asks(gate, stage, config));
        }
    } else {
        let stage = criterion.stage.unwrap_or(first_stage(gate));
        out += &format!("\nAsked for from {} on: {}.", first_stage(gate), asks(gate, stage, config));
    }
    out
}

/// Returns the lowest stage that asks for a gate.
const fn first_stage(gate: Gate) -> Stage {
    match gate {
        Gate::Tests | Gate::Coverage | Gate::Lint | Gate::Types | Gate::Security | Gate::Documentation => {
            Stage::Development
        }
        Gate::IntegrationTests | Gate::Performance => Stage::Staging,
        Gate::E2eTests => Stage::Production,
    }
}

/// Returns what a gate asks for at a stage.
pub(super) fn asks(gate: Gate, stage: Stage, config: &Config) -> String {
    let gates = &config.quality_gates;
    match gate {
        Gate::Tests => passing("tests", gates.pass_rate),
        Gate::IntegrationTests => passing("integration tests", gates.pass_rate),
        Gate::E2eTests => passing("end-to-end tests", gates.pass_rate),
        Gate::Coverage => match config.quality_gates.coverage.of(stage) {
            Some(least) => format!("at least {}", percent(least)),
            None => "nothing".to_owned(),
        },
        Gate::Lint => at_most(gates.max_lint_issues, "issue"),
        Gate::Types => at_most(gates.max_type_errors, "type error"),
        Gate::Security => {
            let most = gates.max_vulnerabilities;
            let of = |most: usize, severity: &str| match most {
                0 => format!("no {severity}"),
                most => format!("at most {most} {severity}"),
            };
            let (critical, high) = (of(most.critical, "critical"), of(most.high, "high"));
            format!("no secrets; {critical}, {high} and {} vulnerabilities", of(most.medium, "medium"))
        }
        Gate::Documentation => "a person signs it off".to_owned(),
        Gate::Performance => "no slower than before".to_owned(),
    }
}

fn passing(what: &str, least: f64) -> String {
    if least >= 100.0 {
        format!("all {what} pass")
    } else {
        format!("at least {} of the {what} pass", percent(least))
    }
}

fn at_most(most: usize, what: &str) -> String {
    match most {
        0 => format!("no {what}s"),
        1 => format!("at most one {what}"),
        most => format!("at most {most} {what}s"),
    }
}

const fn rationale(gate: Gate) -> &'static str {
    match gate {
        Gate::Tests => "what worked still works, also after the next change.",
        Gate::Coverage => {
            "code that no test runs can break unseen. The higher the stage, the more people would notice, so the bar rises."
        }
        Gate::IntegrationTests => "components that work alone can still misunderstand each other.",
        Gate::E2eTests => "what users do is tried as a whole, before they do it.",
        Gate::Lint => {
            "known traps and differences of style are settled by a tool, so that reviews are about the rest."
        }
        Gate::Types => "a call with the wrong kind of value is found before it runs.",
        Gate::Security => {
            "a secret in the repository is known to everybody who reads it, and a known hole is looked for by strangers."
        }
        Gate::Documentation => "whoever runs the component at night did not write it.",
        Gate::Performance => "a change that slows others down is easiest to find right after it was made.",
    }
}

/// Returns what the policy says about coverage that a document asks for, in Markdown.
pub(in crate::ide) fn coverage_policy(config: &Config, asked: &CoverageTarget) -> String {
    let (stage, wanted) = (asked.stage, percent(asked.percent));
    let Some(least) = config.quality_gates.coverage.of(stage) else {
        return format!("The policy asks for no coverage in {stage}; this document asks for {wanted}.");
    };
    let key = match stage {
        Stage::Development => "dev_threshold".to_owned(),
        stage => format!("{stage}_threshold"),
    };
    let compared = match asked.percent.total_cmp(&least) {
        std::cmp::Ordering::Less => format!(
            "This document asks for {wanted}, which is less: the policy counts. A spec may ask for more, never for less."
        ),
        std::cmp::Ordering::Equal => "This document asks for the same.".to_owned(),
        std::cmp::Ordering::Greater => format!("This document asks for {wanted}, which is more, and counts."),
    };
    format!(
        "To reach {stage}, the policy asks for at least {} of coverage (`quality_gates.test_coverage.{key}`).\n\n{compared}",
        percent(least)
    )
}
