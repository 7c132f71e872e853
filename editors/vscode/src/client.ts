/**
 * The connection to the server. `restart` is the one way to start it.
 */

import * as readline from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  type ClientCapabilities,
  type ErrorHandler,
  type FeatureState,
  type LanguageClientOptions,
  type StaticFeature,
} from "vscode-languageclient/node";
import { findBinary } from "./binary";
import { SECTION, serverConfig, serverPath } from "./config";
import { executeCommand } from "./gates";
import { registerPlans, showDocument, VIRTUAL_DOCUMENTS } from "./runs";

/**
 * Files of every language: a TODO comment may stand in any, and VS Code gives `*.instructions.md` the language id
 * `instructions`, where others give `markdown` or plain text. Which files are ours is configuration of the server, which
 * is silent in all others.
 */
const DOCUMENTS = [{ scheme: "file", pattern: "**/*" }];

/** Commands that the server may attach to an answer: VS Code has them. The server asks before it counts on one. */
const COMMANDS = ["editor.action.triggerSuggest"];

/** The extension of VS Code itself that knows Markdown. */
const MARKDOWN = "vscode.markdown-language-features";

/** A start that a later `restart` or `stop` took the place of; nothing that the user has to know. */
export class Superseded extends Error {}

export interface Server {
  /**
   * Stops the server if it runs, and starts it with the present settings. Gives up a start that is still under way.
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
  let giveUp: (() => void) | undefined;
  let last: Promise<void> = Promise.resolve();

  async function stopNow(): Promise<void> {
    const old = client;
    client = undefined;
    try {
      await old?.dispose();
    } catch (error) {
      // It may have crashed, or never have answered; its process is ended all the same.
      channels.output.debug(`Stopping the server: ${String(error)}`);
    }
  }

  async function startNow(): Promise<void> {
    const binary = await findBinary(extensionDir, serverPath());
    channels.output.info(`Starting ${binary.command} (${binary.version}, from ${binary.origin})`);
    const start = supervise((errorHandler) => {
      const created = new StartingClient(
        SECTION,
        "Stagegate",
        { command: binary.command, args: ["lsp"] },
        { ...clientOptions(channels, () => client), errorHandler },
      );
      created.registerFeature(new CommandsFeature());
      client = created;
      return created;
    });
    giveUp = start.giveUp;
    await start.ready;
  }

  function enqueue(task: () => Promise<void>): Promise<void> {
    giveUp?.();
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  }

  const plans = registerPlans(() => client);
  return {
    restart: () => enqueue(() => stopNow().then(startNow)),
    stop: () => enqueue(stopNow).finally(() => plans.dispose()),
  };
}

/** Tells the server which commands it may attach to an answer, and that we ask for the text of its documents. */
class CommandsFeature implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, commands: { commands: COMMANDS }, [VIRTUAL_DOCUMENTS]: true };
  }
  initialize(): void {}
  getState(): FeatureState {
    return { kind: "static" };
  }
  clear(): void {}
}

/** While it starts, the library's own messages go to the output only: whoever asked for the start tells of a failure. */
class StartingClient extends LanguageClient {
  starting = true;

  override error(message: string, data?: unknown, showNotification?: boolean | "force"): void {
    super.error(message, data, this.starting ? false : showNotification);
  }
}

/**
 * Starts the client. `ready` rejects when the server ends before it is ready: by itself the library would either
 * start it again and again, or wait for ever. After that the library's own rule holds, which restarts it a few times.
 */
function supervise(create: (errorHandler: ErrorHandler) => StartingClient): { ready: Promise<void>; giveUp: () => void } {
  let fail: (reason: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const client = create({
    error: (error, message, count) =>
      client.starting ? { action: ErrorAction.Continue } : running.error(error, message, count),
    closed: () => {
      if (!client.starting) {
        return running.closed();
      }
      fail(new Error("it ended before it was ready. See the output for its last words."));
      return { action: CloseAction.DoNotRestart };
    },
  });
  const running = client.createDefaultErrorHandler();
  // A request that found the pipe broken may fail a moment before the end of the process is seen, and says less.
  const started = client.start().catch((error: unknown) =>
    Promise.race([failed, sleep(500).then(() => Promise.reject(error))]),
  );
  const ready = Promise.race([started, failed]);
  ready.then(
    () => (client.starting = false),
    () => undefined,
  );
  return { ready, giveUp: () => fail(new Superseded("another start took its place")) };
}

function clientOptions(channels: Channels, client: () => LanguageClient | undefined): LanguageClientOptions {
  return {
    documentSelector: DOCUMENTS,
    // Later changes reach the server because it registers for `workspace/didChangeConfiguration`.
    initializationOptions: () => ({ config: serverConfig() }),
    // The failure is told by whoever asked for the start.
    initializationFailedHandler: () => false,
    // The library's default is to ask only when a document is opened.
    diagnosticPullOptions: { onChange: true, onSave: true },
    diagnosticCollectionName: SECTION,
    middleware: {
      executeCommand: (command, args, next) => executeCommand(command, args, next, client()),
      window: { showDocument: (params, token, next) => showDocument(params, () => next(params, token)) },
      provideDocumentSymbols: (document, token, next) => (hasOutline(document) ? undefined : next(document, token)),
    },
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

/** VS Code has an outline of Markdown itself, and would show ours as a second one beside it. */
function hasOutline(document: vscode.TextDocument): boolean {
  return document.languageId === "markdown" && vscode.extensions.getExtension(MARKDOWN) !== undefined;
}

function forward(input: NodeJS.ReadableStream, write: (line: string) => void): void {
  readline.createInterface({ input, crlfDelay: Infinity }).on("line", write);
}
