//! `stagegate.signOff`: a person signs a criterion off, after being asked; the editor changes the document, so that it can
//! be undone there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ropey::Rope;
use stagegate_core::component::ComponentFile;
use stagegate_core::diagnostic::TextEdit as Edit;
use stagegate_core::ide;
use stagegate_core::sign_off::{self, SignOff, Signature, StateDigest};
use stagegate_core::text::Source;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::*;

use super::subject::Subject;
use super::{Tools, failed};
use crate::host::{Failure, Signer};
use crate::service::blocking;
use crate::state::{Document, Folder};
use crate::to_proto;

/// How long an answer to a question is waited for.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Longest text of a question.
const MAX_SHOWN: usize = 120;

const SIGN: &str = "Sign off";
const NOT_NOW: &str = "Not now";

/// Runs the command; answers `{signed, criterion, component, stage, by}`.
pub(super) async fn execute(args: ide::SignOff, tools: &Tools<'_>) -> Result<LSPAny> {
    tools.background.scanned().await;
    let found =
        super::RunGates { component: Some(args.component), uri: args.uri, ..super::RunGates::default() };
    let subject = Subject::find(tools.state, &found)?;
    let (signer, state) = look(&subject, tools).await?;
    let sign_off = chosen(&subject, &args.criterion, &signer.person.name)?;
    let by = format!("{} <{}>", signer.person.name, signer.person.email);
    let answer = |signed: bool| {
        serde_json::json!({
            "signed": signed, "criterion": sign_off.criterion, "component": subject.name,
            "stage": sign_off.stage.name(), "by": by,
        })
    };
    if !tools.state.client().is_some_and(|client| client.asks) {
        return Err(failed(Failure::new(
            "nothing was signed, for this client cannot ask (`window.showMessage`)",
            format!("use `stagegate sign-off {} \"{}\"`", subject.name, sign_off.criterion),
        )));
    }
    let question = format!(
        "Sign off \"{}\" of {} for {} as {}?",
        shown(&sign_off.criterion),
        shown(&subject.name),
        sign_off.stage,
        shown(&by)
    );
    if !ask(&question, tools).await {
        return Ok(answer(false));
    }
    // People think about it for a while: the files may be others by now.
    let (_, now) = look(&subject, tools).await?;
    if now != state {
        let changed = now.changed_since(&state).join(" and ");
        return Err(failed(Failure::new(
            format!("nothing was signed, for {changed} changed meanwhile"),
            "look at it again, then sign it off",
        )));
    }
    let signature = Signature {
        name: signer.person.name.as_str().into(),
        email: Some(signer.person.email.as_str().into()),
        date: signer.date.as_str().into(),
        note: None,
        state: Some(state),
    };
    write(&subject, &sign_off, &signature, tools).await?;
    tools
        .client
        .show_message(
            MessageType::INFO,
            format!("Signed off \"{}\" as {}.", shown(&sign_off.criterion), shown(&by)),
        )
        .await;
    Ok(answer(true))
}

/// Returns who signs, and for which state: of the files as they are in the editor, also where they are not saved.
async fn look(subject: &Subject, tools: &Tools<'_>) -> Result<(Signer, StateDigest)> {
    let (host, folder) = (Arc::clone(&tools.gates.host), current(subject, tools));
    let open: Vec<(String, String)> = tools
        .state
        .owners()
        .values()
        .filter_map(|document| {
            let (path, rope) = (relative(&folder, document)?, &document.rope);
            Some((path, rope.to_string()))
        })
        .collect();
    let canonical = Arc::clone(&subject.canonical);
    let look = move || {
        let open: Vec<_> = open.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let signer = host.signer(&folder.path)?;
        let state = host.state(&folder.path, &folder.root, &canonical, &open)?;
        Ok::<_, Failure>((signer, state))
    };
    blocking(look).await?.map_err(failed)
}

/// Returns the folder as it is now.
fn current(subject: &Subject, tools: &Tools<'_>) -> Folder {
    let folders = tools.state.folders();
    folders.iter().find(|folder| folder.path == subject.folder.path).unwrap_or(&subject.folder).clone()
}

fn relative(folder: &Folder, document: &Document) -> Option<String> {
    let (other, path) = document.located(std::slice::from_ref(folder))?;
    (other.path == folder.path).then_some(path)
}

