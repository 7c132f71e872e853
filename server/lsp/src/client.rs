//! What the client can do and wants: resolved once, at `initialize`.

use std::path::PathBuf;

use serde::Deserialize;
use stagegate_core::text::PositionEncoding;
use tower_lsp::ls_types::{ClientCapabilities, InitializeParams, PositionEncodingKind};

/// The client, as its `initialize` request describes it.
#[derive(Debug, Default)]
pub(crate) struct ClientInfo {
    /// The encoding of all positions.
    pub(crate) encoding: PositionEncoding,
    /// The folders of the workspace, in its order.
    pub(crate) folders: Vec<PathBuf>,
    /// Settings in the shape of `stagegate.yaml`, from `initializationOptions`.
    pub(crate) settings: Option<serde_json::Value>,
    /// Whether findings are pushed with `textDocument/publishDiagnostics`.
    pub(crate) push: bool,
    /// Whether `diagnosticProvider` is announced. Pulls are answered all the same.
    pub(crate) announce_pull: bool,
    pub(crate) related_information: bool,
    pub(crate) diagnostic_data: bool,
    pub(crate) diagnostic_tags: bool,
    pub(crate) publish_versions: bool,
    pub(crate) document_changes: bool,
    pub(crate) code_action_literals: bool,
    pub(crate) snippets: bool,
    /// Whether the documentation of a completion may be Markdown.
    pub(crate) markdown_completion: bool,
    /// Whether the client runs [`SUGGEST_AGAIN`] after a completion.
    pub(crate) suggests_again: bool,
    pub(crate) hierarchical_symbols: bool,
    pub(crate) markdown_hover: bool,
    pub(crate) progress: bool,
    pub(crate) configuration: bool,
    pub(crate) watches_files: bool,
    pub(crate) registers_configuration: bool,
    pub(crate) refreshes_diagnostics: bool,
    /// Whether an answer to `textDocument/definition` may say what it is the definition of.
    pub(crate) definition_links: bool,
    /// Whether `textDocument/prepareRename` is ever sent.
    pub(crate) prepares_rename: bool,
    /// Whether a workspace edit may rename files.
    pub(crate) renames_files: bool,
    /// Whether the client asks before it carries out the annotated changes of a rename.
    pub(crate) confirms_renames: bool,
    pub(crate) refreshes_lenses: bool,
    pub(crate) refreshes_hints: bool,
    /// Whether the client opens a document where the server asks it to (`window/showDocument`).
    pub(crate) shows_documents: bool,
    /// Whether the client can ask the user (`window/showMessageRequest`).
    pub(crate) asks: bool,
    /// Whether the client asks for the text of documents with the scheme `stagegate` ([`VIRTUAL_DOCUMENTS`]).
    pub(crate) virtual_documents: bool,
}

/// The experimental capability of a client that shows documents whose text it asks for with `stagegate/plan`.
pub(crate) const VIRTUAL_DOCUMENTS: &str = "stagegate/virtualDocuments";

/// A command of VS Code that asks for completions again. A client names the commands it runs in the experimental
/// capability `commands.commands`, as rust-analyzer's clients do.
pub(crate) const SUGGEST_AGAIN: &str = "editor.action.triggerSuggest";

/// `initializationOptions`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Options {
    /// Settings in the shape of `stagegate.yaml`.
    config: Option<serde_json::Value>,
    /// `auto` (push unless the client pulls and can be told to pull again), `push`, `pull` or `both`.
    diagnostics: Delivery,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Delivery {
    #[default]
    Auto,
    Push,
    Pull,
    Both,
}

