//! The formats of reports, by the names that the configuration uses.

use std::fmt;

/// A format that a report may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `coverage json`.
    CoveragePy,
    /// Cobertura XML.
    Cobertura,
    /// LCOV tracefile.
    Lcov,
    /// JUnit XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
    /// `ruff check --output-format json`.
    Ruff,
    /// `pyright --outputjson`.
    Pyright,
    /// `detect-secrets scan`.
    DetectSecrets,
    /// `bandit -f json`.
    Bandit,
    /// `radon cc --json`.
    Radon,
    /// `cargo ... --message-format json`.
    Cargo,
    /// `eslint --format json`.
    Eslint,
    /// `tsc --pretty false --diagnostics`.
    Tsc,
    /// A JSON object of numbers, or pytest-benchmark JSON.
    Metrics,
}

/// What a report of a format is about, and so which gates it can prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Which lines ran.
    Coverage,
    /// Which tests passed.
    Tests,
    /// What a linter, type checker or scanner found.
    Findings,
    /// How complex functions are.
    Complexity,
    /// What was measured.
    Metrics,
}

impl Format {
    /// Every format, in the order of the reference.
    pub const ALL: [Format; 14] = [
        Format::CoveragePy,
        Format::Cobertura,
        Format::Lcov,
        Format::Junit,
        Format::Sarif,
        Format::Ruff,
        Format::Pyright,
        Format::DetectSecrets,
        Format::Bandit,
        Format::Radon,
        Format::Cargo,
        Format::Eslint,
        Format::Tsc,
        Format::Metrics,
    ];

    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::CoveragePy => "coverage.py",
            Format::Cobertura => "cobertura",
            Format::Lcov => "lcov",
            Format::Junit => "junit",
            Format::Sarif => "sarif",
            Format::Ruff => "ruff",
            Format::Pyright => "pyright",
            Format::DetectSecrets => "detect-secrets",
            Format::Bandit => "bandit",
            Format::Radon => "radon",
            Format::Cargo => "cargo",
            Format::Eslint => "eslint",
            Format::Tsc => "tsc",
            Format::Metrics => "metrics",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The name in messages: `JUnit XML`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Format::CoveragePy => "coverage.py JSON",
            Format::Cobertura => "Cobertura XML",
            Format::Lcov => "LCOV",
            Format::Junit => "JUnit XML",
            Format::Sarif => "SARIF",
            Format::Ruff => "ruff JSON",
            Format::Pyright => "pyright JSON",
            Format::DetectSecrets => "detect-secrets JSON",
            Format::Bandit => "bandit JSON",
            Format::Radon => "radon cc JSON",
            Format::Cargo => "cargo's JSON messages",
            Format::Eslint => "eslint JSON",
            Format::Tsc => "tsc output",
            Format::Metrics => "metrics JSON",
        }
    }

    /// What it is and how a tool is made to write it, in Markdown; for the reference of the configuration.
    #[must_use]
    pub const fn docs(self) -> &'static str {
        match self {
            Format::CoveragePy => {
                "The JSON of coverage.py 5 or newer: `coverage json`, `pytest --cov --cov-report=json:FILE`. Statements are counted; branches are not."
            }
            Format::Cobertura => {
                "Cobertura XML, as `coverage xml`, `cargo llvm-cov --cobertura`, gcovr and istanbul write it. Lines are counted; branches are not."
            }
            Format::Lcov => {
                "An LCOV tracefile, as `coverage lcov`, `cargo llvm-cov --lcov`, c8 and lcov write it. Lines are counted; functions and branches are not."
            }
            Format::Junit => {
                "JUnit XML, as `pytest --junit-xml=FILE`, cargo-nextest, jest-junit and Surefire write it. Tests are counted one by one."
            }
            Format::Sarif => {
                "SARIF 2.1.0, which most linters and scanners can write. Suppressed results do not count."
            }
            Format::Ruff => "`ruff check --output-format json`.",
            Format::Pyright => "`pyright --outputjson`; basedpyright writes the same.",
            Format::DetectSecrets => {
                "`detect-secrets scan`. What the baseline of the project holds is accepted, except what an audit found to be a secret."
            }
            Format::Bandit => "`bandit --recursive --format json`.",
            Format::Radon => {
                "`radon cc --json`: the cyclomatic complexity of functions, methods and classes."
            }
            Format::Cargo => {
                "The lines of `cargo clippy --message-format json` (or `check`, `build`): errors and warnings. It ends with `build-finished`."
            }
            Format::Eslint => "`eslint --format json`.",
            Format::Tsc => {
                "The text of `tsc --noEmit --pretty false --diagnostics`. `--diagnostics` makes tsc say how many files it checked, and that it came to its end."
            }
            Format::Metrics => {
                "A JSON object of numbers such as `{\"response_time_ms\": 120, \"memory_mb\": 80}`, or what `pytest --benchmark-json=FILE` writes."
            }
        }
    }

    /// What a report of this format is about.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Format::CoveragePy | Format::Cobertura | Format::Lcov => Kind::Coverage,
            Format::Junit => Kind::Tests,
            Format::Radon => Kind::Complexity,
            Format::Metrics => Kind::Metrics,
            Format::Sarif
            | Format::Ruff
            | Format::Pyright
            | Format::DetectSecrets
            | Format::Bandit
            | Format::Cargo
            | Format::Eslint
            | Format::Tsc => Kind::Findings,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(Format::of(format.name()), Some(format));
        }
        assert_eq!(Format::of("coverage"), None);
    }
}
