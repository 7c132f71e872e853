//! A dashboard of 10,000 runs and 200 components: what ends every run.
//!
//! `cargo bench -p stagegate-pipeline --bench dashboard`

#[path = "../tests/dashboard/fixture.rs"]
mod fixture;

use std::hint::black_box;
use std::sync::LazyLock;

use divan::Bencher;
use stagegate_core::run::RunRecord;
use stagegate_pipeline::dashboard::{Dashboard, Sources, render};

static RUNS: LazyLock<Vec<RunRecord>> = LazyLock::new(|| fixture::runs(10_000, 200));

fn main() {
    divan::main();
}

fn count(runs: &[RunRecord]) -> Dashboard {
    let sources = Sources {
        made: fixture::MADE,
        only: None,
        components: fixture::components(200),
        metrics: Vec::new(),
        page_of: None,
    };
    Dashboard::new(sources, runs)
}

#[divan::bench(args = [10, 1_000, 10_000])]
fn counting(bencher: Bencher<'_, '_>, runs: usize) {
    let runs = &RUNS[..runs];
    bencher.bench(|| count(black_box(runs)));
}

#[divan::bench]
fn rendering(bencher: Bencher<'_, '_>) {
    let dashboard = count(&RUNS);
    bencher.bench(|| render(black_box(&dashboard)));
}
