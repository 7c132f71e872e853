//! `textDocument/prepareRename` and `textDocument/rename`: a component gets another name, wherever it is mentioned.

use stagegate_core::ide::{self, CanRename, MentionKind, Rename, RenameEdit};
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::ls_types::*;

use super::Target;
use super::definition::mention;
use super::texts::{Text, Texts};
use crate::client::ClientInfo;
use crate::state::{Snapshot, State};
use crate::to_proto;

/// LSP 3.17, `RequestFailed`: the request was understood, and why it fails is for the user.
const REQUEST_FAILED: i64 = -32803;

/// Most files that are read for one rename. A rename that saw only some of them would be a wrong one.
const MAX_FILES: usize = 50_000;

/// Marks the changes that go with the component's folders.
const FOLDERS: &str = "stagegate/folders";

/// The answer to a rename.
#[derive(Default)]
pub(crate) struct Renamed {
    pub(crate) edit: WorkspaceEdit,
    /// What the user should know besides.
    pub(crate) note: Option<String>,
}

/// The changes of one file.
struct FileEdits {
    text: Text,
    edits: Vec<RenameEdit>,
}

/// Answers what would be renamed at a position; nothing where no component is mentioned.
pub(crate) fn prepare(
    snapshot: &Snapshot,
    params: &TextDocumentPositionParams,
) -> Option<PrepareRenameResponse> {
    let target = Target::of(snapshot)?;
    let mention = mention(&target, snapshot, params)?;
    let placeholder = ide::rename_placeholder(&target.root, &mention)?;
    let range = to_proto::range(&target.document.rope, mention.range, snapshot.encoding);
    Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder })
}

/// Answers the changes of a rename.
pub(crate) fn rename(snapshot: &Snapshot, state: &State, params: &RenameParams) -> Result<Renamed, Error> {
    let nothing = || failed("No component is mentioned here, so there is nothing to rename.".to_owned());
    if snapshot.document.is_none() {
        return Err(failed(
            "The document is not open, so what stands there is not known. Open it first.".to_owned(),
        ));
    }
    let target = Target::of(snapshot).ok_or_else(nothing)?;
    let mention = mention(&target, snapshot, &params.text_document_position).ok_or_else(nothing)?;
    let texts = target.document.home().and_then(|path| Texts::around(snapshot, state, path));
    let texts = texts.ok_or_else(|| {
        failed("The file lies outside of the workspace, so the other mentions are not known.".to_owned())
    })?;
    let client = state.client().ok_or_else(Error::internal_error)?;
    let can = CanRename { files: client.renames_files, asks: client.confirms_renames };
    let rename = ide::rename(texts.root(), &mention, &params.new_name, can).map_err(failed)?;
    if rename.is_nothing() {
        return Ok(Renamed::default());
    }
    check_fresh(&texts, &rename)?;
    let folders = rename.paths.iter().any(|path| !path.spec);
    let paths = texts.paths(folders);
    if paths.len() > MAX_FILES {
        return Err(failed(format!(
            "{} files may mention `{}`; more than {MAX_FILES} are not searched. Exclude some with `exclude` in \
             stagegate.yaml.",
            paths.len(),
            rename.old
        )));
    }
    let files: Vec<FileEdits> = paths
        .into_iter()
        .filter_map(|path| {
            let text = texts.read(path).filter(|text| text.may_mention(&rename.old))?;
            let edits = rename.edits(text.source(), path, texts.root());
            (!edits.is_empty()).then_some(FileEdits { text, edits })
        })
        .collect();
    Ok(Renamed { edit: workspace_edit(&texts, &rename, &files, client), note: note(&rename) })
}

fn failed(message: String) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: message.into(), data: None }
}

/// Refuses where a file that is known to name the component no longer does, or cannot be read.
fn check_fresh(texts: &Texts<'_>, rename: &Rename) -> Result<(), Error> {
    let root = texts.root();
    let Some(components) = root.components.as_deref() else { return Ok(()) };
    let Some(id) = components.find(&rename.old) else { return Ok(()) };
    for file in components.get(id).files().filter(|file| file.facts.name_range.is_some()) {
        let names = texts.read(&file.path).is_some_and(|text| {
            let mentions = ide::mentions(text.source(), &file.path, root, &rename.old);
            mentions.iter().any(|mention| mention.kind == MentionKind::Name)
        });
        if !names {
            return Err(failed(format!(
                "`{}` was changed and no longer names `{}`, or it cannot be read. Save it and try again.",
                file.path, rename.old
            )));
        }
    }
    Ok(())
}

/// Says which paths keep the old name.
fn note(rename: &Rename) -> Option<String> {
    let left: Vec<_> = rename.left.iter().map(|path| format!("`{path}`")).collect();
    (!left.is_empty()).then(|| {
        format!(
            "`{}` becomes `{new}` wherever specs, MATURITY files and manifests name the component; sentences stay as they \
             are. These paths keep the old name: {}. Rename them too: until then, the source and tests of `{new}` may \
             count as missing.",
            rename.old,
            left.join(", "),
            new = rename.new
        )
    })
}

/// Returns all changes: first the texts, by the URIs that they have now, then the paths. A client carries them out in
/// this order (LSP 3.17, `WorkspaceEdit`), so no text is looked for where it no longer is.
fn workspace_edit(
    texts: &Texts<'_>,
    rename: &Rename,
    files: &[FileEdits],
    client: &ClientInfo,
) -> WorkspaceEdit {
    if !client.document_changes {
        let changes = files.iter().filter_map(|file| {
            let edits = text_edits(file).into_iter().map(|(edit, _)| edit).collect();
            Some((file.text.uri.parse::<Uri>().ok()?, edits))
        });
        return WorkspaceEdit { changes: Some(changes.collect()), ..WorkspaceEdit::default() };
    }
    let mut operations = Vec::new();
    for file in files {
        let Ok(uri) = file.text.uri.parse::<Uri>() else { continue };
        let text_document = OptionalVersionedTextDocumentIdentifier { uri, version: file.text.version() };
        let edits = text_edits(file).into_iter().map(|(text_edit, with_folders)| {
            if with_folders {
                OneOf::Right(AnnotatedTextEdit { text_edit, annotation_id: FOLDERS.to_owned() })
            } else {
                OneOf::Left(text_edit)
            }
        });
        operations
            .push(DocumentChangeOperation::Edit(TextDocumentEdit { text_document, edits: edits.collect() }));
    }
    for path in &rename.paths {
        let (Some(old_uri), Some(new_uri)) = (texts.uri(&path.old), texts.uri(&path.new)) else { continue };
        operations.push(DocumentChangeOperation::Op(ResourceOp::Rename(RenameFile {
            old_uri,
            new_uri,
            options: None,
            annotation_id: (!path.spec).then(|| FOLDERS.to_owned()),
        })));
    }
    let folders = rename.paths.iter().any(|path| !path.spec);
    let annotation = ChangeAnnotation {
        label: "Also rename the component's folders; imports in code are not changed".to_owned(),
        needs_confirmation: Some(true),
        description: Some(format!("`{}` is part of their paths", rename.old)),
    };
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        change_annotations: folders.then(|| [(FOLDERS.to_owned(), annotation)].into()),
        ..WorkspaceEdit::default()
    }
}

fn text_edits(file: &FileEdits) -> Vec<(TextEdit, bool)> {
    let ranges = file.text.ranges(file.edits.iter().map(|change| change.edit.range));
    let edits = file.edits.iter().zip(ranges);
    edits
        .map(|(change, range)| {
            (TextEdit { range, new_text: change.edit.new_text.clone() }, change.with_folders)
        })
        .collect()
}
