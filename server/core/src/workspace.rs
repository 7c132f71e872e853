//! What an analysis knows about the workspace: one [`Root`] per workspace folder, immutable.

mod file_index;

use std::sync::Arc;

pub use file_index::{FileIndex, Matches};

use crate::config::Config;

/// One workspace folder, as of one moment.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// The resolved configuration.
    pub config: Arc<Config>,
    /// The files of the folder; `None` until the first scan has ended. Rules that need it stay silent until then.
    pub files: Option<Arc<FileIndex>>,
}
