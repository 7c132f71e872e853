//! The files that a run leaves behind, for its plan. What is in them only the run knows.

use stagegate_core::config::RecordsConfig;
use stagegate_core::plan::Effect;
use stagegate_core::records;

/// What a run leaves behind.
pub(super) struct Left {
    pub(super) context: Vec<Effect>,
    pub(super) reports: Vec<Effect>,
}

pub(super) fn planned(config: &RecordsConfig, component: &str, now_ms: i64) -> Left {
    let write = |path: String, what: &str| Effect::Write { path, what: what.to_owned() };
    let day = records::time::date(now_ms);
    let session = format!(".augment/context/sessions/{component}-workflow-{day}.json");
    let folder = format!("{}/{component}", config.reports);
    let mut reports = vec![
        write(format!("{folder}/workflow_report_{component}.json"), "the report of the workflow"),
        write(format!("{folder}/promotion_report_{component}.json"), "the report of the promotion"),
    ];
    if config.metrics.enabled {
        reports
            .push(write(format!("{}/{day}.jsonl", config.metrics.folder), "metrics, a line for each step"));
    }
    if config.dashboard.enabled && config.dashboard.auto_generate {
        reports.push(write(format!("{}/dashboard.html", config.dashboard.folder), "the dashboard"));
        reports.push(write(format!("{}/runs/<run>.html", config.dashboard.folder), "the page of the run"));
    }
    let context = config.session.enabled.then(|| write(session, "what happened, for AI assistants"));
    Left { context: context.into_iter().collect(), reports }
}

pub(super) fn tracked(component: &str, kind: &str) -> Effect {
    Effect::Write {
        path: format!(".stagegate/tracking/{component}/<run>-{kind}.md"),
        what: format!("the issue of the {kind}"),
    }
}
