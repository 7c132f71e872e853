//! Writes pages of made-up runs to a folder, to be looked at: `cargo run --example dashboard -- FOLDER`.

#[path = "../tests/dashboard/fixture.rs"]
mod fixture;

use std::path::PathBuf;

use stagegate_core::run::{RunRecord, RunState};
use stagegate_pipeline::dashboard::{Dashboard, Sources, render, render_run};

use fixture::{MADE, components, metrics, plan, runs};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/dashboard".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let page = |name: &str, components_of: usize, runs: Vec<RunRecord>, days: usize| {
        let sources = Sources {
            made: MADE,
            only: None,
            components: components(components_of),
            metrics: metrics(days),
            page_of: Some(&|id| Some(format!("runs/{id}.html"))),
        };
        std::fs::write(folder.join(name), render(&Dashboard::new(sources, runs)))
    };
    page("none.html", 0, Vec::new(), 0)?;
    page("empty.html", 5, Vec::new(), 0)?;
    page("one.html", 5, runs(2, 5).split_off(1), 0)?;
    page("typical.html", 12, runs(160, 12), 30)?;
    page("many.html", 200, runs(10_000, 200), 30)?;
    let all = runs(400, 12);
    for (name, state) in [
        ("run-succeeded.html", RunState::Succeeded),
        ("run-failed.html", RunState::Failed),
        ("run-stuck.html", RunState::Stuck),
        ("run-running.html", RunState::Running),
        ("run-interrupted.html", RunState::Interrupted),
    ] {
        if let Some(run) = all.iter().find(|run| run.state == state) {
            std::fs::write(folder.join(name), render_run(run, &plan(run), &MADE))?;
        }
    }
    Ok(())
}
