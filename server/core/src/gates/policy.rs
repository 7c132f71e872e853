//! Which gates a stage asks for, and with which thresholds (DESIGN.md section 3; requirements 000 to 003).

use serde::{Deserialize, Serialize};

use super::{GateKind, GateName, VulnerabilityCounts};
use crate::components::Component;
use crate::config::Config;
use crate::report::Format;
use crate::stage::Stage;

/// Whether a gate has to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The promotion waits for it.
    Required,
    /// It is run and reported, and blocks nothing.
    Optional,
}

impl Need {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Need::Required => "required",
            Need::Optional => "optional",
        }
    }
}

/// What a stage asks of a gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// At least this share of the statements, in percent.
    Coverage(f64),
    /// At least this share of the tests passes, in percent.
    PassRate(f64),
    /// At most so many.
    MaxIssues(usize),
    /// At most so many of each severity; low ones are not limited.
    MaxVulnerabilities(VulnerabilityCounts),
    /// At most this complexity of any function.
    MaxComplexity(u32),
    /// Limits of time, memory and regression.
    Performance {
        /// Longest response time, in ms.
        response_time_ms: f64,
        /// Most memory, in MB.
        memory_mb: f64,
        /// How much slower than before, in percent.
        regression_percent: f64,
    },
    /// Nothing is missing.
    Complete,
    /// The command succeeds.
    Success,
}

/// What the stages ask of one component.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    config: &'a Config,
    component: Option<&'a Component>,
}

impl<'a> Policy<'a> {
    /// Returns the policy for a component: that of the configuration, and the coverage that its spec asks for where that
    /// is more.
    #[must_use]
    pub fn new(config: &'a Config, component: Option<&'a Component>) -> Policy<'a> {
        Policy { config, component }
    }

    /// Returns the gates of `stage` in the order in which they are run; none for a stage without gates. A gate that the
    /// configuration switches off is left out.
    #[must_use]
    pub fn gates(&self, stage: Stage) -> Vec<(GateName, Need)> {
        let Some(listed) = self.config.stage_gates.of(stage) else { return Vec::new() };
        let mut gates: Vec<(GateName, Need)> = Vec::new();
        let mut add = |name: &GateName, need: Need| {
            if !gates.iter().any(|(known, _)| known == name) {
                gates.push((name.clone(), need));
            }
        };
        listed.required.iter().for_each(|name| add(name, Need::Required));
        listed.optional.iter().for_each(|name| add(name, Need::Optional));
        for gate in &self.config.gates {
            if gate.required_for.contains(&stage) {
                add(&gate.name, Need::Required);
            } else if gate.optional_for.contains(&stage) {
                add(&gate.name, Need::Optional);
            }
        }
        for (kind, needs) in OURS {
            let need = match stage {
                Stage::Development => needs[0],
                Stage::Staging => needs[1],
                _ => needs[2],
            };
            if let Some(need) = need {
                add(&kind.into(), need);
            }
        }
        gates.retain(|(name, _)| self.config.gate(name).is_none_or(|gate| gate.enabled));
        let order = |name: &GateName| GateKind::ALL.iter().position(|kind| *kind == name.kind());
        gates.sort_by(|(a, _), (b, _)| {
            let rank = |name: &GateName| order(name).unwrap_or(GateKind::ALL.len());
            rank(a).cmp(&rank(b)).then_with(|| a.cmp(b))
        });
        gates
    }

    /// Returns whether `stage` asks for the gate.
    #[must_use]
    pub fn need(&self, gate: &GateName, stage: Stage) -> Option<Need> {
        self.gates(stage).into_iter().find(|(name, _)| name == gate).map(|(_, need)| need)
    }

    /// Returns what `stage` asks of the gate.
    #[must_use]
    pub fn threshold(&self, gate: &GateName, stage: Stage) -> Threshold {
        let limits = &self.config.quality_gates;
        match gate.kind() {
            GateKind::Tests | GateKind::IntegrationTests | GateKind::E2eTests => {
                Threshold::PassRate(limits.pass_rate)
            }
            GateKind::Coverage => Threshold::Coverage(self.coverage(stage)),
            GateKind::Lint => Threshold::MaxIssues(limits.max_lint_issues),
            GateKind::Types => Threshold::MaxIssues(limits.max_type_errors),
            GateKind::Secrets | GateKind::Flakiness => Threshold::MaxIssues(0),
            GateKind::Vulnerabilities => {
                let most = limits.max_vulnerabilities;
                let (critical, high, medium) = (most.critical, most.high, most.medium);
                Threshold::MaxVulnerabilities(VulnerabilityCounts { critical, high, medium, low: usize::MAX })
            }
            GateKind::Complexity => Threshold::MaxComplexity(limits.max_complexity),
            GateKind::Performance => Threshold::Performance {
                response_time_ms: limits.performance.max_response_time_ms,
                memory_mb: limits.performance.max_memory_mb,
                regression_percent: limits.performance.max_regression_percent,
            },
            GateKind::Specification
            | GateKind::Documentation
            | GateKind::Dependencies
            | GateKind::Instructions => Threshold::Complete,
            GateKind::Custom => self.of_own(gate, stage),
        }
    }

    /// What is asked of a gate of the user's own goes by what its report holds.
    fn of_own(&self, gate: &GateName, stage: Stage) -> Threshold {
        let Some(own) = self.config.gate(gate) else { return Threshold::Success };
        let built_in = match own.format.as_deref().map(Format::of) {
            None => return own.max_findings.map_or(Threshold::Success, Threshold::MaxIssues),
            Some(Some(Format::Junit)) => GateKind::Tests,
            Some(Some(Format::CoveragePy | Format::Cobertura | Format::Lcov)) => GateKind::Coverage,
            Some(Some(Format::Radon)) => GateKind::Complexity,
            Some(Some(Format::Metrics)) => GateKind::Performance,
            Some(_) => return Threshold::MaxIssues(own.max_findings.unwrap_or(0)),
        };
        self.threshold(&built_in.into(), stage)
    }

    /// Returns the coverage that `stage` asks for, in percent: by the configuration, or by the spec where that asks for
    /// more.
    #[must_use]
    pub fn coverage(&self, stage: Stage) -> f64 {
        let policy = self.config.quality_gates.coverage.of(stage).unwrap_or_default();
        let specs = self.component.into_iter().flat_map(|component| &component.specs);
        let asked = specs.flat_map(|file| &file.facts.coverage_targets);
        asked.filter(|(of, _)| *of == stage).map(|(_, percent)| *percent).fold(policy, f64::max)
    }
}

