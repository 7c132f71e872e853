//! The files of metrics: one a day, `YYYY-MM-DD.jsonl`, in UTC.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use stagegate_core::config::MetricsConfig;
use stagegate_core::records::metrics::{self, Metric};
use stagegate_core::records::time;
use stagegate_core::run::StepFailure;

use super::{Leaving, failure, files, redacted};
use crate::write;

/// How much of a day's file is read: its end.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Most lines that are read of all days together; the newest days win.
const MAX_LINES: usize = 200_000;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Appends the metrics of a run that are not there yet, and removes days that are kept no longer. Returns how many lines
/// were added; none where the configuration wants none.
///
/// # Errors
/// Returns what could not be written; some lines may be there then, and are not written again.
pub fn append(leaving: &Leaving<'_>) -> Result<usize, StepFailure> {
    let config = &leaving.root.config.records;
    if !config.metrics.enabled {
        return Ok(0);
    }
    let all = metrics::of_run(leaving.run, config.tracked, leaving.now_ms);
    let mut days: BTreeMap<String, Vec<&Metric>> = BTreeMap::new();
    for metric in &all {
        days.entry(metric.day().to_owned()).or_default().push(metric);
    }
    let folder = folder(leaving.folder, &config.metrics.folder)?;
    let mut added = 0;
    for (day, of_day) in days {
        let path = folder.join(format!("{day}.jsonl"));
        let failed = |error: std::io::Error| {
            let place = format!("{}/{day}.jsonl", config.metrics.folder);
            failure(format!("cannot write {place}: {error}"), files::help(&error))
        };
        let known = files::tail(&path, MAX_BYTES).map_err(failed)?.unwrap_or_default();
        let known = metrics::read(&known);
        let known: HashSet<_> = known.iter().filter_map(Metric::key).collect();
        let is_new = |metric: &&&Metric| metric.key().is_none_or(|key| !known.contains(&key));
        let lines: Vec<String> =
            of_day.iter().filter(is_new).map(|metric| redacted(leaving.redactor, &metric.line())).collect();
        if !lines.is_empty() {
            files::append(&path, &lines).map_err(failed)?;
            added += lines.len();
        }
    }
    remove_old(&folder, config.metrics.retention_days, leaving.now_ms);
    Ok(added)
}

/// Makes the folder of the metrics; returns where it lies, without links.
fn folder(root: &Path, folder: &str) -> Result<PathBuf, StepFailure> {
    write::create_folder(root, Path::new(folder)).map_err(|error| files::unwritten(&error))?;
    let at = root.join(folder);
    fs::canonicalize(&at)
        .map_err(|error| failure(format!("cannot find {folder}: {error}"), files::help(&error)))
}

/// Removes the files of days that are kept no longer. Whatever is not named like a day stays; so does what cannot be
/// removed, for the metrics of this run are written.
fn remove_old(folder: &Path, retention_days: u32, now_ms: i64) {
    let first = now_ms.saturating_sub(i64::from(retention_days).saturating_mul(DAY_MS));
    let today = now_ms.div_euclid(DAY_MS) * DAY_MS;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(".jsonl")).and_then(time::read_date);
        let is_old = day.is_some_and(|day| day < today && day.saturating_add(DAY_MS) <= first);
        if is_old && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Reads the metrics of the last `days` days, the oldest first, whoever wrote them. What cannot be read is left out.
#[must_use]
pub fn read_days(root: &Path, config: &MetricsConfig, days: u32, now_ms: i64) -> Vec<Metric> {
    let folder = fs::canonicalize(root.join(&config.folder)).ok();
    let Some(folder) =
        folder.filter(|folder| fs::canonicalize(root).is_ok_and(|root| folder.starts_with(root)))
    else {
        return Vec::new();
    };
    let mut newest_first: Vec<Vec<Metric>> = Vec::new();
    let mut left = MAX_LINES;
    for back in 0..i64::from(days) {
        let day = time::date(now_ms.saturating_sub(back.saturating_mul(DAY_MS)));
        let text = files::tail(&folder.join(format!("{day}.jsonl")), MAX_BYTES).ok().flatten();
        let Some(text) = text else { continue };
        let mut of_day = metrics::read(&text);
        of_day.drain(..of_day.len().saturating_sub(left));
        left -= of_day.len();
        newest_first.push(of_day);
        if left == 0 {
            break;
        }
    }
    newest_first.into_iter().rev().flatten().collect()
}
