//! `stagegate`, the command line: parses arguments, calls the libraries, renders what they return.
//!
//! Decisions live in the libraries. Printing lives here and nowhere else.

mod args;
mod commands;
mod exit_code;
mod failure;
mod report;
mod target;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = args::Args::parse();
    ExitCode::from(commands::run(args.command).unwrap_or_else(|failure| {
        failure.print();
        exit_code::FAILURE
    }))
}
