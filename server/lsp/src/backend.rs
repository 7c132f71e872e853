//! The protocol's methods. Each handler takes its snapshot, hands the work to [`crate::handlers`], and answers.

use std::sync::Arc;

use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::*;
use tower_lsp::{Client, LanguageServer};

use crate::background::{Background, Event};
use crate::diagnostics::Publisher;
use crate::gates::Gates;
use crate::progress::Asking;
use crate::runs::Runs;
use crate::service::{blocking, snapshot};
use crate::state::State;
use crate::tracker::{self, Trackers};
use crate::transport::Output;
use crate::{handlers, uri};

/// What the handlers share.
pub(crate) struct Backend {
    state: Arc<State>,
    client: Client,
    output: Output,
    background: Background,
    pulls: Arc<handlers::diagnostic::WorkspacePulls>,
    trackers: Trackers,
    tracker: tracker::Context,
    publisher: Publisher,
    gates: Gates,
    asking: Asking,
    runs: Runs,
}

impl Backend {
    pub(crate) fn new(
        state: Arc<State>,
        asking: Asking,
        publisher: Publisher,
        background: Background,
        (trackers, tracker): (Trackers, tracker::Context),
        (gates, runs): (Gates, Runs),
    ) -> Backend {
        let (client, output, pulls) = (asking.client.clone(), asking.output.clone(), Arc::default());
        Backend {
            state,
            client,
            output,
            background,
            pulls,
            trackers,
            tracker,
            publisher,
            gates,
            asking,
            runs,
        }
    }

    /// Asks the client to tell us of changed files and settings, where it offers to.
    async fn register(&self) {
        let Some(client) = self.state.client() else { return };
        let mut registrations = Vec::new();
        if client.watches_files {
            let watcher = |pattern: &str, kind| FileSystemWatcher {
                glob_pattern: GlobPattern::String(pattern.to_owned()),
                kind: Some(kind),
            };
            // TODO comments may stand in any file, and what evidence depends on, too; also reports that git ignores.
            let watchers = vec![watcher("**/*", WatchKind::Create | WatchKind::Change | WatchKind::Delete)];
            let options = DidChangeWatchedFilesRegistrationOptions { watchers };
            registrations.push(Registration {
                id: "stagegate/watch".to_owned(),
                method: "workspace/didChangeWatchedFiles".to_owned(),
                register_options: serde_json::to_value(options).ok(),
            });
        }
        if client.registers_configuration {
            registrations.push(Registration {
                id: "stagegate/settings".to_owned(),
                method: "workspace/didChangeConfiguration".to_owned(),
                register_options: Some(serde_json::json!({ "section": handlers::settings::SECTION })),
            });
        }
        if !registrations.is_empty()
            && let Err(error) = self.client.register_capability(registrations).await
        {
            tracing::warn!("the client did not register what it offered: {error}");
        }
    }
}

impl Backend {
    pub(crate) fn run_tools(&self) -> handlers::run_commands::Tools {
        handlers::run_commands::Tools {
            state: Arc::clone(&self.state),
            client: self.client.clone(),
            publisher: self.publisher.clone(),
            background: self.background.clone(),
            gates: self.gates.clone(),
            asking: self.asking.clone(),
            runs: self.runs.clone(),
        }
    }

    /// `stagegate/plan`: the text of a document of ours; null where it is not kept any more.
    pub(crate) async fn plan(&self, params: handlers::components::PlanParams) -> Result<Option<String>> {
        Ok(self.runs.plans.text(&params.uri))
    }

    /// `stagegate/components`: the components, for clients that let the user choose one.
    pub(crate) async fn components(
        &self,
        params: handlers::components::ComponentsParams,
    ) -> Result<Vec<handlers::components::Listed>> {
        self.background.scanned().await;
        handlers::components::components(&self.state, &params)
    }

    /// `stagegate/viewText`: the text of an open document.
    pub(crate) async fn view_text(&self, _: DocumentSymbolParams) -> Result<Option<String>> {
        let snapshot = snapshot();
        blocking(move || snapshot.document.map(|document| document.rope.to_string())).await
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let fallback = crate::client::ClientInfo::new(&params);
        Ok(handlers::initialize::result(self.state.client().unwrap_or(&fallback)))
    }

