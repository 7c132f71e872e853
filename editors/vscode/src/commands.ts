/**
 * The commands of the palette. A failure says what to change and offers to open it.
 */

import * as vscode from "vscode";
import { BinaryError } from "./binary";
import { Superseded, type Channels, type Server } from "./client";
import { SERVER_PATH } from "./config";

export const RESTART = "stagegate.restartServer";
export const SHOW_OUTPUT = "stagegate.showOutput";

export function registerCommands(server: Server, channels: Channels): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand(RESTART, async () => {
      try {
        await server.restart();
      } catch (error) {
        if (!(error instanceof Superseded)) {
          // Not awaited: the toast may stay for as long as the user likes.
          void showFailure(error, channels);
        }
      }
    }),
    vscode.commands.registerCommand(SHOW_OUTPUT, () => channels.output.show()),
  );
}

async function showFailure(error: unknown, channels: Channels): Promise<void> {
  const message =
    error instanceof BinaryError ? error.message : `The Stagegate server did not start: ${errorText(error)}`;
  channels.output.error(message);
  const openSetting = `Open ${SERVER_PATH}`;
  const showOutput = "Show Output";
  const answer = await vscode.window.showErrorMessage(message, openSetting, showOutput);
  if (answer === openSetting) {
    // On a remote machine the setting is that machine's own, and the list of the user's settings does not show it.
    const list = vscode.env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
    await vscode.commands.executeCommand(`workbench.action.${list}`, { query: SERVER_PATH });
  } else if (answer === showOutput) {
    channels.output.show();
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
