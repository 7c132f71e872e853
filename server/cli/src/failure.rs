//! What keeps a command from its work: what was found, and what to do about it.

use std::fmt::Display;
use std::io;

use crate::report::Style;

/// Ends a command with [`crate::exit_code::FAILURE`].
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    help: Vec<String>,
    silent: bool,
}

impl Failure {
    /// Says what was found and what was expected, in one sentence without a final dot.
    pub(crate) fn new(message: impl Display) -> Failure {
        Failure { message: message.to_string(), help: Vec::new(), silent: false }
    }

    /// Says what to do.
    pub(crate) fn help(mut self, help: impl Display) -> Failure {
        self.help.push(help.to_string());
        self
    }

    /// The reader of our output went away (`stagegate check | head`): nobody is left to tell.
    pub(crate) fn output(error: &io::Error) -> Failure {
        let silent = error.kind() == io::ErrorKind::BrokenPipe;
        Failure { silent, ..Failure::new(format_args!("cannot write the output: {error}")) }
    }

    /// Returns what was found.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do; empty where the message says it all.
    pub(crate) fn help_text(&self) -> String {
        self.help.join("; ")
    }

    /// Shows the failure on stderr.
    pub(crate) fn print(&self) {
        if self.silent {
            return;
        }
        let style = Style::stderr();
        let mut text = format!("{}error{}: {}\n", style.error, style.reset, self.message);
        for help in &self.help {
            text.push_str(&format!("  {}={} help: {help}\n", style.gutter, style.reset));
        }
        let _ = io::Write::write_all(&mut io::stderr().lock(), text.as_bytes());
    }
}

/// Shows something worth knowing on stderr that does not keep the command from its work.
pub(crate) fn note(message: impl Display) {
    let style = Style::stderr();
    let text = format!("{}note{}: {message}\n", style.bold, style.reset);
    let _ = io::Write::write_all(&mut io::stderr().lock(), text.as_bytes());
}