    async fn initialized(&self, _: InitializedParams) {
        self.background.send(Event::Ready);
        self.register().await;
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let mut settings = handlers::settings::of(params.settings);
        if settings.is_none() && self.state.client().is_some_and(|client| client.configuration) {
            let item =
                ConfigurationItem { scope_uri: None, section: Some(handlers::settings::SECTION.to_owned()) };
            let answer = self.client.configuration(vec![item]).await;
            settings = answer.ok().and_then(|mut values| values.pop()).and_then(handlers::settings::of);
        }
        // Nothing said of ours: what counted before still counts.
        if let Some(settings) = settings {
            self.background.send(Event::Settings(settings));
        }
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |folders: Vec<WorkspaceFolder>| {
            folders.iter().filter_map(|folder| uri::to_path(folder.uri.as_str())).collect()
        };
        self.background
            .send(Event::Folders { added: paths(params.event.added), removed: paths(params.event.removed) });
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        for change in params.changes {
            let Some(path) = uri::to_path(change.uri.as_str()) else { continue };
            self.background.send(Event::File { path, existence: change.typ != FileChangeType::CHANGED });
        }
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::diagnostic::document(&snapshot, &state, &params)).await
    }

    async fn workspace_diagnostic(
        &self,
        params: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        self.background.scanned().await;
        let (state, pulls, output) = (Arc::clone(&self.state), Arc::clone(&self.pulls), self.output.clone());
        blocking(move || handlers::diagnostic::workspace(&state, &pulls, &output, &params)).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let snapshot = snapshot();
        let markdown = self.state.client().is_none_or(|client| client.markdown_hover);
        blocking(move || handlers::hover::hover(&snapshot, markdown, &params)).await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::completion::completion(&snapshot, state.client()?, &params)).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let snapshot = snapshot();
        let tree = self.state.client().is_some_and(|client| client.hierarchical_symbols);
        blocking(move || handlers::document_symbol::document_symbol(&snapshot, tree, &params)).await
    }

    async fn folding_range(&self, _: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        let snapshot = snapshot();
        blocking(move || handlers::folding_range::folding_range(&snapshot)).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let (snapshot, state, trackers) = (snapshot(), Arc::clone(&self.state), self.trackers.clone());
        blocking(move || {
            let folder = snapshot.document.as_ref().and_then(|it| Some(it.located(&snapshot.folders)?.0));
            let issues = folder.and_then(|folder| trackers.issues_of(&folder.path));
            let may_create = issues.is_some_and(|issues| issues.may_fetch());
            handlers::code_action::code_action(&snapshot, state.client()?, may_create, &params)
        })
        .await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::definition::definition(&snapshot, &state, &params)).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::references::references(&snapshot, &state, &params)).await
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let snapshot = snapshot();
        blocking(move || handlers::document_highlight::document_highlight(&snapshot, &params)).await
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let snapshot = snapshot();
        blocking(move || handlers::rename::prepare(&snapshot, &params)).await
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        let renamed = blocking(move || handlers::rename::rename(&snapshot, &state, &params)).await??;
        if let Some(note) = renamed.note {
            self.client.show_message(MessageType::INFO, note).await;
        }
        Ok(Some(renamed.edit))
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::call_hierarchy::prepare(&snapshot, &state, &params)).await
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::call_hierarchy::incoming(&snapshot, &state, &params)).await
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::call_hierarchy::outgoing(&snapshot, &state, &params)).await
    }

    async fn code_lens(&self, _: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::code_lens::code_lens(&snapshot, &state, state.client()?)).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let snapshot = snapshot();
        let markdown = self.state.client().is_none_or(|client| client.markdown_hover);
        blocking(move || handlers::inlay_hint::inlay_hint(&snapshot, markdown, &params)).await
    }

    async fn document_link(&self, _: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        blocking(move || handlers::document_link::document_link(&snapshot, &state)).await
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        let (snapshot, state) = (snapshot(), Arc::clone(&self.state));
        let answer = move || handlers::workspace_symbol::workspace_symbol(&snapshot, &state, &params.query);
        blocking(answer).await.map(Some)
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        if handlers::gate_commands::is_one(&params.command) {
            let Backend { state, client, publisher, background, gates, asking, .. } = self;
            let tools =
                handlers::gate_commands::Tools { state, client, publisher, background, gates, asking };
            return handlers::gate_commands::execute(params, &tools).await;
        }
        if handlers::run_commands::is_one(&params.command) {
            return handlers::run_commands::execute(params, &self.run_tools()).await;
        }
        let Backend { state, client, trackers, tracker: cx, .. } = self;
        let tools = handlers::issue_commands::Tools { state, client, trackers, cx };
        handlers::execute_command::execute(params, &tools).await
    }
}