fn chosen(subject: &Subject, wanted: &str, name: &str) -> Result<SignOff> {
    let root = &subject.folder.root;
    let id = root.components.as_deref().and_then(|components| components.find_canonical(&subject.canonical));
    let candidates = id.map(|id| sign_off::candidates(root, id, None)).unwrap_or_default();
    let sign_off = sign_off::choose(&candidates, wanted, Some(name)).map_err(|near| {
        let near: Vec<_> = near.iter().map(|name| format!("`{name}`")).collect();
        let help =
            if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        Error::invalid_params(format!(
            "`{}` has no criterion `{}` that people sign off{help}",
            subject.name,
            shown(wanted)
        ))
    })?;
    match sign_off.expected.as_deref().filter(|expected| !sign_off::is_person(name, expected)) {
        Some(expected) => Err(failed(Failure::new(
            format!("`{}` is to be signed off by {expected}; you are {name}", sign_off.criterion),
            "let them sign it off, or change whom the file names",
        ))),
        None => Ok(sign_off.clone()),
    }
}

async fn ask(question: &str, tools: &Tools<'_>) -> bool {
    let item = |title: &str| MessageActionItem {
        title: title.to_owned(),
        properties: std::collections::HashMap::default(),
    };
    let actions = Some([SIGN, NOT_NOW].map(item).to_vec());
    let asked = tools.client.show_message_request(MessageType::INFO, question, actions);
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    let answer = answer.ok().and_then(std::result::Result::ok).flatten();
    answer.is_some_and(|item| item.title == SIGN)
}

/// Lets the editor write the signature into the file that names the criterion, else into the spec.
async fn write(
    subject: &Subject,
    sign_off: &SignOff,
    signature: &Signature,
    tools: &Tools<'_>,
) -> Result<()> {
    let folder = current(subject, tools);
    let root = &folder.root;
    let component = root
        .components
        .as_deref()
        .and_then(|components| Some(components.get(components.find_canonical(&subject.canonical)?)));
    let first = component.and_then(|component| component.specs.iter().chain(&component.maturity).next());
    let path = sign_off.place.as_ref().map(|place| &place.path).or(first.map(|file| &file.path));
    let path = path.ok_or_else(|| {
        failed(Failure::new(
            "the component has neither a spec nor a MATURITY.md to sign in",
            "write a spec first",
        ))
    })?;
    let full = folder.path.join(&**path);
    let open = tools
        .state
        .owners()
        .into_values()
        .find(|document| relative(&folder, document).as_deref() == Some(path));
    let (rope, version, uri) = match &open {
        Some(document) => (document.rope.clone(), Some(document.version), Arc::clone(&document.uri)),
        None => (Rope::from_str(&read(&full, path).await?), None, tools.state.uri_of(&full)),
    };
    let source = Source::Rope(&rope);
    let file = ComponentFile::of_path(source, path, root);
    let edits: Vec<Edit> =
        file.map(|file| sign_off::sign(&file, source, sign_off, signature)).unwrap_or_default();
    if edits.is_empty() {
        return Err(failed(Failure::new(
            format!("nothing is to be written into {path}"),
            "it is signed off already",
        )));
    }
    let client = tools.state.client().ok_or_else(Error::internal_error)?;
    let edits: Vec<TextEdit> =
        edits.iter().map(|edit| to_proto::text_edit(&rope, edit, client.encoding)).collect();
    let uri: Uri = uri.parse().map_err(|_| Error::internal_error())?;
    let edit = if client.document_changes {
        // With the version that was read: a text that changed meanwhile is not touched.
        let text_document = OptionalVersionedTextDocumentIdentifier { uri, version };
        let edits = edits.into_iter().map(OneOf::Left).collect();
        let changes = DocumentChanges::Edits(vec![TextDocumentEdit { text_document, edits }]);
        WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
    } else {
        WorkspaceEdit { changes: Some([(uri, edits)].into()), ..WorkspaceEdit::default() }
    };
    let applied = tools.client.apply_edit(edit).await?;
    if !applied.applied {
        let why = applied.failure_reason.unwrap_or_else(|| "the document may have changed".to_owned());
        return Err(failed(format!("the editor did not write the sign-off: {why}; try again")));
    }
    Ok(())
}

async fn read(full: &Path, path: &str) -> Result<String> {
    let full = full.to_owned();
    let text = blocking(move || stagegate_workspace::read(&full).ok()).await?;
    text.ok_or_else(|| failed(Failure::new(format!("{path} cannot be read"), "see `stagegate check`")))
}

/// Returns a text for a question: on one line, and not too long.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SHOWN).collect()
}
