/**
 * The output channel "Stagegate Trace".
 *
 * Since version 10 vscode-languageclient writes a trace only while its channel's log level is "Trace", and VS Code
 * lets nobody but the user set that, in a menu. So that the setting alone is enough, this channel
 * answers with a level that follows the setting.
 */

import * as vscode from "vscode";
import { TRACE, traces } from "./config";

export function createTraceChannel(): vscode.LogOutputChannel {
  const channel = vscode.window.createOutputChannel("Stagegate Trace");
  const levelChanged = new vscode.EventEmitter<vscode.LogLevel>();
  const level = (): vscode.LogLevel => (traces() ? vscode.LogLevel.Trace : vscode.LogLevel.Info);
  const listener = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(TRACE)) {
      levelChanged.fire(level());
    }
  });
  const write = (message: string | Error): void => {
    const time = new Date().toISOString();
    channel.appendLine(`[${time}] ${message instanceof Error ? (message.stack ?? message.message) : message}`);
  };
  return {
    name: channel.name,
    get logLevel() {
      return level();
    },
    onDidChangeLogLevel: levelChanged.event,
    trace: write,
    debug: write,
    info: write,
    warn: write,
    error: write,
    append: (value) => channel.append(value),
    appendLine: (value) => channel.appendLine(value),
    replace: (value) => channel.replace(value),
    clear: () => channel.clear(),
    show: (first?: vscode.ViewColumn | boolean, second?: boolean) =>
      channel.show(typeof first === "boolean" ? first : second),
    hide: () => channel.hide(),
    dispose: () => {
      listener.dispose();
      levelChanged.dispose();
      channel.dispose();
    },
  };
}
