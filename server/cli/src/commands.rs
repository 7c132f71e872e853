//! One module per command.

mod check;
mod completions;
mod demo;
mod explain;
mod init;
mod inspect;
mod lsp;

use std::io::{self, Write as _};

use crate::args::Command;
use crate::failure::Failure;

/// Runs a command and returns its exit code.
pub(crate) fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Lsp(args) => Ok(lsp::run(&args)),
        Command::Completions(args) => completions::run(&args),
        Command::Demo(args) => demo::run(&args),
    }
}

/// Writes to stdout.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Failure::output(&error))
}
