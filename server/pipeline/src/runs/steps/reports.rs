//! Metrics, reports and pages of a run (requirements 000, 002 and 003).

use stagegate_core::run::{Outputs, StepFailure};

use super::context::leaving;
use crate::records;
use crate::runs::{Action, Context as Run, Done};
use crate::tracking::{self, FileTracker};

/// Writes them. Its outputs are `report`, `promotion_report`, `copies`, `dashboard` and `metrics`, the number of lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reports;

impl Action for Reports {
    fn perform(&self, run: &mut Run<'_>) -> Result<Done, StepFailure> {
        let leaving = leaving(run);
        // The issue of the run says how it ended; a report of it matters more than that this worked.
        let _ = tracking::finish(&FileTracker::new(run.folder, leaving.now_ms), run.run);
        let metrics = records::metrics(&leaving)?;
        let dashboard = records::pages(&leaving)?;
        let reports = records::reports(&leaving, None, dashboard.as_deref())?;
        let mut outputs = Outputs::new();
        let texts = [
            ("report", Some(reports.workflow.clone())),
            ("promotion_report", reports.promotion),
            ("copies", Some(reports.copies)),
            ("dashboard", dashboard),
        ];
        for (key, text) in texts {
            outputs.insert(key.to_owned(), text.into());
        }
        outputs.insert("metrics".to_owned(), metrics.into());
        Ok(Done { summary: format!("report {}", reports.workflow), outputs })
    }
}
