//! Criteria: items that a gate proves or a person signs off, and the words by which an item names a gate.

use crate::markdown::coverage;
use crate::stage::Stage;
use crate::text::TextRange;

/// One item of a checklist of acceptance or maturity criteria.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// The first line of the item, without marker and box.
    pub text: Box<str>,
    /// Where that stands.
    pub range: TextRange,
    /// Where the `x` or blank of the box stands; `None` for an item with a `✅`.
    pub check: Option<TextRange>,
    /// Whether it is ticked.
    pub checked: bool,
    /// The stage that it leads to, where a heading names one.
    pub stage: Option<Stage>,
    /// The gate that would prove it, where the words name one.
    pub gate: Option<Gate>,
}

/// A gate that words of a criterion can name (requirements 000 to 003).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gate {
    /// Unit tests, or all tests.
    Tests,
    /// Test coverage.
    Coverage,
    /// Integration tests.
    IntegrationTests,
    /// End-to-end tests.
    E2eTests,
    /// The linter.
    Lint,
    /// The type checker.
    Types,
    /// Secrets and vulnerabilities, which most specs name together.
    Security,
    /// Documentation.
    Documentation,
    /// Performance.
    Performance,
}

impl Gate {
    /// Every gate.
    pub const ALL: [Gate; 9] = [
        Gate::Tests,
        Gate::Coverage,
        Gate::IntegrationTests,
        Gate::E2eTests,
        Gate::Lint,
        Gate::Types,
        Gate::Security,
        Gate::Documentation,
        Gate::Performance,
    ];

    /// The name in JSON and configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Gate::Tests => "tests",
            Gate::Coverage => "coverage",
            Gate::IntegrationTests => "integration_tests",
            Gate::E2eTests => "e2e_tests",
            Gate::Lint => "lint",
            Gate::Types => "types",
            Gate::Security => "security",
            Gate::Documentation => "documentation",
            Gate::Performance => "performance",
        }
    }

    /// Returns the gate that the words of a criterion name; `None` where they name none, or only work that no gate
    /// sees ("Integration tests written", "Security review complete").
    #[must_use]
    pub fn of(text: &str) -> Option<Gate> {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let passes = has(&["pass", "green", "succeed"]);
        if text.contains("coverage") && text.contains('%') && is_test_coverage(&text) {
            return Some(Gate::Coverage);
        }
        if has(&["integration test"]) && passes {
            return Some(Gate::IntegrationTests);
        }
        if has(&["e2e test", "end-to-end test", "end to end test"]) && passes {
            return Some(Gate::E2eTests);
        }
        if has(&["lint"]) && (passes || has(&["clean", "no ", "0 ", "(ruff)"])) {
            return Some(Gate::Lint);
        }
        if has(&["type check", "type-check", "typecheck"])
            && (passes || has(&["clean", "no ", "0 ", "(pyright)"]))
        {
            return Some(Gate::Types);
        }
        if has(&[
            "no security issue",
            "security scan",
            "no secrets",
            "no vulnerabilit",
            "no critical vulnerabilit",
        ]) {
            return Some(Gate::Security);
        }
        if has(&["test"]) && passes && !has(&["smoke", "load test", "performance test", "security test"]) {
            return Some(Gate::Tests);
        }
        let written = ["complete", "updated", "published"];
        if (has(&["documentation", "docs "]) && has(&written)) || has(&["api documented", "readme"]) {
            return Some(Gate::Documentation);
        }
        if has(&["performance"])
            && has(&["acceptable", "validated", "meets", "no regression", "benchmarks met"])
        {
            return Some(Gate::Performance);
        }
        None
    }
}

/// Whether the percentage in the words of a criterion is one of test coverage. Without a sign there is no telling.
fn is_test_coverage(text: &str) -> bool {
    let signs = || text.match_indices(['≥', '>']);
    let end = |at: usize| text[at..].find('%').map(|percent| at + percent + 1);
    signs().next().is_none()
        || signs().any(|(at, _)| end(at).is_some_and(|end| coverage::is_test_coverage(text, at, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_gates() {
        for (text, expected) in [
            ("Test coverage ≥70%", Some(Gate::Coverage)),
            ("Test coverage at 70%", Some(Gate::Coverage)),
            ("Documentation coverage ≥50%", None),
            ("Branch coverage ≥50%", None),
            ("Unit tests passing (≥70% coverage)", Some(Gate::Coverage)),
            ("All unit tests pass", Some(Gate::Tests)),
            ("All tests passing", Some(Gate::Tests)),
            ("All integration tests pass", Some(Gate::IntegrationTests)),
            ("Integration tests written", None),
            ("All end-to-end tests pass", Some(Gate::E2eTests)),
            ("Linting clean (ruff)", Some(Gate::Lint)),
            ("Type checking passes (pyright)", Some(Gate::Types)),
            ("No security issues (detect-secrets)", Some(Gate::Security)),
            ("Security review complete", None),
            ("Security review completed, no critical vulnerabilities", Some(Gate::Security)),
            ("Performance validated", Some(Gate::Performance)),
            ("Documentation complete (README.md)", Some(Gate::Documentation)),
            ("User documentation complete", Some(Gate::Documentation)),
            ("API documented, no planned breaking changes", Some(Gate::Documentation)),
            ("Component README with usage examples", Some(Gate::Documentation)),
            ("Rollback procedure documented and tested", None),
            ("The comment documents the decision", None),
            ("Rollback procedure tested", None),
            ("Core features complete (80%+ of planned functionality)", None),
        ] {
            assert_eq!(Gate::of(text), expected, "{text:?}");
        }
    }
}
