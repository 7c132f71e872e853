/**
 * Entry point: creates the channels and the commands, starts the server, and restarts it when its path changes.
 */

import * as vscode from "vscode";
import { createServer, type Server } from "./client";
import { registerCommands, RESTART } from "./commands";
import { SERVER_PATH } from "./config";
import { createTraceChannel } from "./trace";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel("Stagegate", { log: true });
  const channels = { output, trace: createTraceChannel() };
  server = createServer(context.extensionPath, channels);
  context.subscriptions.push(
    channels.output,
    channels.trace,
    registerCommands(server, channels),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(SERVER_PATH)) {
        void vscode.commands.executeCommand(RESTART);
      }
    }),
  );
  // Not awaited: a slow start of the server must not hold up VS Code.
  void vscode.commands.executeCommand(RESTART);
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
