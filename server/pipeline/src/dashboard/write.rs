//! Puts pages where people find them.

use std::path::{Path, PathBuf};

use stagegate_core::plan::Plan;
use stagegate_core::run::{RunRecord, StepFailure};

use super::{Dashboard, Made, render, render_run};
use crate::{own, store, write as files};

/// The folder of pages where the configuration names none, relative to the root.
pub const FOLDER: &str = ".stagegate/reports";

/// Writes the dashboard to `into`, a folder relative to `folder`, the workspace: `dashboard.html`, and
/// `workflow_dashboard_<component>.html` where it is about one component (requirement 002). A page that is there is replaced
/// as a whole. Returns where it is.
///
/// # Errors
/// Returns why it was not written.
pub fn write(folder: &Path, into: &str, dashboard: &Dashboard) -> Result<PathBuf, StepFailure> {
    let name = match &dashboard.0.only {
        Some(component) => format!("workflow_dashboard_{}.html", file_name(component.as_str())),
        None => "dashboard.html".to_owned(),
    };
    put(folder, into, &[], &name, &render(dashboard))
}

/// Writes the report of a run to `runs/<id>.html` below `into`. Returns where it is.
///
/// # Errors
/// Returns why it was not written.
pub fn write_run(
    folder: &Path,
    into: &str,
    run: &RunRecord,
    plan: &Plan,
    made: &Made<'_>,
) -> Result<PathBuf, StepFailure> {
    put(folder, into, &["runs"], &format!("{}.html", file_name(&run.id)), &render_run(run, plan, made))
}

/// Writes a name so that it stays in its folder.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    name.chars().map(safe).take(100).collect()
}

fn put(folder: &Path, into: &str, below: &[&str], name: &str, text: &str) -> Result<PathBuf, StepFailure> {
    let failed = |message: String| StepFailure {
        message,
        help: "check the folder, or set `observability.dashboard.output_dir` to another one".to_owned(),
        transient: false,
    };
    let parts: Vec<&str> = into.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if let Some((&store::FOLDER, rest)) = parts.split_first() {
        let ours = store::create_folder(folder).map_err(|error| failed(error.to_string()))?;
        let rest: Vec<&str> = rest.iter().chain(below).copied().collect();
        if rest.contains(&"..") {
            return Err(failed(format!("`{into}` leads out of `{}`", store::FOLDER)));
        }
        own::folder(&ours, &rest).map_err(|error| failed(error.to_string()))?;
    }
    let path: PathBuf = parts.iter().chain(below).collect();
    files::create_folder(folder, &path).map_err(|error| failed(error.to_string()))?;
    // A link would lead to a file that is none of ours.
    if std::fs::symlink_metadata(folder.join(&path).join(name)).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(failed(format!("{} is no file; expected a page of ours", path.join(name).display())));
    }
    files::atomic(folder, &path.join(name), text.as_bytes()).map_err(|error| failed(error.to_string()))?;
    Ok(folder.join(path).join(name))
}
