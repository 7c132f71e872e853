//! The reports of a run: the newest of each component, and a copy for each run.

use stagegate_core::plan::RunKind;
use stagegate_core::records::{self, WorkflowReport};
use stagegate_core::run::StepFailure;

use super::{Leaving, files, redacted};
use crate::redact::Redactor;
use crate::runs::pages;
use crate::store::{self, FOLDER};

/// Where the reports of a run lie, relative to the root with `/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reports {
    /// The workflow report.
    pub workflow: String,
    /// The promotion report; `None` for what is no promotion.
    pub promotion: Option<String>,
    /// The folder with the copies.
    pub copies: String,
    /// What the workflow report says.
    pub report: WorkflowReport,
}

/// Writes both reports; `session` and `dashboard` are named in them.
///
/// # Errors
/// Returns what could not be written.
pub fn reports(
    leaving: &Leaving<'_>,
    session: Option<&str>,
    dashboard: Option<&str>,
) -> Result<Reports, StepFailure> {
    let name = leaving.name()?;
    let mut about = leaving.about();
    about.session = session.map(str::to_owned).or(about.session);
    about.dashboard = dashboard.map(str::to_owned).or(about.dashboard);
    let report = records::workflow_report(leaving.run, &about);
    let workflow = (format!("workflow_report_{name}.json"), to_json(&report, leaving.redactor));
    let is_promotion = leaving.run.kind == RunKind::Promotion && !records::is_validation(leaving.run);
    let promotion = is_promotion.then(|| {
        let text = redacted(leaving.redactor, &records::promotion_report(leaving.run, &about));
        (format!("promotion_report_{name}.json"), text)
    });
    // With the `.gitignore` that hides all of it.
    store::create_folder(leaving.folder)
        .map_err(|error| super::failure(error.to_string(), "see what stands there"))?;
    let newest = format!("{}/{}", leaving.root.config.records.reports, leaving.run.canonical);
    let copies = run_folder(&leaving.run.id);
    for (file, text) in [Some(&workflow), promotion.as_ref()].into_iter().flatten() {
        // The copy first: the newest one names a run whose reports are there.
        files::put(leaving.folder, &format!("{copies}/{file}"), text)?;
        files::put(leaving.folder, &format!("{newest}/{file}"), text)?;
    }
    Ok(Reports {
        workflow: format!("{newest}/{}", workflow.0),
        promotion: promotion.map(|(file, _)| format!("{newest}/{file}")),
        copies,
        report,
    })
}

/// Returns the text of a workflow report, without secrets.
#[must_use]
pub fn to_json(report: &WorkflowReport, redactor: &Redactor) -> String {
    redacted(redactor, &report.to_json())
}

/// Returns the folder of a run, relative to the root with `/`.
#[must_use]
pub fn run_folder(run: &str) -> String {
    format!("{FOLDER}/runs/{run}")
}

/// Renews the dashboard and the page of the run, and returns where the dashboard lies, relative to the root with `/`; `None`
/// where the configuration wants none.
///
/// # Errors
/// Returns what could not be written.
pub fn pages(leaving: &Leaving<'_>) -> Result<Option<String>, StepFailure> {
    let config = &leaving.root.config.records.dashboard;
    if !config.enabled || !config.auto_generate {
        return Ok(None);
    }
    // The run changed files that say where components stand.
    let workspace = pages::fresh(leaving.folder, leaving.now_ms);
    // Verdicts alone are no run that the journal knows.
    let run = Some(leaving.run).filter(|run| !records::is_validation(run));
    pages::write(leaving.folder, &workspace.root, run, leaving.now_ms).map(Some)
}
