//! From how a command ended to the problem that its gates have.

use stagegate_core::gates::{Exit, Problem, ProblemKind};

use crate::process::{End, Outcome};

/// Most characters of a tool's output that are kept with a problem.
const MAX_OUTPUT: usize = 4000;

/// Returns how a command ended, as evidence keeps it; `None` where it was never started.
pub(super) fn exit(end: &End) -> Option<Exit> {
    match end {
        End::Exited(code) => Some(Exit::Code(*code)),
        End::Signalled(signal) => Some(Exit::Signal(*signal)),
        End::TimedOut { after } => Some(Exit::TimedOut(u64::try_from(after.as_millis()).unwrap_or(u64::MAX))),
        End::Cancelled => Some(Exit::Cancelled),
        _ => None,
    }
}

/// Returns what is wrong with a command that ended so, where its report cannot be believed; `None` for an exit code that
/// is expected.
pub(super) fn of_end(end: &End, tool: &str, expected: &[i32]) -> Option<Problem> {
    let kind = match end {
        End::Exited(code) if expected.contains(code) => return None,
        End::NotFound { .. } | End::NotExecutable { .. } | End::NotStarted { .. } => ProblemKind::ToolMissing,
        End::Exited(_) | End::Signalled(_) | End::Lost { .. } => ProblemKind::ToolFailed,
        End::TimedOut { .. } | End::OutputTooLarge { .. } => ProblemKind::ToolStopped,
        End::Cancelled => ProblemKind::Cancelled,
    };
    let mut message = match end {
        End::NotExecutable { why, .. } => format!("`{tool}` cannot be executed: {why}"),
        _ => format!("`{tool}` {end}"),
    };
    if let End::Exited(_) = end {
        let codes: Vec<_> = expected.iter().map(i32::to_string).collect();
        message += &format!("; expected {}", codes.join(" or "));
    }
    let help = match kind {
        ProblemKind::ToolMissing if matches!(end, End::NotExecutable { .. }) => {
            "mend that, or name another command in `gates` of stagegate.yaml".to_owned()
        }
        ProblemKind::ToolMissing => {
            "install it, or name another command in `gates` of stagegate.yaml".to_owned()
        }
        ProblemKind::ToolStopped => match end {
            End::TimedOut { .. } => {
                "find out why it hangs, or raise `timeout` of the gate in stagegate.yaml".to_owned()
            }
            _ => "let it print less, or write its report to `{report}`".to_owned(),
        },
        ProblemKind::Cancelled => "run the gate again".to_owned(),
        _ if *end == End::Exited(127) => {
            "see what the tool printed; 127 is what a shell says where it finds no such command".to_owned()
        }
        _ => SEE.to_owned(),
    };
    Some(Problem { kind, message, help })
}

/// Returns the problem of a tool that looks at no file: it finds nothing, which proves nothing.
pub(super) fn no_file(tool: &str) -> Problem {
    Problem {
        kind: ProblemKind::NothingChecked,
        message: format!("`{tool}` looks at no file of the component"),
        help: format!("see what the configuration of `{tool}` excludes"),
    }
}

/// Returns the end of what a command printed: of the errors, else of the rest.
pub(super) fn output(outcome: &Outcome) -> String {
    let (stdout, stderr) = (outcome.stdout.to_string(), outcome.stderr.to_string());
    let text = if stderr.trim().is_empty() { stdout } else { stderr };
    let text = text.trim();
    match text.char_indices().nth_back(MAX_OUTPUT - 1) {
        Some((at, _)) if at > 0 => format!("…{}", &text[at..]),
        _ => text.to_owned(),
    }
}

/// What is said where nothing but the output of the tool tells more.
pub(super) const SEE: &str = "see what the tool printed";

/// Longest line of output that is quoted, in characters.
const MAX_QUOTED: usize = 200;

/// Quotes in `help` the line of `output` that tells most, where it says to look there: the last one that speaks of an
/// error, else the last one.
pub(super) fn with_output(help: &str, output: &str) -> String {
    if help != SEE {
        return help.to_owned();
    }
    let lines = || output.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric));
    let speaks = |line: &&str| line.to_ascii_lowercase().contains("error");
    match lines().rfind(speaks).or_else(|| lines().next_back()) {
        Some(line) => format!("{SEE}: {}", line.chars().take(MAX_QUOTED).collect::<String>()),
        None => "run its command by hand: it printed nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_most_is_quoted() {
        let said = |output: &str| with_output(SEE, output);
        let pytest = "ERROR: usage: x\nx: error: unrecognized arguments: --no\n  inifile: pyproject.toml\n";
        assert_eq!(said(pytest), "see what the tool printed: x: error: unrecognized arguments: --no");
        assert_eq!(said("one\ntwo\n---\n"), "see what the tool printed: two");
        assert_eq!(said(" \n\u{fffd}\n"), "run its command by hand: it printed nothing");
        assert_eq!(with_output("other", "error"), "other");
    }
}
