/**
 * The settings of the extension, read fresh at each use. The defaults are in package.json only.
 */

import * as vscode from "vscode";

/** The section of all our settings; also what the server asks for in `workspace/configuration`. */
export const SECTION = "stagegate";

/** The full names of the settings, as messages to the user show them. */
export const SERVER_PATH = "stagegate.server.path";
export const SERVER_CONFIG = "stagegate.config";
export const TRACE = "stagegate.trace.server";

/** Returns the path that the user chose for the server, or nothing when the setting is empty. */
export function serverPath(): string | undefined {
  const path = vscode.workspace.getConfiguration().get<string>(SERVER_PATH, "").trim();
  return path === "" ? undefined : path;
}

/** Returns the server's own configuration. The server checks it, not we. */
export function serverConfig(): unknown {
  return vscode.workspace.getConfiguration().get<unknown>(SERVER_CONFIG, {});
}

/** Returns whether the messages to and from the server are to be written down. */
export function traces(): boolean {
  return vscode.workspace.getConfiguration().get<string>(TRACE, "off") !== "off";
}
