//! `textDocument/diagnostic` and `workspace/diagnostic`, with result ids.

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rustc_hash::{FxHashMap, FxHasher};
use tower_lsp::ls_types::*;

use crate::background::analysed;
use crate::client::ClientInfo;
use crate::diagnostics::{read_disk, uncovered};
use crate::state::{Folder, Snapshot, State};
use crate::to_proto::{self, Elsewhere};
use crate::transport::Output;

/// Answers `textDocument/diagnostic`: from the open document, else from disk.
pub(crate) fn document(
    snapshot: &Snapshot,
    state: &State,
    params: &DocumentDiagnosticParams,
) -> DocumentDiagnosticReportResult {
    let fallback = ClientInfo::default();
    let client = state.client().unwrap_or(&fallback);
    let uri = params.text_document.uri.as_str();
    let elsewhere = Elsewhere::new(state, &snapshot.folders, uri);
    let items = match &snapshot.document {
        // The file is open by another URI as well, or was shown under it before: its findings are shown there.
        _ if !state.is_shown_as(uri) => Vec::new(),
        Some(document) => {
            // What was asked for is not sent again when it turns out to be wrong.
            document.make_sure_of_todos(&snapshot.folders, &|| true);
            let findings = document.diagnostics(&snapshot.folders);
            let mut items = to_proto::diagnostics_in(&findings, &document.rope, uri, client, &elsewhere);
            items.extend(uncovered(document, &snapshot.folders, client));
            items
        }
        None => read_disk(uri, state, &snapshot.folders)
            .map(|file| file.to_proto(uri, client, &elsewhere))
            .unwrap_or_default(),
    };
    let result_id = result_id(&items);
    let report = if params.previous_result_id.as_ref() == Some(&result_id) {
        DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        })
    } else {
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: FullDocumentDiagnosticReport {
                result_id: Some(result_id),
                items,
            },
        })
    };
    DocumentDiagnosticReportResult::Report(report)
}

/// Remembers the findings of files on disk between two pulls of the workspace: VS Code pulls every two seconds.
#[derive(Debug, Default)]
pub(crate) struct WorkspacePulls {
    files: Mutex<FxHashMap<Arc<str>, Seen>>,
}

impl WorkspacePulls {
    fn lock(&self) -> MutexGuard<'_, FxHashMap<Arc<str>, Seen>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what was found the last time, if that still holds.
    fn get(&self, uri: &str, stamp: impl Fn(&[PathBuf]) -> Stamp) -> Option<Seen> {
        let known = self.lock();
        known.get(uri).filter(|seen| seen.stamp == stamp(&seen.points)).cloned()
    }

    fn put(&self, uri: &Arc<str>, seen: Seen) {
        self.lock().insert(Arc::clone(uri), seen);
    }

    fn forget(&self, uri: &str) {
        self.lock().remove(uri);
    }
}

/// What was found in a file the last time.
#[derive(Clone, Debug)]
struct Seen {
    stamp: Stamp,
    result_id: String,
    /// Whether there was nothing to report.
    clean: bool,
    /// The other files that findings point to.
    points: Box<[PathBuf]>,
}

/// When findings are still true: the file and everything else that they depend on are unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    /// When content, owner or permissions last changed, in seconds and nanoseconds; nobody can set it back.
    changed: (i64, i64),
    /// The state of the folder: its configuration and its file index.
    folder: u64,
    /// When something was said elsewhere that the findings depend on, or moved that they point to.
    touched: u64,
}

/// Most files in one partial result: large workspaces arrive bit by bit, and none is held in memory as a whole.
const PARTIAL_RESULT: usize = 100;

impl Stamp {
    fn of(path: &Path, folder: &Folder, touched: u64) -> Stamp {
        let metadata = std::fs::metadata(path).ok();
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            metadata.as_ref().map(|m| (m.ctime(), m.ctime_nsec())).unwrap_or_default()
        };
        #[cfg(not(unix))]
        let changed = (0, 0);
        Stamp {
            modified: metadata.as_ref().and_then(|m| m.modified().ok()),
            bytes: metadata.as_ref().map_or(0, std::fs::Metadata::len),
            changed,
            folder: folder.generation,
            touched,
        }
    }
}

