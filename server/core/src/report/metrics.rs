//! What was measured: response time, memory, benchmarks.

use std::collections::BTreeMap;

/// Measurements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// The numbers of a plain object, by name: `response_time_ms`, `memory_mb`. Finite and not negative.
    pub values: BTreeMap<Box<str>, f64>,
    /// The benchmarks of pytest-benchmark.
    pub benchmarks: Vec<Benchmark>,
}

/// One benchmark; times in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// Its full name: `tests/test_speed.py::test_add`.
    pub name: Box<str>,
    /// The mean of a round.
    pub mean_ms: f64,
    /// The median of a round.
    pub median_ms: f64,
    /// The fastest round.
    pub min_ms: f64,
    /// The slowest round.
    pub max_ms: f64,
    /// How many rounds were run.
    pub rounds: u32,
}

impl Metrics {
    /// `response_time_ms`, or else the greatest mean of the benchmarks.
    #[must_use]
    pub fn response_time_ms(&self) -> Option<f64> {
        let means = self.benchmarks.iter().map(|benchmark| benchmark.mean_ms);
        self.values.get("response_time_ms").copied().or_else(|| means.reduce(f64::max))
    }

    /// `memory_mb`.
    #[must_use]
    pub fn memory_mb(&self) -> Option<f64> {
        self.values.get("memory_mb").copied()
    }
}
