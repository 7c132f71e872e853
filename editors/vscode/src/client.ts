/**
 * The connection to the server. `restart` is the one way to start it.
 */

import * as readline from "node:readline";
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, type LanguageClientOptions } from "vscode-languageclient/node";
import { findBinary } from "./binary";
import { SECTION, serverConfig, serverPath } from "./config";

/**
 * Documents are chosen by path: VS Code gives `*.instructions.md` the language id `instructions`, and other
 * editors or extensions give `markdown` or plain text.
 */
const PATTERNS = [
  "**/*.instructions.md",
  "**/.augment/instructions/**/*.md",
  "**/.augment/rules/**/*.md",
  "**/.github/instructions/**/*.md",
  "**/stagegate.yaml",
  "**/scripts/workflow/workflow_config.yaml",
];

export interface Server {
  /**
   * Stops the server if it runs, and starts it with the present settings. Calls are served one after the other.
   *
   * Rejects when the program cannot be used or does not start.
   */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Channels {
  readonly output: vscode.LogOutputChannel;
  readonly trace: vscode.LogOutputChannel;
}

export function createServer(extensionDir: string, channels: Channels): Server {
  let client: LanguageClient | undefined;
  let last: Promise<void> = Promise.resolve();

  async function stopNow(): Promise<void> {
    const old = client;
    client = undefined;
    try {
      await old?.dispose();
    } catch (error) {
      // It may have crashed before; what matters is that it is gone.
      channels.output.warn(`Stopping the server: ${String(error)}`);
    }
  }

  async function startNow(): Promise<void> {
    const binary = await findBinary(extensionDir, serverPath());
    channels.output.info(`Starting ${binary.command} (${binary.version}, from ${binary.origin})`);
    client = new LanguageClient(
      SECTION,
      "Stagegate",
      { command: binary.command, args: ["lsp"] },
      clientOptions(channels),
    );
    await client.start();
  }

  function enqueue(task: () => Promise<void>): Promise<void> {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  }

  return {
    restart: () => enqueue(() => stopNow().then(startNow)),
    stop: () => enqueue(stopNow),
  };
}

function clientOptions(channels: Channels): LanguageClientOptions {
  return {
    documentSelector: PATTERNS.map((pattern) => ({ scheme: "file", pattern })),
    initializationOptions: () => ({ config: serverConfig() }),
    synchronize: { configurationSection: SECTION },
    // The library's default is to ask only when a document is opened.
    diagnosticPullOptions: { onChange: true, onSave: true },
    diagnosticCollectionName: SECTION,
    outputChannel: channels.output,
    traceOutputChannel: channels.trace,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    // The server logs on stderr, at any level; it is not an error in itself.
    stdioOptions: {
      stdout: (input, output) => forward(input, (line) => output.info(line)),
      stderr: (input, output) => forward(input, (line) => output.info(line)),
    },
  };
}

function forward(input: NodeJS.ReadableStream, write: (line: string) => void): void {
  readline.createInterface({ input, crlfDelay: Infinity }).on("line", write);
}
