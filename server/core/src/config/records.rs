//! What the configuration says about what a run leaves behind: metrics, dashboard, session, reports (`observability`,
//! `context_management`, `reports`; requirements 002 and 003).

use super::value::Value;

/// What a run leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordsConfig {
    /// The lines of metrics.
    pub metrics: MetricsConfig,
    /// Which metrics are recorded.
    pub tracked: Tracked,
    /// The page that shows them.
    pub dashboard: DashboardConfig,
    /// The session that AI assistants read.
    pub session: SessionConfig,
    /// The folder of reports, relative to the root with `/`; each component has one of its own in it.
    pub reports: String,
}

/// The lines of metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Whether there are any.
    pub enabled: bool,
    /// Their folder, relative to the root with `/`.
    pub folder: String,
    /// How long they are kept, in days.
    pub retention_days: u32,
}

/// Which metrics are recorded (`observability.track_metrics`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a word of the list in the configuration")]
pub struct Tracked {
    /// A line for each step.
    pub stage_execution_time: bool,
    /// A line for each gate.
    pub quality_gate_results: bool,
    /// How often steps were tried again.
    pub retry_count: bool,
    /// What kind of failure it was.
    pub error_types: bool,
    /// A line for the whole run, so that the share of those that succeed is known.
    pub success_rate: bool,
}

/// The page that shows the metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DashboardConfig {
    /// Whether there is one.
    pub enabled: bool,
    /// Whether every run renews it.
    pub auto_generate: bool,
    /// Its folder, relative to the root with `/`; each component has one of its own in it.
    pub folder: String,
}

/// The session that AI assistants read.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionConfig {
    /// Whether a run writes to it.
    pub enabled: bool,
    /// How much it holds, in tokens.
    pub max_tokens: u64,
    /// How important its messages are.
    pub importance: Importance,
    /// What is removed when it is nearly full.
    pub pruning: Pruning,
}

/// How important messages are, from 0 to 1 (requirement 003, "Importance Scoring").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Importance {
    /// What was asked for, and by whom.
    pub requirements: f64,
    /// How production is.
    pub production_status: f64,
    /// That something was made.
    pub implementation_completion: f64,
    /// What tests came to.
    pub test_results: f64,
    /// What a deployment came to.
    pub deployment_status: f64,
    /// What linters and type checkers came to.
    pub refactoring_decisions: f64,
    /// Everything else.
    pub progress_updates: f64,
}

/// What is removed when a session is nearly full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruning {
    /// Whether messages of the system stay.
    pub preserve_system_messages: bool,
    /// Whether important messages go last.
    pub preserve_high_importance: bool,
    /// How many of the newest messages stay.
    pub preserve_recent_count: usize,
}

/// Reads `observability`, `context_management` and `reports`. Every value has a default.
pub(super) fn read(merged: &Value) -> RecordsConfig {
    let number = |path: &str| merged.get(path).and_then(Value::number).unwrap_or_default();
    let flag = |path: &str| merged.get(path) != Some(&Value::Bool(false));
    let folder = |path: &str| {
        let text = merged.get(path).and_then(Value::text).unwrap_or_default();
        let parts = text.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".");
        parts.collect::<Vec<_>>().join("/")
    };
    let words = merged.get("observability.track_metrics").map(Value::items).unwrap_or_default();
    let tracks = |word: &str| words.iter().any(|item| item.text() == Some(word));
    let importance = |of: &str| number(&format!("context_management.importance.{of}"));
    RecordsConfig {
        metrics: MetricsConfig {
            enabled: flag("observability.metrics.enabled"),
            folder: folder("observability.metrics.metrics_dir"),
            retention_days: whole(number("observability.metrics.retention_days")),
        },
        tracked: Tracked {
            stage_execution_time: tracks("stage_execution_time"),
            quality_gate_results: tracks("quality_gate_results"),
            retry_count: tracks("retry_count"),
            error_types: tracks("error_types"),
            success_rate: tracks("success_rate"),
        },
        dashboard: DashboardConfig {
            enabled: flag("observability.dashboard.enabled"),
            auto_generate: flag("observability.dashboard.auto_generate"),
            folder: folder("observability.dashboard.output_dir"),
        },
        session: SessionConfig {
            enabled: flag("context_management.session.enabled"),
            max_tokens: whole(number("context_management.session.max_tokens")).into(),
            importance: Importance {
                requirements: importance("requirements"),
                production_status: importance("production_status"),
                implementation_completion: importance("implementation_completion"),
                test_results: importance("test_results"),
                deployment_status: importance("deployment_status"),
                refactoring_decisions: importance("refactoring_decisions"),
                progress_updates: importance("progress_updates"),
            },
            pruning: Pruning {
                preserve_system_messages: flag("context_management.pruning.preserve_system_messages"),
                preserve_high_importance: flag("context_management.pruning.preserve_high_importance"),
                preserve_recent_count: whole(number("context_management.pruning.preserve_recent_count"))
                    as usize,
            },
        },
        reports: folder("reports.folder"),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clamps; checked before")]
fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::Fixture;

    #[test]
    fn the_numbers_of_the_requirement_are_the_defaults() {
        let records = &Fixture::new("").root.config.records;
        expect![[r#"
            RecordsConfig {
                metrics: MetricsConfig {
                    enabled: true,
                    folder: ".metrics",
                    retention_days: 30,
                },
                tracked: Tracked {
                    stage_execution_time: true,
                    quality_gate_results: true,
                    retry_count: true,
                    error_types: true,
                    success_rate: true,
                },
                dashboard: DashboardConfig {
                    enabled: true,
                    auto_generate: true,
                    folder: ".stagegate/reports",
                },
                session: SessionConfig {
                    enabled: true,
                    max_tokens: 8000,
                    importance: Importance {
                        requirements: 1.0,
                        production_status: 1.0,
                        implementation_completion: 0.9,
                        test_results: 0.9,
                        deployment_status: 0.9,
                        refactoring_decisions: 0.7,
                        progress_updates: 0.5,
                    },
                    pruning: Pruning {
                        preserve_system_messages: true,
                        preserve_high_importance: true,
                        preserve_recent_count: 5,
                    },
                },
                reports: ".stagegate/reports",
            }
        "#]]
        .assert_debug_eq(records);
    }

    #[test]
    fn written_values_win() {
        let root = Fixture::new(
            "//- stagegate.yaml\nobservability:\n  metrics: {enabled: false, metrics_dir: ./build//metrics/, retention_days: 7}\n  \
             dashboard: {auto_generate: false}\n  track_metrics: [success_rate]\n\
             context_management:\n  session: {max_tokens: 100}\n  importance: {test_results: 0.4}\n  pruning: {preserve_recent_count: 0}\n\
             reports: {folder: build/reports}\n",
        )
        .root;
        let records = &root.config.records;
        assert_eq!((records.metrics.enabled, &*records.metrics.folder), (false, "build/metrics"));
        assert_eq!((records.metrics.retention_days, records.dashboard.auto_generate), (7, false));
        assert!(records.tracked.success_rate && !records.tracked.stage_execution_time);
        assert_eq!((records.session.max_tokens, records.session.pruning.preserve_recent_count), (100, 0));
        assert_eq!((records.session.importance.test_results, &*records.reports), (0.4, "build/reports"));
    }
}
