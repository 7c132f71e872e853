/**
 * Commands about gates. The server runs them; what is not named when a command comes from the palette is asked here.
 */

import * as vscode from "vscode";
import { SymbolKind, WorkspaceSymbolRequest, type ExecuteCommandSignature, type LanguageClient } from "vscode-languageclient/node";
import { askAboutRuns, executesRuns, isAboutRuns } from "./runs";

export const RUN_GATES = "stagegate.runGates";
export const TRUST = "stagegate.trust";
export const TICK = "stagegate.tickFromEvidence";
export const SHOW_UNCOVERED = "stagegate.showUncovered";

/** Stages that have gates. */
const STAGES = ["development", "staging", "production"];

type Argument = Record<string, unknown>;

interface Trust {
  readonly state: "trusted" | "untrusted" | "lapsed";
  /** What would be run, for people. */
  readonly text?: string;
}

/** Passes a command on to the server, with what it needs. Nothing happens where the user leaves a question open. */
export async function executeCommand(
  command: string,
  args: unknown[],
  next: ExecuteCommandSignature,
  client: LanguageClient | undefined,
): Promise<unknown> {
  const isFromPalette = args.length === 0;
  const argument = isFromPalette ? await ask(command, client) : undefined;
  if (isFromPalette && needsArgument(command) && argument === undefined) {
    return undefined;
  }
  const complete = argument === undefined ? args : [argument];
  if (!vscode.workspace.isTrusted && executes(command, complete[0])) {
    void vscode.window.showWarningMessage("Gates and runs execute commands of this folder. In Restricted Mode nothing of it is run: trust the folder in VS Code first.");
    return undefined;
  }
  const answer: unknown = await next(command, complete);
  if (isFromPalette && command === TRUST) {
    await tell(argument, answer as Trust);
  }
  return answer;
}

function needsArgument(command: string): boolean {
  return [RUN_GATES, TRUST, TICK, SHOW_UNCOVERED].includes(command) || isAboutRuns(command);
}

function executes(command: string, argument: unknown): boolean {
  return command === RUN_GATES || executesRuns(command) || (command === TRUST && (argument as Argument | undefined)?.["action"] === "grant");
}

async function ask(command: string, client: LanguageClient | undefined): Promise<Argument | undefined> {
  if (client === undefined) {
    return undefined;
  }
  switch (command) {
    case RUN_GATES:
      return askForGates(client);
    case TRUST:
      return askForTrust(client);
    case TICK:
    case SHOW_UNCOVERED:
      return ofEditor(client);
    default:
      return askAboutRuns(command, client);
  }
}

/** The document of the editor; the command says what it is for when there is none. */
function ofEditor(client: LanguageClient): Argument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  if (document === undefined) {
    void vscode.window.showInformationMessage("Open the file first.");
    return undefined;
  }
  return { uri: client.code2ProtocolConverter.asUri(document.uri) };
}

async function askForGates(client: LanguageClient): Promise<Argument | undefined> {
  const found = (await client.sendRequest(WorkspaceSymbolRequest.type, { query: "" })) ?? [];
  const components = found.filter((symbol) => symbol.kind === SymbolKind.Module);
  if (components.length === 0) {
    void vscode.window.showInformationMessage("No component is known here. A component has a spec, for example specs/NAME.md.");
    return undefined;
  }
  const items = components.map((symbol) => ({
    label: symbol.name,
    description: symbol.containerName ?? "",
    argument: { component: symbol.name, uri: symbol.location.uri },
  }));
  const component = await vscode.window.showQuickPick(items, { placeHolder: "Component whose gates are run" });
  if (component === undefined) {
    return undefined;
  }
  const next = { label: "the stage that it works towards", stage: undefined };
  const stages = [next, ...STAGES.map((stage) => ({ label: stage, stage }))];
  const stage = await vscode.window.showQuickPick(stages, { placeHolder: `Gates of ${component.label} for` });
  return stage === undefined ? undefined : { ...component.argument, ...(stage.stage === undefined ? {} : { stage: stage.stage }) };
}

async function askForTrust(client: LanguageClient): Promise<Argument | undefined> {
  const actions = [
    { label: "Show what gates run here", action: "show" },
    { label: "Trust what gates run here...", action: "grant" },
    { label: "Trust it no longer", action: "revoke" },
  ];
  const picked = await vscode.window.showQuickPick(actions, { placeHolder: "Commands of this folder" });
  const uri = picked === undefined ? undefined : await folder();
  return picked === undefined || uri === undefined
    ? undefined
    : { action: picked.action, uri: client.code2ProtocolConverter.asUri(uri) };
}

/** The folder that is meant: that of the editor, the only one, or the one that the user picks. */
async function folder(): Promise<vscode.Uri | undefined> {
  const document = vscode.window.activeTextEditor?.document.uri;
  const here = document && vscode.workspace.getWorkspaceFolder(document);
  const folders = vscode.workspace.workspaceFolders ?? [];
  return (here ?? (folders.length > 1 ? await vscode.window.showWorkspaceFolderPick() : folders[0]))?.uri;
}

async function tell(argument: Argument | undefined, trust: Trust): Promise<void> {
  if (argument?.["action"] === "show" && trust.text !== undefined) {
    const document = await vscode.workspace.openTextDocument({ content: trust.text, language: "plaintext" });
    await vscode.window.showTextDocument(document);
  } else {
    const state = trust.state === "trusted" ? "are trusted" : "are not trusted";
    void vscode.window.showInformationMessage(`The commands that gates run in this folder ${state}.`);
  }
}