/// The gates that the incumbent does not know, with what development, staging and production need.
const OURS: [(GateKind, [Option<Need>; 3]); 9] = {
    use Need::{Optional, Required};
    [
        (GateKind::Specification, [Some(Required), Some(Required), Some(Required)]),
        (GateKind::Dependencies, [Some(Required), Some(Required), Some(Required)]),
        (GateKind::Documentation, [None, Some(Optional), Some(Required)]),
        (GateKind::Instructions, [Some(Optional), Some(Optional), Some(Optional)]),
        (GateKind::Complexity, [None, Some(Optional), Some(Optional)]),
        (GateKind::IntegrationTests, [None, Some(Optional), Some(Required)]),
        (GateKind::E2eTests, [None, None, Some(Required)]),
        (GateKind::Performance, [None, Some(Optional), Some(Required)]),
        (GateKind::Flakiness, [Some(Optional), Some(Required), Some(Required)]),
    ]
};

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::Fixture;
    use crate::gates::{Observed, judge};

    #[test]
    fn a_gate_of_ones_own_is_judged_by_what_its_report_holds() {
        let root = Fixture::new(
            "//- stagegate.yaml\ngates:\n  contract: {command: [a], report: '-', format: junit}\n  cover: {command: [a], report: '-', format: lcov}\n  \
             style: {command: [a], report: '-', format: sarif, max_findings: 3}\n  plain: {command: [a]}\n  deep: {command: [a], report: '-', format: radon}\n",
        )
        .root;
        let policy = Policy::new(&root.config, None);
        let of = |name: &str| policy.threshold(&GateName::new(name).unwrap(), Stage::Staging);
        let mut out = String::new();
        for name in ["contract", "cover", "style", "plain", "deep"] {
            out += &format!("{name}: {:?}\n", of(name));
        }
        for (passed, failed) in [(0, 0), (2, 0), (1, 1)] {
            let tests = Observed::Tests { passed, failed, errors: 0, skipped: 0 };
            let judged = judge(GateKind::Custom, Ok(&tests), &[], &of("contract"));
            out += &format!("{}: {}\n", judged.verdict.name(), judged.found);
        }
        expect![[r#"
            contract: PassRate(100.0)
            cover: Coverage(70.0)
            style: MaxIssues(3)
            plain: Success
            deep: MaxComplexity(10)
            inconclusive: no test ran
            pass: 2 passed
            fail: 1 passed, 1 failed
        "#]]
        .assert_eq(&out);
    }
}
