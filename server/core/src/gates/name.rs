//! What a gate is called, and what is known of it by its name.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Longest name of a gate, in bytes.
const MAX_NAME: usize = 64;

/// The name of a gate: a built-in one ([`GateKind`]) or one that the configuration adds. Lowercase letters, digits, `_`
/// and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GateName(Arc<str>);

impl GateName {
    /// Reads a name; `None` where it is none. The names of the incumbent's configuration (`test_coverage`,
    /// `type_checking`) mean the gates of ours.
    #[must_use]
    pub fn new(text: &str) -> Option<GateName> {
        let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        if text.is_empty() || text.len() > MAX_NAME || !text.bytes().all(valid) || text.starts_with('-') {
            return None;
        }
        let text = match text {
            "test_coverage" => GateKind::Coverage.name(),
            "test_pass_rate" => GateKind::Tests.name(),
            "linting" => GateKind::Lint.name(),
            "type_checking" => GateKind::Types.name(),
            "instructions_validation" => GateKind::Instructions.name(),
            text => text,
        };
        Some(GateName(text.into()))
    }

    /// Returns the name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns which gate it is.
    #[must_use]
    pub fn kind(&self) -> GateKind {
        GateKind::ALL.into_iter().find(|kind| kind.name() == &*self.0).unwrap_or(GateKind::Custom)
    }

    /// Returns what it is called in sentences and titles: `type check`, and the name itself for a custom gate.
    #[must_use]
    pub fn title(&self) -> &str {
        match self.kind() {
            GateKind::Custom => &self.0,
            kind => kind.title(),
        }
    }
}

impl fmt::Display for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<GateKind> for GateName {
    fn from(kind: GateKind) -> GateName {
        GateName(kind.name().into())
    }
}

impl From<GateName> for String {
    fn from(name: GateName) -> String {
        name.0.to_string()
    }
}

impl TryFrom<String> for GateName {
    type Error = String;

    fn try_from(text: String) -> Result<GateName, String> {
        GateName::new(&text).ok_or_else(|| {
            format!("`{text}` is no name of a gate; expected lowercase letters, digits, `_` and `-`")
        })
    }
}

/// Which gate it is: what its figures mean, and which threshold they are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateKind {
    /// Unit tests: the share that passes.
    Tests,
    /// How many statements of the component the tests run through.
    Coverage,
    /// Tests under `tests/integration`.
    IntegrationTests,
    /// Tests under `tests/e2e`.
    E2eTests,
    /// The linter.
    Lint,
    /// The type checker.
    Types,
    /// Secrets in the code that are not in the baseline.
    Secrets,
    /// Known vulnerabilities by severity.
    Vulnerabilities,
    /// How complex the most complex function is.
    Complexity,
    /// Instruction files that concern the component are valid.
    Instructions,
    /// The spec is complete and free of conflicts.
    Specification,
    /// README, API and examples.
    Documentation,
    /// Response time, memory, and no regression.
    Performance,
    /// What the component needs has reached its target stage.
    Dependencies,
    /// No test failed and passed on the same inputs.
    Flakiness,
    /// A gate of the configuration.
    Custom,
}

impl GateKind {
    /// Every kind of gate that has a name of its own, in the order in which gates are run and shown: cheap ones first.
    pub const ALL: [GateKind; 15] = [
        GateKind::Specification,
        GateKind::Dependencies,
        GateKind::Documentation,
        GateKind::Instructions,
        GateKind::Lint,
        GateKind::Types,
        GateKind::Secrets,
        GateKind::Vulnerabilities,
        GateKind::Complexity,
        GateKind::Tests,
        GateKind::Coverage,
        GateKind::IntegrationTests,
        GateKind::E2eTests,
        GateKind::Performance,
        GateKind::Flakiness,
    ];

