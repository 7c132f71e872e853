//! Why no gate could be answered at all.

use std::io;
use std::path::PathBuf;

use stagegate_core::gates::GateName;
use stagegate_core::stage::Stage;

use crate::store::StoreError;

/// Why no gate could be answered.
#[derive(Debug, thiserror::Error)]
pub enum GatesError {
    /// No file names the component.
    #[error("there is no component `{name}`{}", suggestion(.near.as_deref()))]
    UnknownComponent {
        /// As it was asked for.
        name: String,
        /// The component that is called nearly so.
        near: Option<String>,
    },
    /// The component works towards no stage with gates.
    #[error("`{component}` works towards no stage with gates; name one with `--stage`")]
    NoStage {
        /// The component.
        component: String,
    },
    /// The stage has no gates.
    #[error("{stage} has no gates; expected development, staging or production")]
    StageWithoutGates {
        /// The stage.
        stage: Stage,
    },
    /// The configuration knows no such gate.
    #[error("there is no gate `{gate}`; known are {known}")]
    UnknownGate {
        /// As it was asked for.
        gate: GateName,
        /// Those that the stage asks for, and those of the configuration.
        known: String,
    },
    /// Another process runs gates of the component.
    #[error("the gates of `{component}` are being run already{}", by(*.pid))]
    Busy {
        /// The component.
        component: String,
        /// The other process.
        pid: Option<u32>,
    },
    /// The store of evidence cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A folder below `.stagegate` cannot be made.
    #[error("cannot make {}: {error}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

fn suggestion(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
}