impl ClientInfo {
    /// Reads the parameters of `initialize`.
    pub(crate) fn new(params: &InitializeParams) -> ClientInfo {
        let caps = &params.capabilities;
        let options: Options = params
            .initialization_options
            .clone()
            .and_then(|options| {
                serde_json::from_value(options)
                    .inspect_err(|error| {
                        tracing::warn!("initializationOptions are not understood and left out: {error}");
                    })
                    .ok()
            })
            .unwrap_or_default();
        let document = caps.text_document.as_ref();
        let publish = document.and_then(|d| d.publish_diagnostics.as_ref());
        let workspace = caps.workspace.as_ref();
        let edits = workspace.and_then(|w| w.workspace_edit.as_ref());
        let pulls = document.is_some_and(|d| d.diagnostic.is_some());
        let refreshes = workspace.and_then(|w| w.diagnostics.as_ref()?.refresh_support).unwrap_or(false);
        ClientInfo {
            encoding: encoding(caps),
            folders: folders(params),
            settings: options.config,
            push: match options.diagnostics {
                // A client that pulls but cannot be told to pull again (Neovim 0.11) would go on showing what a
                // change elsewhere has made wrong.
                Delivery::Auto => !(pulls && refreshes),
                Delivery::Push | Delivery::Both => true,
                Delivery::Pull => false,
            },
            announce_pull: match options.diagnostics {
                // Such a client would show every finding twice.
                Delivery::Auto => !pulls || refreshes,
                Delivery::Push => false,
                Delivery::Pull | Delivery::Both => true,
            },
            related_information: publish.and_then(|p| p.related_information).unwrap_or(false) || pulls,
            diagnostic_data: publish.and_then(|p| p.data_support).unwrap_or(true),
            diagnostic_tags: publish.is_some_and(|p| p.tag_support.is_some()) || pulls,
            publish_versions: publish.and_then(|p| p.version_support).unwrap_or(true),
            document_changes: workspace
                .and_then(|w| w.workspace_edit.as_ref())
                .and_then(|e| e.document_changes)
                .unwrap_or(false),
            code_action_literals: document
                .and_then(|d| d.code_action.as_ref())
                .is_some_and(|a| a.code_action_literal_support.is_some()),
            snippets: document
                .and_then(|d| d.completion.as_ref()?.completion_item.as_ref()?.snippet_support)
                .unwrap_or(false),
            markdown_completion: document
                .and_then(|d| d.completion.as_ref()?.completion_item.as_ref()?.documentation_format.as_ref())
                .is_none_or(|formats| formats.contains(&tower_lsp::ls_types::MarkupKind::Markdown)),
            suggests_again: caps
                .experimental
                .as_ref()
                .and_then(|e| e.pointer("/commands/commands")?.as_array())
                .is_some_and(|commands| commands.iter().any(|command| command == SUGGEST_AGAIN)),
            hierarchical_symbols: document
                .and_then(|d| d.document_symbol.as_ref()?.hierarchical_document_symbol_support)
                .unwrap_or(false),
            markdown_hover: document
                .and_then(|d| d.hover.as_ref()?.content_format.as_ref())
                .is_none_or(|formats| formats.contains(&tower_lsp::ls_types::MarkupKind::Markdown)),
            progress: caps.window.as_ref().and_then(|w| w.work_done_progress).unwrap_or(false),
            configuration: workspace.and_then(|w| w.configuration).unwrap_or(false),
            watches_files: workspace
                .and_then(|w| w.did_change_watched_files.as_ref()?.dynamic_registration)
                .unwrap_or(false),
            registers_configuration: workspace
                .and_then(|w| w.did_change_configuration.as_ref()?.dynamic_registration)
                .unwrap_or(false),
            refreshes_diagnostics: refreshes,
            definition_links: document.and_then(|d| d.definition?.link_support).unwrap_or(false),
            prepares_rename: document.and_then(|d| d.rename.as_ref()?.prepare_support).unwrap_or(false),
            renames_files: edits.and_then(|e| e.resource_operations.as_ref()).is_some_and(|operations| {
                operations.contains(&tower_lsp::ls_types::ResourceOperationKind::Rename)
            }) && edits.and_then(|e| e.document_changes).unwrap_or(false),
            confirms_renames: edits.is_some_and(|e| e.change_annotation_support.is_some())
                && document.and_then(|d| d.rename.as_ref()?.honors_change_annotations).unwrap_or(false),
            refreshes_lenses: workspace.and_then(|w| w.code_lens.as_ref()?.refresh_support).unwrap_or(false),
            refreshes_hints: workspace.and_then(|w| w.inlay_hint.as_ref()?.refresh_support).unwrap_or(false),
            virtual_documents: caps
                .experimental
                .as_ref()
                .and_then(|experimental| experimental.get(VIRTUAL_DOCUMENTS)?.as_bool())
                .unwrap_or(false),
            asks: caps.window.as_ref().is_some_and(|window| window.show_message.is_some()),
            shows_documents: caps
                .window
                .as_ref()
                .and_then(|w| w.show_document.as_ref())
                .is_some_and(|show| show.support),
        }
    }

    /// The protocol's name of the encoding.
    pub(crate) fn encoding_kind(&self) -> PositionEncodingKind {
        match self.encoding {
            PositionEncoding::Utf8 => PositionEncodingKind::UTF8,
            PositionEncoding::Utf16 => PositionEncodingKind::UTF16,
            PositionEncoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }
}

/// Picks the encoding: UTF-8 where offered, since it costs us nothing; else the client's first choice that we
/// know; UTF-16 where it says nothing (LSP 3.17, `general.positionEncodings`).
fn encoding(caps: &ClientCapabilities) -> PositionEncoding {
    let offered = caps.general.as_ref().and_then(|g| g.position_encodings.as_deref()).unwrap_or_default();
    let known = |kind: &PositionEncodingKind| match kind.as_str() {
        "utf-8" => Some(PositionEncoding::Utf8),
        "utf-16" => Some(PositionEncoding::Utf16),
        "utf-32" => Some(PositionEncoding::Utf32),
        _ => None,
    };
    let known: Vec<_> = offered.iter().filter_map(known).collect();
    if known.contains(&PositionEncoding::Utf8) {
        return PositionEncoding::Utf8;
    }
    known.first().copied().unwrap_or_default()
}

/// Returns the folders of the workspace; an older client names one root only.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    if let Some(folders) = params.workspace_folders.as_ref().filter(|folders| !folders.is_empty()) {
        return folders.iter().filter_map(|folder| crate::uri::to_path(folder.uri.as_str())).collect();
    }
    #[expect(deprecated, reason = "older clients name their root in one of these two ways only")]
    let (uri, path) = (&params.root_uri, &params.root_path);
    let by_uri = uri.as_ref().and_then(|uri| crate::uri::to_path(uri.as_str()));
    by_uri.or_else(|| path.as_ref().map(PathBuf::from)).into_iter().collect()
}
