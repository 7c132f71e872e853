//! Keys about what a run leaves behind: metrics, dashboard, session, notifications, log.

use super::{choice, count, flag, key, number, section};
use crate::config::schema::{DefaultValue as D, Key, Type};

pub(super) static OBSERVABILITY: &[Key] = &[
    section(
        "metrics",
        &[
            flag("enabled", true, "Whether a run records its metrics."),
            key("metrics_dir", Type::Path, D::Text(".metrics"), "The folder of the metrics."),
            count("retention_days", 1, 30.0, "days", "How long metrics are kept."),
        ],
        "One file of metrics a day.",
    ),
    section(
        "dashboard",
        &[
            flag("enabled", true, "Whether there is a dashboard."),
            flag("auto_generate", true, "Whether every run renews it."),
            key(
                "output_dir",
                Type::Path,
                D::Text(".stagegate/reports"),
                "The folder of the dashboards; each component has its own in it.",
            ),
        ],
        "A page that shows the metrics.",
    ),
    key(
        "track_metrics",
        Type::List(&Type::String),
        D::List(&[
            "stage_execution_time",
            "quality_gate_results",
            "retry_count",
            "error_types",
            "success_rate",
        ]),
        "Which metrics are recorded.",
    ),
];

pub(super) static REPORTS: &[Key] = &[key(
    "folder",
    Type::Path,
    D::Text(".stagegate/reports"),
    "The folder of the reports; each component has its own in it.",
)];

pub(super) static CONTEXT_MANAGEMENT: &[Key] = &[
    section(
        "session",
        &[
            flag("enabled", true, "Whether a run writes to the session."),
            count("max_tokens", 1, 8000.0, "tokens", "How much a session holds."),
            flag("auto_save", true, "Whether every message is saved at once."),
        ],
        "The session of one component and day.",
    ),
    section(
        "importance",
        &[
            importance("architectural_decisions", 1.0),
            importance("requirements", 1.0),
            importance("production_status", 1.0),
            importance("implementation_completion", 0.9),
            importance("test_results", 0.9),
            importance("deployment_status", 0.9),
            importance("refactoring_decisions", 0.7),
            importance("progress_updates", 0.5),
        ],
        "What is kept longest when a session is pruned: 1 is the most important.",
    ),
    section(
        "pruning",
        &[
            flag("preserve_system_messages", true, "Whether messages of the system are never removed."),
            flag("preserve_high_importance", true, "Whether important messages are removed last."),
            count("preserve_recent_count", 0, 5.0, "messages", "How many of the newest messages are kept."),
        ],
        "What is removed when a session is nearly full.",
    ),
];

pub(super) static NOTIFICATIONS: &[Key] = &[
    flag("enabled", false, "Whether anybody is told."),
    key("channels", Type::List(&Type::String), D::None, "How, such as `email` or `slack`."),
    key(
        "events",
        Type::List(&Type::String),
        D::None,
        "About what, such as `workflow_failed` or `quality_gate_failed`.",
    ),
];

pub(super) static LOGGING: &[Key] = &[
    key(
        "level",
        Type::Enum(&[
            choice("DEBUG", "everything"),
            choice("INFO", "what happens"),
            choice("WARNING", "what looks wrong"),
            choice("ERROR", "what failed"),
            choice("CRITICAL", "what ends the run"),
        ]),
        D::Text("INFO"),
        "What is logged.",
    ),
    key("format", Type::String, D::None, "The format of a line, as the `logging` module of Python reads it."),
    key("file", Type::String, D::None, "The file that is written to."),
    flag("console", true, "Whether the log is shown as well."),
];

const fn importance(name: &'static str, default: f64) -> Key {
    number(name, 0.0, Some(1.0), "", default, "How important such messages are.")
}
