//! `stagegate`, the command line: parses arguments, calls the libraries, renders what they return.
//!
//! Decisions live in the libraries. Printing lives here and nowhere else.

mod args;
mod commands;
mod evidence;
mod exit_code;
mod failure;
mod host;
mod issues;
mod report;
mod target;
mod tracker;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // Before anything else: this may be the process that watches a tool.
    stagegate_pipeline::process::supervisor_main();
    // Or the process of a run, which prints nothing for people.
    let given: Vec<_> = std::env::args_os().skip(1).collect();
    if given.first().is_some_and(|first| first == "__run") {
        return ExitCode::from(stagegate_pipeline::runs::launch::main(&given[1..]));
    }
    let own: Vec<_> = std::env::args_os().skip(1).collect();
    if own.first().is_some_and(|a| a == "__run") {
        return ExitCode::from(stagegate_pipeline::runs::launch::main(&own[1..]));
    }
    let args = args::Args::parse();
    // A panic is a bug of ours. Its message is on stderr already; it must not look like "errors found".
    let result = std::panic::catch_unwind(|| commands::run(args.command)).unwrap_or_else(|_| {
        Err(failure::Failure::new("Stagegate failed inside; the lines above say where")
            .help("please report it with the file that it happened on"))
    });
    ExitCode::from(result.unwrap_or_else(|failure| {
        failure.print();
        exit_code::FAILURE
    }))
}
