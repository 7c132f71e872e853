//! `cargo xtask test`: everything, in the order in which a failure is cheapest to find.

use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::run::{cargo, command, has, repository, run, watch};

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out the tests in VS Code and Neovim, which install about 900 MB under `.tools/` the first time.
    #[arg(long)]
    no_editors: bool,
    /// Run only the steps whose name contains this.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// What was counted so far.
#[derive(Default)]
struct Count {
    passed: u64,
    failed: u64,
}

type Step = fn(&mut Count) -> anyhow::Result<()>;

const STEPS: &[(&str, Step)] = &[
    ("format", |count| one(count, run(&mut cargo(&["fmt", "--all", "--check"])))),
    ("lints", |count| {
        let args = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
        one(count, run(&mut cargo(&args)))
    }),
    ("licences", licences),
    ("python tools", python_tools),
    ("rust", rust),
    ("own check", own_check),
    ("neovim", |count| editor(count, "nvim")),
    ("vscode", |count| editor(count, "vscode")),
];

/// Runs every step, goes on after a failure, and prints the sum in the form that CI reads.
#[expect(clippy::print_stdout, reason = "this is the report")]
pub(crate) fn test(args: &Args) -> anyhow::Result<()> {
    let mut count = Count::default();
    let mut failures = Vec::new();
    for (name, step) in STEPS {
        let editor = matches!(*name, "neovim" | "vscode");
        if (editor && args.no_editors) || args.only.as_ref().is_some_and(|only| !name.contains(only.as_str()))
        {
            continue;
        }
        println!("\n== {name}");
        let before = count.failed;
        if let Err(error) = step(&mut count) {
            println!("{name}: {error:#}");
            count.failed = count.failed.max(before + 1);
        }
        if count.failed > before {
            failures.push(*name);
        }
    }
    if !failures.is_empty() {
        println!("\nfailed: {}", failures.join(", "));
    }
    println!("\n{} passed, {} failed", count.passed, count.failed);
    if count.failed > 0 {
        bail!("{} failed", failures.join(", "));
    }
    Ok(())
}

/// Counts a step that has one result.
fn one(count: &mut Count, result: anyhow::Result<()>) -> anyhow::Result<()> {
    if result.is_ok() {
        count.passed += 1;
    } else {
        count.failed += 1;
    }
    result
}

/// The Python tools that some tests run, in the user's cache (`STAGEGATE_CACHE_DIR`): 120 MB the first time.
fn python_tools(count: &mut Count) -> anyhow::Result<()> {
    one(
        count,
        run(&mut cargo(&["run", "--quiet", "--package", "stagegate-pipeline", "--example", "provision"])),
    )
}

/// All tests of the workspace, property tests and protocol tests among them.
fn rust(count: &mut Count) -> anyhow::Result<()> {
    // The binary first: the whole-program tests start it.
    run(&mut cargo(&["build", "--quiet", "--package", "stagegate"]))?;
    let (mut passed, mut failed) = (0, 0);
    let good = watch(&mut cargo(&["test", "--workspace", "--no-fail-fast"]), |line| {
        if let Some(result) = line.strip_prefix("test result: ") {
            let number = |what: &str| {
                let before = result.split(what).next()?.trim_end();
                before.rsplit([' ', ';']).next()?.parse::<u64>().ok()
            };
            passed += number("passed").unwrap_or(0);
            failed += number("failed").unwrap_or(0);
        }
    })?;
    count.passed += passed;
    count.failed += failed;
    if !good && failed == 0 {
        bail!("cargo test failed without naming a test");
    }
    Ok(())
}

/// Licences and bans of the dependencies, where cargo-deny is installed. It needs no network for these two.
#[expect(clippy::print_stdout, reason = "a step that is left out says so")]
fn licences(count: &mut Count) -> anyhow::Result<()> {
    if !has("cargo-deny", &["--version"]) {
        println!("left out: cargo-deny is not installed (cargo install cargo-deny --locked)");
        return Ok(());
    }
    // Crates of other systems are asked about too, and were not needed to build.
    run(&mut cargo(&["fetch", "--quiet", "--locked"]))?;
    one(
        count,
        run(&mut cargo(&["deny", "--offline", "--all-features", "check", "licenses", "bans", "sources"])),
    )
}

/// Our own server checks our own instruction files and specs.
fn own_check(count: &mut Count) -> anyhow::Result<()> {
    one(
        count,
        run(&mut cargo(&["run", "--quiet", "--package", "stagegate", "--", "check", "--deny", "warnings"])),
    )
}

/// The tests in a real editor: installed below `.tools/`, run against the binary just built.
fn editor(count: &mut Count, editor: &str) -> anyhow::Result<()> {
    run(&mut cargo(&["build", "--quiet", "--package", "stagegate"]))?;
    let tools =
        std::env::var_os("STAGEGATE_TOOLS").map_or_else(|| repository().join(".tools"), PathBuf::from);
    let tools = tools.to_str().context("the path of the tools has to be UTF-8")?;
    run(&mut command("bash", &["tests/editors/install.sh", tools, editor]))?;
    let binary = binary()?;
    let script = format!("tests/editors/{editor}.sh");
    let mut counted = None;
    let mut tests = command("bash", &[&script]);
    let good = watch(tests.env("STAGEGATE_BIN", &binary).env("STAGEGATE_TOOLS", tools), |line| {
        counted = sum(line).or(counted);
    })?;
    let (passed, failed) = counted.with_context(|| format!("{script} printed no sum"))?;
    count.passed += passed;
    count.failed += failed;
    if !good && failed == 0 {
        bail!("{script} failed without naming a test");
    }
    Ok(())
}

/// Reads a line `N passed, N failed`.
fn sum(line: &str) -> Option<(u64, u64)> {
    let (passed, rest) = line.trim().split_once(" passed, ")?;
    Some((passed.parse().ok()?, rest.strip_suffix(" failed")?.parse().ok()?))
}

/// Returns the path of the binary that `cargo build` writes.
fn binary() -> anyhow::Result<PathBuf> {
    let xtask = std::env::current_exe()?;
    let folder = xtask.parent().context("a running program lies in a folder")?;
    Ok(folder.join("stagegate").with_extension(std::env::consts::EXE_EXTENSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_a_script_is_its_last_line() {
        assert_eq!(sum("12 passed, 3 failed"), Some((12, 3)));
        assert_eq!(sum("12 passed"), None);
        assert_eq!(sum("ok 12 passed, 3 failed"), None);
    }
}