    /// The name in configuration, JSON and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            GateKind::Tests => "tests",
            GateKind::Coverage => "coverage",
            GateKind::IntegrationTests => "integration_tests",
            GateKind::E2eTests => "e2e_tests",
            GateKind::Lint => "lint",
            GateKind::Types => "types",
            GateKind::Secrets => "secrets",
            GateKind::Vulnerabilities => "vulnerabilities",
            GateKind::Complexity => "complexity",
            GateKind::Instructions => "instructions",
            GateKind::Specification => "specification",
            GateKind::Documentation => "documentation",
            GateKind::Performance => "performance",
            GateKind::Dependencies => "dependencies",
            GateKind::Flakiness => "flakiness",
            GateKind::Custom => "custom",
        }
    }

    /// What it is called in sentences.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            GateKind::Tests => "tests",
            GateKind::Coverage => "test coverage",
            GateKind::IntegrationTests => "integration tests",
            GateKind::E2eTests => "end-to-end tests",
            GateKind::Lint => "linter",
            GateKind::Types => "type checker",
            GateKind::Secrets => "secrets",
            GateKind::Vulnerabilities => "vulnerabilities",
            GateKind::Complexity => "complexity",
            GateKind::Instructions => "instruction files",
            GateKind::Specification => "specification",
            GateKind::Documentation => "documentation",
            GateKind::Performance => "performance",
            GateKind::Dependencies => "dependencies",
            GateKind::Flakiness => "flaky tests",
            GateKind::Custom => "custom gate",
        }
    }

    /// Why there is such a gate, in one sentence of Markdown; for hovers.
    #[must_use]
    pub const fn rationale(self) -> &'static str {
        match self {
            GateKind::Tests => "What fails its own tests does not do what its spec says.",
            GateKind::Coverage => {
                "Code that no test runs through can break without anybody noticing. Counted over the statements of the \
                 component's own files."
            }
            GateKind::IntegrationTests => "Parts that work alone may still not work together.",
            GateKind::E2eTests => "The way that users go has to be open from end to end.",
            GateKind::Lint => "What the linter finds is a fault, or hides one.",
            GateKind::Types => "What does not fit its types fails at the moment it is used.",
            GateKind::Secrets => {
                "A secret that was committed is known to everybody who can read the history."
            }
            GateKind::Vulnerabilities => "Known weak points are the first that are tried.",
            GateKind::Complexity => "What nobody can follow nobody can change safely.",
            GateKind::Instructions => "An instruction file that cannot be read instructs nobody.",
            GateKind::Specification => {
                "Without a complete spec there is nothing to hold the component against."
            }
            GateKind::Documentation => "What cannot be looked up is asked, or guessed.",
            GateKind::Performance => "Slow is broken for those who wait.",
            GateKind::Dependencies => "A component is no more mature than what it needs.",
            GateKind::Flakiness => {
                "A test that fails and passes on the same inputs proves nothing, whichever came last."
            }
            GateKind::Custom => "A gate of this repository's configuration.",
        }
    }

    /// Whether asking for it to be run gives new evidence: not what is read at every moment, and what is flaky is seen
    /// where the tests are run.
    #[must_use]
    pub const fn can_be_run(self) -> bool {
        !matches!(
            self,
            GateKind::Specification | GateKind::Dependencies | GateKind::Documentation | GateKind::Flakiness
        )
    }

    /// Whether it is judged by reading alone, so that nothing has to be run and no trust is needed.
    #[must_use]
    pub const fn needs_no_run(self) -> bool {
        matches!(
            self,
            GateKind::Specification
                | GateKind::Dependencies
                | GateKind::Documentation
                | GateKind::Instructions
                | GateKind::Flakiness
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_incumbent_mean_ours() {
        let kind = |name: &str| GateName::new(name).map(|name| name.kind());
        assert_eq!(kind("test_coverage"), Some(GateKind::Coverage));
        assert_eq!(kind("linting"), Some(GateKind::Lint));
        assert_eq!(kind("licence-check"), Some(GateKind::Custom));
        for wrong in ["", "Tests", "a b", "-x", "a/b", "ä", &"x".repeat(65)] {
            assert_eq!(kind(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in GateKind::ALL {
            assert_eq!(GateName::from(kind).kind(), kind);
        }
    }
}
