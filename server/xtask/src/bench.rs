//! `cargo xtask bench`: ratios in one run, never a lone time.

use crate::run::{cargo, command, has, repository, run};

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Rounds of each measurement of the server.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Suites of the server benchmark, separated by commas.
    #[arg(long, default_value = "cold,keys,requests,scale,openall,survive")]
    suites: String,
}

/// The peer-neutral benchmark, which lies beside the repository where there is one.
const LSPBENCH: &str = "../shared/bench/lspbench.py";

/// Measures the analysis alone, then the server beside `floor`: the least that any server could do.
#[expect(clippy::print_stdout, reason = "a part that is left out says so")]
pub(crate) fn bench(args: &Args) -> anyhow::Result<()> {
    run(&mut cargo(&["bench", "--package", "stagegate-core"]))?;
    if !has("python3", &["--version"]) || !repository().join(LSPBENCH).exists() {
        println!("left out: the server beside its floor needs python3 and {LSPBENCH}");
        return Ok(());
    }
    run(&mut cargo(&["build", "--release", "--package", "stagegate"]))?;
    let work = repository().join("target/bench");
    let work = work.to_string_lossy();
    let out = format!("{work}/results");
    let server = format!("stagegate={} lsp", repository().join("target/release/stagegate").display());
    let rounds = args.rounds.to_string();
    run(&mut command(
        "python3",
        &[
            LSPBENCH,
            "run",
            "--work",
            &work,
            "--out",
            &out,
            "--server",
            &server,
            "--only",
            "stagegate,floor",
            "--ref",
            "floor",
            "--rounds",
            &rounds,
            "--suites",
            &args.suites,
        ],
    ))?;
    let check = format!(
        "stagegate check={} check --format json {{ws}}",
        repository().join("target/release/stagegate").display()
    );
    run(&mut command(
        "python3",
        &[
            LSPBENCH,
            "limits",
            "--work",
            &work,
            "--out",
            &out,
            "--rounds",
            &rounds,
            "--tree-files",
            "1000",
            "--extra",
            &check,
        ],
    ))
}
