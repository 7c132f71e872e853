//! The summary that is printed when a run has ended (requirement 002, "Example 1: Run Workflow for Staging").

use super::WorkflowReport;

/// Returns the summary of a report that lies at `saved`.
#[must_use]
pub fn summary_block(report: &WorkflowReport, saved: &str) -> String {
    const RULE: &str = "============================================================";
    let mut lines = vec![
        RULE.to_owned(),
        "WORKFLOW SUMMARY".to_owned(),
        RULE.to_owned(),
        format!("Component: {}", report.component_name),
        format!("Target Stage: {}", report.target_stage),
        format!("Success: {}", if report.success { "✓ YES" } else { "✗ NO" }),
        format!("Stages Completed: {}", report.stages_completed.join(", ")),
    ];
    if !report.stages_failed.is_empty() {
        lines.push(format!("Stages Failed: {}", report.stages_failed.join(", ")));
    }
    lines.push(format!("Total Time: {}ms", report.total_execution_time_ms));
    if let Some(session) = &report.context_session_id {
        lines.push(format!("Context Session: {session}"));
    }
    if let Some(dashboard) = &report.metrics_dashboard {
        lines.push(format!("Metrics Dashboard: {dashboard}"));
    }
    lines.push(format!("Report Saved: {saved}"));
    lines.push(RULE.to_owned());
    // Whoever reads it looks for lines: nothing of a component or path may begin another one.
    lines.iter().map(|line| line.replace(['\n', '\r'], " ") + "\n").collect()
}
