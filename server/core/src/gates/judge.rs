//! Holding what was seen against a threshold. Only what was seen to be enough passes (DESIGN.md, invariant 5).

use super::{GateKind, Observed, Problem, Threshold};
use serde::{Deserialize, Serialize};

use crate::status::percent;

/// What is asked of a checklist. What is found names what is missing, so that messages need not say it again.
pub const COMPLETE: &str = "nothing missing";

/// What a gate says. Only [`Verdict::Pass`] opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was seen to be enough.
    Pass,
    /// It was seen not to be enough.
    Fail,
    /// Nobody knows: nothing was checked, or things changed meanwhile.
    Inconclusive,
    /// The check itself broke.
    Error,
}

impl Verdict {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Error => "error",
        }
    }

    /// One character for tables and hints.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Verdict::Pass => "✓",
            Verdict::Fail => "✗",
            Verdict::Inconclusive => "?",
            Verdict::Error => "!",
        }
    }
}

/// A verdict in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What was found: `62.5 % (50 of 80 statements in 3 files)`.
    pub found: String,
    /// What was expected: `at least 70 %`; empty where there was nothing to hold it against.
    pub required: String,
    /// What to do; empty for a pass.
    pub help: String,
}

/// Judges what was seen of a gate. `flaky` names tests that failed and passed on the same inputs: a gate of its
/// own ([`GateKind::Flakiness`]) that is named here as well. What does not fit the
/// gate is an error, never a pass.
#[must_use]
pub fn judge(
    kind: GateKind,
    observed: Result<&Observed, &Problem>,
    flaky: &[String],
    threshold: &Threshold,
) -> Judgement {
    let observed = match observed {
        Ok(observed) => observed,
        Err(problem) => {
            let verdict = if problem.kind.is_error() { Verdict::Error } else { Verdict::Inconclusive };
            let (found, help) = (problem.message.clone(), problem.help.clone());
            return Judgement { verdict, found, required: String::new(), help };
        }
    };
    let mut judgement = match (observed, threshold) {
        (Observed::Coverage { covered, statements, files, .. }, Threshold::Coverage(least)) => {
            coverage(*covered, *statements, *files, *least)
        }
        (Observed::Tests { passed, failed, errors, skipped }, Threshold::PassRate(least)) => {
            tests([*passed, *failed, *errors, *skipped], *least)
        }
        (Observed::Issues { count, files }, Threshold::MaxIssues(most)) => {
            issues(kind, *count, *files, *most)
        }
        (Observed::Vulnerabilities(found), Threshold::MaxVulnerabilities(most)) => {
            let enough =
                found.critical <= most.critical && found.high <= most.high && found.medium <= most.medium;
            decide(
                enough,
                format!(
                    "{} critical, {} high, {} medium, {} low",
                    found.critical, found.high, found.medium, found.low
                ),
                format!("at most {} critical, {} high, {} medium", most.critical, most.high, most.medium),
                "mend the vulnerabilities, the worst first",
            )
        }
        (Observed::Complexity { functions, counts }, Threshold::MaxComplexity(most)) => {
            complexity(*functions, counts, *most)
        }
        (observed @ Observed::Performance { .. }, threshold @ Threshold::Performance { .. }) => {
            performance(observed, threshold)
        }
        (Observed::Checklist { wanted: 0, missing }, Threshold::Complete)
            if kind == GateKind::Instructions && missing.is_empty() =>
        {
            decide(true, "no instruction file concerns it".to_owned(), COMPLETE.to_owned(), "")
        }
        (Observed::Checklist { wanted, missing }, Threshold::Complete) if *wanted > 0 => decide(
            missing.is_empty(),
            match missing.as_slice() {
                [] => "nothing is missing".to_owned(),
                missing => missing.join("; "),
            },
            COMPLETE.to_owned(),
            match kind {
                GateKind::Specification => "complete the spec; `stagegate check` shows the lines",
                GateKind::Documentation => "write what is missing",
                GateKind::Dependencies => {
                    "promote what the component needs first; correct a name that is unknown"
                }
                _ => "mend what is named",
            },
        ),
        (Observed::ExitCode { success }, Threshold::Success) => decide(
            *success,
            if *success { "the command succeeded" } else { "the command failed" }.to_owned(),
            "success".to_owned(),
            "see what the command printed",
        ),
        _ => Judgement {
            verdict: Verdict::Error,
            found: "the report does not hold what this gate needs".to_owned(),
            required: String::new(),
            help: "correct `format` of the gate in stagegate.yaml".to_owned(),
        },
    };
    if !flaky.is_empty() && judgement.verdict == Verdict::Pass {
        judgement.found =
            format!("{}; {} on the same inputs", judgement.found, count(flaky.len(), "flaky test"));
    }
    judgement
}

fn decide(enough: bool, found: String, required: String, help: &str) -> Judgement {
    let verdict = if enough { Verdict::Pass } else { Verdict::Fail };
    Judgement { verdict, found, required, help: if enough { String::new() } else { help.to_owned() } }
}

