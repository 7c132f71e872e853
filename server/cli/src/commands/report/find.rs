//! Which report is meant.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use stagegate_core::name;
use stagegate_pipeline::records::run_folder;
use stagegate_workspace::Workspace;

use crate::failure::Failure;

/// Largest report that is read, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A report.
pub(super) struct Found {
    /// The file, relative to the root with `/`.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
    /// The other files of the run beside it, relative to the root with `/`.
    pub(super) beside: Vec<String>,
}

/// Finds the report of a component or run; the newest of all where none is named.
pub(super) fn find(workspace: &Workspace, of: Option<&str>) -> Result<Found, Failure> {
    let root = &workspace.path;
    let reports = &workspace.root.config.records.reports;
    let nothing = || Failure::new("there is no report yet").help("`stagegate promote COMPONENT` writes one");
    match of {
        Some(of) => {
            let of = valid(of)?;
            let folders = [run_folder(of), format!("{reports}/{}", name::canonical(of))];
            let found = folders.iter().find_map(|folder| newest(root, folder));
            let (path, _) = found.ok_or_else(|| {
                Failure::new(format_args!("there is no report of `{of}`, neither a component nor a run"))
                    .help("`stagegate runs` lists the runs")
            })?;
            read(root, path)
        }
        None => {
            let folders = fs::read_dir(root.join(reports)).into_iter().flatten().flatten();
            let names = folders.filter_map(|folder| folder.file_name().into_string().ok());
            let found = names.filter_map(|name| newest(root, &format!("{reports}/{name}")));
            let (path, _) = found.max_by_key(|(_, time)| *time).ok_or_else(nothing)?;
            read(root, path)
        }
    }
}

/// Returns a name that is part of a path.
pub(super) fn valid(of: &str) -> Result<&str, Failure> {
    if name::is_valid(of) {
        return Ok(of);
    }
    Err(Failure::new(format_args!("`{of}` is neither a component nor a run"))
        .help("names are letters, digits, `_` and `-`"))
}

/// Returns the newest workflow report in a folder, and when it was written.
fn newest(root: &Path, folder: &str) -> Option<(String, SystemTime)> {
    let entries = fs::read_dir(root.join(folder)).ok()?.flatten();
    let reports = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_report = name.starts_with("workflow_report_") && name.ends_with(".json");
        let metadata = entry.metadata().ok().filter(|metadata| is_report && metadata.is_file())?;
        Some((format!("{folder}/{name}"), metadata.modified().ok()?))
    });
    reports.max_by_key(|(_, time)| *time)
}

fn read(root: &Path, path: String) -> Result<Found, Failure> {
    let full = root.join(&path);
    let failed = |error: std::io::Error| Failure::new(format_args!("{path} cannot be read: {error}"));
    if fs::metadata(&full).map_err(failed)?.len() > MAX_BYTES {
        return Err(Failure::new(format_args!("{path} is larger than {} MiB", MAX_BYTES >> 20)));
    }
    let text = fs::read_to_string(&full).map_err(failed)?;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let entries = fs::read_dir(root.join(&folder)).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    let mut beside: Vec<String> =
        names.map(|name| format!("{folder}/{name}")).filter(|file| *file != path).collect();
    beside.sort();
    Ok(Found { path, text, beside })
}