/// Answers `workspace/diagnostic`: files with findings, and files whose findings went.
pub(crate) fn workspace(
    state: &State,
    pulls: &WorkspacePulls,
    output: &Output,
    params: &WorkspaceDiagnosticParams,
) -> WorkspaceDiagnosticReportResult {
    let token = params.partial_result_params.partial_result_token.as_ref();
    let fallback = ClientInfo::default();
    let client = state.client().unwrap_or(&fallback);
    let mut previous: FxHashMap<&str, &str> =
        params.previous_result_ids.iter().map(|p| (p.uri.as_str(), p.value.as_str())).collect();
    let mut items = Vec::new();
    let send = |items: &mut Vec<WorkspaceDocumentDiagnosticReport>| {
        if let Some(token) = token {
            output.notify("$/progress", serde_json::json!({ "token": token, "value": { "items": items } }));
            items.clear();
        }
    };
    let mut push = |uri: &str,
                    version: Option<i32>,
                    id: String,
                    findings: Option<Vec<Diagnostic>>,
                    before: Option<&str>| {
        let Ok(uri) = uri.parse::<Uri>() else { return };
        let version = version.map(i64::from);
        if items.len() >= PARTIAL_RESULT {
            send(&mut items);
        }
        match findings {
            _ if before == Some(id.as_str()) => {
                let unchanged_document_diagnostic_report =
                    UnchangedDocumentDiagnosticReport { result_id: id };
                items.push(WorkspaceDocumentDiagnosticReport::Unchanged(
                    WorkspaceUnchangedDocumentDiagnosticReport {
                        uri,
                        version,
                        unchanged_document_diagnostic_report,
                    },
                ));
            }
            Some(findings) if !findings.is_empty() || before.is_some() => {
                let full_document_diagnostic_report =
                    FullDocumentDiagnosticReport { result_id: Some(id), items: findings };
                items.push(WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                    uri,
                    version,
                    full_document_diagnostic_report,
                }));
            }
            _ => {}
        }
    };
    let touched = state.touched();
    let folders = state.folders();
    let open = state.owners();
    let elsewhere = state.documents().into_iter().filter(|document| document.home().is_none());
    for document in open.values().cloned().chain(elsewhere) {
        document.make_sure_of_todos(&folders, &|| true);
        let findings = document.diagnostics(&folders);
        let elsewhere = Elsewhere::new(state, &folders, &document.uri);
        let mut findings =
            to_proto::diagnostics_in(&findings, &document.rope, &document.uri, client, &elsewhere);
        findings.extend(uncovered(&document, &folders, client));
        let before = previous.remove(&*document.uri);
        push(&document.uri, Some(document.version), result_id(&findings), Some(findings), before);
    }
    for ((folder, relative), path) in analysed(&folders) {
        if open.contains_key(&*path) {
            continue;
        }
        let uri = state.uri_of(&path);
        let before = previous.remove(&*uri);
        let file = Stamp::of(&path, folder, 0);
        let stamp = |points: &[PathBuf]| {
            let files = std::iter::once(&path).chain(points);
            let touched = files.filter_map(|file| touched.get(&**file).copied()).max();
            Stamp { touched: touched.unwrap_or_default(), ..file.clone() }
        };
        if let Some(known) = pulls.get(&uri, stamp)
            && (before == Some(known.result_id.as_str()) || (known.clean && before.is_none()))
        {
            push(&uri, None, known.result_id, None, before);
            continue;
        }
        let elsewhere = Elsewhere::of(state, folder);
        let findings = crate::diagnostics::read_in(folder, relative, &path)
            .map(|file| file.to_proto(&uri, client, &elsewhere))
            .unwrap_or_default();
        let id = result_id(&findings);
        let (points, clean) = (elsewhere.files(), findings.is_empty());
        pulls.put(&uri, Seen { stamp: stamp(&points), result_id: id.clone(), clean, points });
        push(&uri, None, id, Some(findings), before);
    }
    // What the client still shows of files that are gone.
    let gone: Vec<_> = previous.into_keys().map(str::to_owned).collect();
    for uri in gone {
        push(&uri, None, result_id(&[]), Some(Vec::new()), Some("gone"));
        pulls.forget(&uri);
    }
    if token.is_some() && !items.is_empty() {
        send(&mut items);
    }
    WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items })
}

/// Names a list of findings: equal lists have equal ids.
fn result_id(items: &[Diagnostic]) -> String {
    let mut hasher = FxHasher::default();
    for item in items {
        // A range, a code and a message say everything that the client shows.
        (item.range.start.line, item.range.start.character, item.range.end.line, item.range.end.character)
            .hash(&mut hasher);
        item.message.hash(&mut hasher);
        format!("{:?}{:?}", item.code, item.severity).hash(&mut hasher);
        if let Some(related) = &item.related_information {
            format!("{related:?}").hash(&mut hasher);
        }
    }
    format!("{:x}-{}", hasher.finish(), items.len())
}
