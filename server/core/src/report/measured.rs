//! A JSON object of numbers, or what pytest-benchmark writes.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Json, Text};
use super::{Benchmark, Body, Metrics, ReadContext, Report, ReportError, bounded};

/// The most numbers of one object; what measures a gate has a handful.
const MAX_VALUES: usize = 10_000;

#[derive(Deserialize)]
struct Benchmarks<'a> {
    #[serde(borrow)]
    benchmarks: &'a RawValue,
    #[serde(borrow)]
    datetime: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    /// Only pytest-benchmark has it.
    #[serde(borrow, rename = "machine_info")]
    _machine: &'a RawValue,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    fullname: Text<'a>,
    stats: Stats,
}

/// In seconds.
#[derive(Deserialize)]
struct Stats {
    min: f64,
    max: f64,
    mean: f64,
    median: f64,
    rounds: u32,
}

pub(super) fn read(json: Json<'_>, _: &ReadContext<'_>) -> Result<Report, ReportError> {
    let all: &RawValue = json.read()?;
    let mut metrics = Metrics::default();
    let mut is_benchmarks = false;
    json.entries(all, |(name, value): (Text<'_>, &RawValue)| {
        is_benchmarks |= &*name == "machine_info";
        let text = value.get();
        if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            if matches!(&*name, "response_time_ms" | "memory_mb") {
                return Err(json.malformed(format!("`{}` is {}; expected a number", &*name, bounded(text))));
            }
            return Ok(());
        }
        let number: f64 = json.part(value)?;
        if number < 0.0 {
            return Err(json.malformed(format!("`{}` is {text}; expected 0 or more", bounded(&name))));
        }
        if metrics.values.len() < MAX_VALUES && metrics.values.insert(bounded(&name), number).is_some() {
            return Err(json.contradiction(format!("`{}` is there twice", bounded(&name))));
        }
        Ok(())
    })?;
    let (mut tool, mut version, mut generated_ms) = (None, None, None);
    if is_benchmarks {
        metrics.values.clear();
        let top: Benchmarks<'_> = json.part(all)?;
        json.items(top.benchmarks, |item: Item<'_>| {
            let Stats { min, max, mean, median, rounds } = item.stats;
            if [min, max, mean, median].iter().any(|time| *time < 0.0) {
                return Err(json.malformed(format!("a negative time of `{}`", bounded(&item.fullname))));
            }
            metrics.benchmarks.push(Benchmark {
                name: bounded(&item.fullname),
                mean_ms: mean * 1000.0,
                median_ms: median * 1000.0,
                min_ms: min * 1000.0,
                max_ms: max * 1000.0,
                rounds,
            });
            Ok(())
        })?;
        tool = Some("pytest-benchmark".into());
        version = top.version.as_deref().map(Box::from);
        generated_ms = top.datetime.and_then(|time| super::unix_ms(&time));
    }
    Ok(Report {
        format: json.format,
        tool,
        version,
        generated_ms,
        unchecked: Vec::new(),
        body: Body::Metrics(metrics),
    })
}
