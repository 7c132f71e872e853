//! Developer commands: `cargo xtask test`, `codegen`, `bench`.

mod bench;
mod codegen;
mod run;
mod test;

use clap::{Parser, Subcommand};

/// Developer commands of Stagegate.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that CI runs: format, lints, tests, our own check, the real editors.
    Test(test::Args),
    /// Writes the files that are generated from the code: rules page, configuration reference, JSON Schema.
    Codegen,
    /// Benchmarks: the analysis alone, then the server beside the floor where python3 is present.
    Bench(bench::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Test(args) => test::test(&args),
        Command::Codegen => codegen::codegen(),
        Command::Bench(args) => bench::bench(&args),
    }
}
