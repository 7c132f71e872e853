//! Findings of files that no editor has open.

use std::path::Path;

use ropey::Rope;
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::text::Source;
use tower_lsp::ls_types;

use crate::client::ClientInfo;
use crate::state::{self, Folder, State};
use crate::to_proto::{self, Elsewhere};

/// A file as it lies on disk, with its findings.
pub(crate) struct DiskFile {
    rope: Rope,
    findings: Vec<Diagnostic>,
}

/// Reads and analyses the file of a URI; `None` where it is none of ours, or gone.
pub(crate) fn read(uri: &str, state: &State, folders: &[Folder]) -> Option<DiskFile> {
    let path = state.home_of(uri)?;
    let (folder, relative) = state::place(folders, &path)?;
    read_in(folder, &relative, &path)
}

/// Reads and analyses the file at `path`, which is `relative` in `folder`.
pub(crate) fn read_in(folder: &Folder, relative: &str, path: &Path) -> Option<DiskFile> {
    // What git ignores is not shown when it changes either, and a link out of the workspace is not followed.
    folder.root.analyses(relative).filter(|_| folder.root.may_contain(relative))?;
    match stagegate_workspace::read(path) {
        Ok(text) => {
            // An editor that opens the file takes the byte order mark off, so no column counts it.
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let findings = stagegate_core::diagnostics(Source::Str(text), relative, &folder.root);
            // Without findings nobody asks where their lines are.
            let rope = if findings.is_empty() { Rope::new() } else { Rope::from_str(text) };
            Some(DiskFile { rope, findings })
        }
        Err(_) if !path.exists() => None,
        Err(problem) => {
            let findings = problem.diagnostic(relative, &folder.root.config).into_iter().collect();
            Some(DiskFile { rope: Rope::new(), findings })
        }
    }
}

impl DiskFile {
    /// Returns the findings in the protocol's form.
    pub(crate) fn to_proto(
        &self,
        uri: &str,
        client: &ClientInfo,
        elsewhere: &Elsewhere<'_>,
    ) -> Vec<ls_types::Diagnostic> {
        to_proto::diagnostics_in(&self.findings, &self.rope, uri, client, elsewhere)
    }
}
