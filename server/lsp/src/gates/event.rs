//! What a run of gates says: one JSON object on each line (`stagegate gates --events`).

use serde::{Deserialize, Serialize};

/// Longest line that is looked at, in bytes; nothing that is said is that long.
const MAX_LINE: usize = 1 << 20;

/// One line. Fields that we do not need are left out, and events that we do not know.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Said {
    /// What will be answered.
    Planned { gates: Vec<String> },
    /// A tool is started.
    Started { gates: Vec<String> },
    /// A tool printed a line.
    Output { gates: Vec<String>, line: String },
    /// The verdict of a gate is there.
    Finished { gate: String, verdict: String, found: String, done: usize, of: usize },
    /// It came to its end.
    Done(Done),
    /// It did not.
    Failed {
        message: String,
        #[serde(default)]
        help: Option<String>,
    },
    #[serde(other)]
    Unknown,
}

/// What came of a run; also the answer of the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// The component, as it is shown.
    #[serde(default)]
    pub(crate) component: String,
    /// The stage.
    #[serde(default)]
    pub(crate) stage: String,
    /// Whether every gate that the stage waits for is open.
    pub(crate) passed: bool,
    /// Whether it was stopped before its end.
    pub(crate) cancelled: bool,
    /// `7 of 9 gates of staging are open`.
    pub(crate) summary: String,
    /// The verdicts.
    pub(crate) gates: Vec<Gate>,
}

/// The verdict of one gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gate {
    pub(crate) gate: String,
    /// `required` or `optional`; `None` for one that was named and that the stage does not ask for.
    #[serde(default)]
    pub(crate) need: Option<String>,
    pub(crate) verdict: String,
    pub(crate) found: String,
    #[serde(default)]
    pub(crate) required: String,
    #[serde(default)]
    pub(crate) help: String,
    /// Whether it is known from a run on the same inputs.
    #[serde(default)]
    pub(crate) cached: bool,
}

/// Reads a line; `None` where it is none of the events.
pub(crate) fn read(line: &str) -> Option<Said> {
    let said = (line.len() <= MAX_LINE).then(|| serde_json::from_str(line));
    match said {
        Some(Ok(Said::Unknown)) | None => None,
        Some(Ok(said)) => Some(said),
        Some(Err(error)) => {
            tracing::debug!("a line of a run of gates is not understood: {error}");
            None
        }
    }
}

impl Done {
    /// Returns what the user is told at the end: the summary, and the first gate that is in the way.
    pub(crate) fn sentence(&self) -> String {
        let mut text = format!("{}: {}", self.component, self.summary);
        let is_in_the_way = |gate: &&Gate| gate.verdict != "pass" && gate.need.as_deref() != Some("optional");
        if let Some(gate) = self.gates.iter().find(is_in_the_way).filter(|_| !self.cancelled) {
            text.push_str(&format!("; {}: {}", gate.gate, gate.found));
            if gate.verdict == "fail" && !gate.required.is_empty() {
                text.push_str(&format!(", expected {}", gate.required));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_read_and_others_passed_over() {
        assert_eq!(read("Compiling ..."), None);
        assert_eq!(read(r#"{"event":"later","x":1}"#), None);
        assert_eq!(read(&format!("\"{}\"", "x".repeat(MAX_LINE))), None);
        let line = r#"{"event":"started","component":"calc","gates":["lint"],"command":"ruff check"}"#;
        assert_eq!(read(line), Some(Said::Started { gates: vec!["lint".to_owned()] }));
        assert_eq!(
            read(r#"{"event":"failed","message":"no","help":null}"#),
            Some(Said::Failed { message: "no".to_owned(), help: None })
        );
    }

    #[test]
    fn the_user_is_told_the_first_gate_in_the_way() {
        let gate = |name: &str, need: &str, verdict: &str, found: &str| json!({ "gate": name, "need": need, "verdict": verdict, "found": found, "required": "at least 70 %" });
        let done = |cancelled, gates: &[serde_json::Value]| {
            let line = json!({ "event": "done", "component": "calculator", "stage": "staging", "passed": false, "cancelled": cancelled, "summary": "7 of 9 gates of staging are open", "gates": gates });
            match read(&line.to_string()) {
                Some(Said::Done(done)) => done.sentence(),
                other => panic!("{other:?}"),
            }
        };
        let coverage = gate("coverage", "required", "fail", "59 %");
        let optional = gate("docs", "optional", "fail", "none");
        let broken = gate("types", "required", "error", "`pyright` is not installed");
        assert_eq!(
            done(false, &[gate("tests", "required", "pass", "9"), optional.clone(), coverage.clone()]),
            "calculator: 7 of 9 gates of staging are open; coverage: 59 %, expected at least 70 %"
        );
        assert_eq!(
            done(false, &[broken]),
            "calculator: 7 of 9 gates of staging are open; types: `pyright` is not installed"
        );
        assert_eq!(done(true, &[coverage]), "calculator: 7 of 9 gates of staging are open");
        assert_eq!(done(false, &[optional]), "calculator: 7 of 9 gates of staging are open");
    }
}
