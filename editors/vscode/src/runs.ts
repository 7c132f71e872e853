/**
 * Promotions and rollbacks. The server plans, asks and runs them; here is what a command from the palette is about, and how
 * plans and pages are shown.
 */

import * as vscode from "vscode";
import type { HandlerResult, LanguageClient, ShowDocumentParams, ShowDocumentResult } from "vscode-languageclient/node";

/** The scheme of documents whose text the server has. */
const SCHEME = "stagegate";

/** The server asks for nothing else of a client that shows such documents. */
export const VIRTUAL_DOCUMENTS = "stagegate/virtualDocuments";

/** Every command about runs. */
const COMMANDS: Record<string, { readonly executes: boolean; readonly ask: (client: LanguageClient) => Promise<Argument | undefined> }> = {
  "stagegate.promote": { executes: true, ask: (client) => component(client, "Component to promote", canClimb) },
  "stagegate.dryRun": { executes: false, ask: (client) => component(client, "Component whose promotion is planned", canClimb) },
  "stagegate.rollback": { executes: true, ask: rollback },
  "stagegate.resume": { executes: true, ask: (client) => run(client, "Run to resume", (it) => it.state === "interrupted") },
  "stagegate.cancel": { executes: true, ask: (client) => run(client, "Run to cancel", () => true) },
  "stagegate.openReport": { executes: false, ask: (client) => component(client, "Component whose last report is shown", (it) => it.has_report) },
  "stagegate.openDashboard": { executes: false, ask: dashboard },
};

export type Argument = Record<string, unknown>;

/** What `stagegate/components` answers. */
interface Component {
  readonly name: string;
  readonly stage: string | null;
  readonly next: string | null;
  readonly uri: string;
  readonly run: Run | null;
  readonly undoable: boolean;
  readonly has_report: boolean;
}

interface Run {
  readonly id: string;
  readonly state: "running" | "interrupted";
  readonly text: string;
}

export function isAboutRuns(command: string): boolean {
  return command in COMMANDS;
}

/** Whether the command starts programs of the folder. */
export function executesRuns(command: string): boolean {
  return COMMANDS[command]?.executes ?? false;
}

/** What the command is about, as the user picks it; nothing where the user leaves a question open. */
export async function askAboutRuns(command: string, client: LanguageClient): Promise<Argument | undefined> {
  return COMMANDS[command]?.ask(client);
}

/** Shows what the server says is to be shown: plans as a preview, pages in a view without scripts. */
export async function showDocument(
  params: ShowDocumentParams,
  next: () => HandlerResult<ShowDocumentResult, void>,
): Promise<ShowDocumentResult> {
  const uri = vscode.Uri.parse(params.uri);
  if (uri.scheme === SCHEME) {
    await vscode.commands.executeCommand("markdown.showPreview", uri);
    return { success: true };
  }
  if (uri.scheme === "file" && uri.path.endsWith(".html") && params.external === true) {
    await showPage(uri);
    return { success: true };
  }
  const shown = await next();
  return "success" in shown ? shown : { success: false };
}

/** Gives the text of plans. */
export function registerPlans(client: () => LanguageClient | undefined): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: async (uri) => {
      // As the server wrote it: VS Code would encode the colon.
      const text = await client()?.sendRequest<string | null>("stagegate/plan", { uri: uri.toString(true) });
      return text ?? "This plan is not kept any more. Ask for it again: *Stagegate: Dry Run...*\n";
    },
  });
}

/** Nothing in a page of ours is loaded or run; what a tool wrote into it least of all. */
const POLICY = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;

async function showPage(uri: vscode.Uri): Promise<void> {
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  const title = uri.path.endsWith("/dashboard.html") ? "Stagegate dashboard" : "Stagegate report";
  const panel = vscode.window.createWebviewPanel("stagegate.page", title, vscode.ViewColumn.Active, {
    enableScripts: false,
    enableCommandUris: false,
    localResourceRoots: [],
  });
  // Where several policies are given, each of them holds.
  panel.webview.html = text.replace(/<head[^>]*>/i, (head) => head + POLICY);
}

async function components(client: LanguageClient): Promise<Component[]> {
  return client.sendRequest<Component[]>("stagegate/components", {});
}

function canClimb(component: Component): boolean {
  return component.next !== null && component.next !== component.stage && component.run === null;
}

async function component(
  client: LanguageClient,
  placeHolder: string,
  isMeant: (component: Component) => boolean,
): Promise<Argument | undefined> {
  const items = (await components(client)).filter(isMeant).map((it) => ({
    label: it.name,
    description: it.next === null || it.next === it.stage ? (it.stage ?? "") : `${it.stage ?? "backlog"} → ${it.next}`,
    argument: { component: it.name, uri: it.uri },
  }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage("There is no component here for which that could be done.");
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.argument;
}

async function rollback(client: LanguageClient): Promise<Argument | undefined> {
  const argument = await component(client, "Component whose last promotion is undone", (it) => it.undoable && it.run === null);
  if (argument === undefined) {
    return undefined;
  }
  const reason = await vscode.window.showInputBox({ prompt: "Why is it rolled back? The report and the issue will say so." });
  return reason === undefined ? undefined : { ...argument, reason };
}

async function run(client: LanguageClient, placeHolder: string, isMeant: (run: Run) => boolean): Promise<Argument | undefined> {
  const items = (await components(client)).flatMap((it) =>
    it.run !== null && isMeant(it.run)
      ? [{ label: it.name, description: it.run.text, argument: { run: it.run.id, uri: it.uri } }]
      : [],
  );
  if (items.length === 0) {
    void vscode.window.showInformationMessage("There is no such run.");
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.argument;
}

async function dashboard(client: LanguageClient): Promise<Argument | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder = folders.length > 1 ? await vscode.window.showWorkspaceFolderPick() : folders[0];
  return folder === undefined ? undefined : { uri: client.code2ProtocolConverter.asUri(folder.uri) };
}