fn unknown(found: &str, required: String, help: &str) -> Judgement {
    Judgement { verdict: Verdict::Inconclusive, found: found.to_owned(), required, help: help.to_owned() }
}

fn coverage(covered: u64, statements: u64, files: usize, least: f64) -> Judgement {
    let required = format!("at least {} %", percent(least));
    if statements == 0 {
        return unknown(
            "the report holds no statement of the component",
            required,
            "check that the tests import the component from its folder",
        );
    }
    if covered > statements {
        let found = format!("the report says that {covered} of {statements} statements were run");
        let help = "measure the coverage anew".to_owned();
        return Judgement { verdict: Verdict::Error, found, required, help };
    }
    #[allow(clippy::cast_precision_loss, reason = "statements are far below 2^53")]
    let share = covered as f64 * 100.0 / statements as f64;
    let found =
        format!("{} % ({covered} of {statements} statements in {})", percent(share), count(files, "file"));
    decide(share >= least, found, required, "test what is not covered yet")
}

fn tests([passed, failed, errors, skipped]: [usize; 4], least: f64) -> Judgement {
    let required = if least >= 100.0 {
        "every test passes".to_owned()
    } else {
        format!("at least {} % of the tests pass", percent(least))
    };
    let run = passed + failed + errors;
    if run == 0 {
        let found = match skipped {
            0 => "no test ran".to_owned(),
            skipped => format!("no test ran; {skipped} skipped"),
        };
        return unknown(&found, required, "write tests where the tool looks for them");
    }
    let mut parts = vec![format!("{passed} passed")];
    for (number, word) in [(failed, "failed"), (errors, "with errors"), (skipped, "skipped")] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "tests are far below 2^53")]
    let share = passed as f64 * 100.0 / run as f64;
    decide(share >= least, parts.join(", "), required, "mend the tests, or what they test")
}

fn issues(kind: GateKind, found: usize, files: Option<usize>, most: usize) -> Judgement {
    let (one, help) = match kind {
        GateKind::Types => ("type error", "mend the types"),
        GateKind::Secrets => (
            "secret",
            "take the secret out and revoke it; a false alarm is noted in the baseline by a person, with `detect-secrets audit`",
        ),
        GateKind::Flakiness => ("flaky test", "find out why the outcome changes, or remove the test"),
        GateKind::Lint => ("issue", "mend what the linter finds"),
        _ => ("finding", "mend what was found"),
    };
    let required = if most == 0 { format!("no {one}") } else { format!("at most {}", count(most, one)) };
    if files == Some(0) && found == 0 {
        if kind == GateKind::Flakiness {
            return unknown("no test ran", required, "run tests, or stop skipping them");
        }
        return unknown("no file was checked", required, "check the paths that the tool was given");
    }
    decide(found <= most, if found == 0 { format!("no {one}") } else { count(found, one) }, required, help)
}

fn complexity(functions: usize, counts: &[(u32, usize)], most: u32) -> Judgement {
    let required = format!("at most {most} in every function");
    if functions == 0 {
        return unknown("no function was found", required, "check the paths that the tool was given");
    }
    let above: usize =
        counts.iter().filter(|(complexity, _)| *complexity > most).map(|(_, number)| number).sum();
    let worst = counts.iter().map(|(complexity, _)| *complexity).max().unwrap_or_default();
    let found = match above {
        0 => format!("at most {worst} in {}", count(functions, "function")),
        above => format!("{} above it; the most complex has {worst}", count(above, "function")),
    };
    decide(above == 0, found, required, "divide the functions that are named")
}

fn performance(observed: &Observed, threshold: &Threshold) -> Judgement {
    let (
        Observed::Performance { response_time_ms: time, memory_mb: memory, regression_percent: slower },
        Threshold::Performance { response_time_ms, memory_mb, regression_percent },
    ) = (observed, threshold)
    else {
        return unknown("nothing was measured", String::new(), "check the report of the gate");
    };
    let required = format!(
        "at most {} ms, {} MB, {} % slower than before",
        percent(*response_time_ms),
        percent(*memory_mb),
        percent(*regression_percent)
    );
    let limits =
        [(time, response_time_ms, " ms"), (memory, memory_mb, " MB"), (slower, regression_percent, " %")];
    let measured: Vec<_> =
        limits.iter().filter_map(|(value, most, unit)| Some((((**value)?), **most, *unit))).collect();
    if time.is_none() && memory.is_none() {
        return unknown(
            "nothing was measured",
            required,
            "write `response_time_ms` or `memory_mb` into the report",
        );
    }
    let enough = measured.iter().all(|(value, most, _)| value.is_finite() && value <= most);
    let mut found: Vec<_> = Vec::new();
    found.extend(time.map(|time| format!("{} ms", percent(time))));
    found.extend(memory.map(|memory| format!("{} MB", percent(memory))));
    found.extend(slower.map(|slower| match slower {
        slower if slower < 0.0 => format!("{} % faster than before", percent(-slower)),
        slower => format!("{} % slower than before", percent(slower)),
    }));
    decide(enough, found.join(", "), required, "find what became slow, or larger")
}

/// `1 file`, `2 files`.
fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

#[cfg(test)]
mod tests;
