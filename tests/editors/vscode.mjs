// The scenarios in VS Code; started by vscode.sh. One line for each check, then the sum; the exit code is 0 only if
// none failed.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { BIN, expect, finish, scenario, TRUSTED } from "./vscode-check.mjs";
import { sleep, until } from "./vscode-driver.mjs";

const INSTRUCTIONS = ".github/instructions/python.instructions.md";
const AUGMENT = ".augment/instructions/style.md";
const NOWHERE = ".github/instructions/nowhere.instructions.md";
const WARNING = ".monaco-editor .squiggly-warning";
const ERROR = ".monaco-editor .squiggly-error";
const TOAST = ".notifications-toasts .notification-list-item-message";

const body = `
# Python

Write type hints on every function, keep functions short, and prefer the standard library to a new dependency.

## Tests

Every module has a test file beside it, and every fixed fault has a test that failed before.
`;
const FAULTY = `---\napplyTo: "**/*.py"\ndescripton: Rules for Python files\n---\n${body}`;
const FIXED = FAULTY.replace("descripton", "description");
const INCOMPLETE = `---\napplyTo: "**/*.py"\n\n---\n${body}`;

const UNMATCHED = `---\napplyTo: "nowhere/**/*.rb"\ndescription: Rules for files that are not there\n---\n${body}`;

function fillWorkspace(dir, more = {}) {
  const files = { "src/app.py": 'print("hello")\n', [INSTRUCTIONS]: FAULTY, [AUGMENT]: INCOMPLETE, [NOWHERE]: UNMATCHED, ...more };
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(dir, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  execFileSync("git", ["init", "--quiet", dir]);
}

function filesUnder(dir) {
  return fs.readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

await scenario("diagnostics", { workspace: fillWorkspace, settings: { ...TRUSTED, "stagegate.trace.server": "verbose" }, machine: { "stagegate.server.path": BIN } }, async (t) => {
  const { page, check, shot } = t;
  const file = path.join(t.workspace, INSTRUCTIONS);
  await t.openFile(INSTRUCTIONS);

  await check("the misspelt key has a squiggle", () => t.see(WARNING, undefined, 30_000));
  await shot("squiggle");

  await t.command("Problems: Focus on Problems View");
  await check("the Problems view shows the message, the source and the rule", async () => {
    const row = ".markers-panel .monaco-list-row";
    await t.see(row, "unknown-key");
    const text = await t.textOf(row, "unknown-key");
    expect(text.includes("`descripton`") && text.includes("`description`"), text);
    expect(/stagegate\W+instructions\/unknown-key/.test(text), text);
  });
  await shot("problems");
  await page.keyboard.press("Control+J");

  await t.openFile(INSTRUCTIONS);
  await check("Ctrl+. offers to rename the key", async () => {
    await t.goTo(3, 3);
    await t.summon("Control+.", ".action-widget .monaco-list-row", "Rename `descripton` to `description`");
  });
  await shot("quickfix");
  await check("the quick fix is applied", async () => {
    await page.locator(".action-widget .monaco-list-row", { hasText: "Rename `descripton` to `description`" }).first().click();
    await until("renamed key", async () => (await t.lines())[2]?.startsWith("description: "));
  });
  await check("and the squiggles vanish", async () => {
    await t.gone(WARNING);
    await t.gone(ERROR);
  });
  await check("and it is saved to disk, with nothing else changed", async () => {
    await page.keyboard.press("Control+S");
    await until("saved file", () => fs.readFileSync(file, "utf8") !== FAULTY);
    expect(fs.readFileSync(file, "utf8") === FIXED, fs.readFileSync(file, "utf8").slice(0, 120));
  });
  await shot("fixed");

  // In a file that VS Code does not know: on `*.instructions.md` it shows a hover and completions of its own as well.
  await t.openFile(AUGMENT);
  await check("a missing field is an error", () => t.see(ERROR));
  await check("hover on applyTo explains it", async () => {
    await t.goTo(2, 3);
    await t.summon(["Control+K", "Control+I"], ".monaco-hover .hover-contents", "applyTo");
  });
  await shot("hover");
  await page.keyboard.press("Escape");
  await check("completion in the front matter offers description", async () => {
    await t.goTo(3, 1);
    await t.summon("Control+Space", ".suggest-widget.visible .monaco-list-row", /^description/);
  });
  await shot("completion");
  await check("and inserts it", async () => {
    await page.locator(".suggest-widget.visible .monaco-list-row", { hasText: /^description/ }).first().click();
    await until("completed key", async () => /^description:/.test((await t.lines())[2]));
  });
  await shot("completed");
  await t.command("File: Revert File");

  await check("a file made by another program changes the findings on a glob, without an edit", async () => {
    await t.openFile(NOWHERE);
    await t.see(WARNING);
    fs.mkdirSync(path.join(t.workspace, "nowhere/deep"), { recursive: true });
    fs.writeFileSync(path.join(t.workspace, "nowhere/deep/here.rb"), "");
    await t.gone(WARNING);
    fs.rmSync(path.join(t.workspace, "nowhere"), { recursive: true });
    await t.see(WARNING);
  });

  await t.openFile(AUGMENT);
  await check("Restart Server replaces the process, and diagnostics come back", async () => {
    await t.see(ERROR);
    const before = t.servers();
    expect(before.length === 1, before);
    await t.command("Stagegate: Restart Server");
    await until("another server", () => t.servers().length === 1 && t.servers()[0] !== before[0]);
    await t.see(ERROR);
  });
  await check("a killed server is started again", async () => {
    const before = t.servers();
    process.kill(Number(before[0]), "SIGKILL");
    await until("another server", () => t.servers().length === 1 && t.servers()[0] !== before[0]);
    await t.see(ERROR);
  });

  await check("a changed stagegate.config reaches the server, without a restart", async () => {
    const before = t.servers();
    const config = { rules: { "instructions/missing-field": "off" } };
    t.saveMachineSettings({ "stagegate.server.path": BIN, "stagegate.config": config });
    await t.gone(ERROR);
    t.saveMachineSettings({ "stagegate.server.path": BIN });
    await t.see(ERROR);
    expect(String(t.servers()) === String(before), t.servers());
  });

  await check("Show Output shows which program was started", async () => {
    await t.command("Stagegate: Show Output");
    await until("output", async () => (await t.allTextOf(".part.panel .view-line")).some((line) => line.includes("(stagegate ")));
  });
  await shot("output");
  await check("stagegate.trace.server alone is enough for a trace", () =>
    until("trace with the request `initialize`", () =>
      filesUnder(path.join(t.data, "logs")).some(
        (log) => log.endsWith("Stagegate Trace.log") && fs.readFileSync(log, "utf8").includes("Sending request 'initialize"))));
});

await scenario("wrong-path", { workspace: fillWorkspace, settings: TRUSTED, machine: { "stagegate.server.path": "/not/there/stagegate" } }, async (t) => {
  const { page, check, shot } = t;
  await t.openFile(INSTRUCTIONS);
  await check("a path that leads nowhere gives an error that names the setting", () =>
    t.see(TOAST, "The setting stagegate.server.path is \"/not/there/stagegate\"", 30_000));
  await t.see(".notifications-toasts .notification-fade-in-done");
  await shot("error");
  await check("its button opens the setting", async () => {
    await page.locator(".notification-list-item-buttons-container .monaco-button", { hasText: "Open stagegate.server.path" }).click();
    await t.see(".settings-editor .setting-item-contents[data-key='stagegate.server.path']");
  });
  await shot("setting");
  await check("one message is enough", async () => {
    await sleep(1000);
    expect((await page.locator(TOAST).count()) === 0, await t.allTextOf(TOAST));
  });
  await check("a changed path starts the server without a reload", async () => {
    t.saveMachineSettings({ "stagegate.server.path": BIN });
    await until("server", () => t.servers().length === 1);
    await t.openFile(INSTRUCTIONS);
    await t.see(WARNING);
  });
  await check("another program is refused by its answer to --version", async () => {
    t.saveMachineSettings({ "stagegate.server.path": "/bin/echo" });
    await t.see(TOAST, "did not answer --version as Stagegate does");
    expect(t.servers().length === 0, t.servers());
  });
  const script = (name, lines) => {
    const file = path.join(t.workspace, "..", name);
    fs.writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && echo stagegate 9.9.9 && exit\n${lines}\n`);
    fs.chmodSync(file, 0o755);
    return file;
  };
  await t.command("Notifications: Clear All Notifications");
  await check("a server that ends at once gives one message", async () => {
    t.saveMachineSettings({ "stagegate.server.path": script("ends-at-once", "echo 'out of luck' >&2; exit 3") });
    await t.see(TOAST, "did not start: it ended before it was ready");
    await sleep(1000);
    const toasts = await t.allTextOf(TOAST);
    expect(toasts.length === 1, toasts);
  });
  await shot("ends-at-once");
  await check("neither that nor a server that never answers keeps a good one from starting", async () => {
    t.saveMachineSettings({ "stagegate.server.path": script("never-answers", "exec tail -f /dev/null lsp") });
    await until("mute server", () => t.servers().length === 1);
    t.saveMachineSettings({ "stagegate.server.path": BIN });
    await t.see(WARNING);
    await until("end of the mute server", () => t.servers().length === 1);
  });
});

/** A folder that holds the server under the name that the extension looks for; removed at the end. */
function directoryWithServer() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "stagegate-path-"));
  fs.symlinkSync(BIN, path.join(dir, "stagegate"));
  process.on("exit", () => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

// A workspace that nobody trusted, and that wants its own program to be executed. The server comes from PATH.
await scenario(
  "restricted",
  {
    settings: { "security.workspace.trust.startupPrompt": "never" },
    binDirs: [directoryWithServer()],
    workspace: (dir) => {
      const trap = path.join(dir, "trap.sh");
      fillWorkspace(dir, {
        "trap.sh": `#!/bin/sh\ntouch '${dir}/executed'\necho stagegate 0.0.0\n`,
        ".vscode/settings.json": JSON.stringify({ "stagegate.server.path": trap }),
      });
      fs.chmodSync(trap, 0o755);
    },
  },
  async (t) => {
    const { check, shot } = t;
    await t.see('.statusbar-item[id="status.workspaceTrust"]', "Restricted Mode");
    await t.openFile(INSTRUCTIONS);
    await check("the server on PATH works in an untrusted workspace", () => t.see(WARNING, undefined, 30_000));
    await check("a program that the workspace names is not executed", async () =>
      expect(!fs.existsSync(path.join(t.workspace, "executed")), "executed"));
    await shot("restricted");
  },
);

await import("./vscode-components.mjs");
await import("./vscode-todo.mjs");
await import("./vscode-gates.mjs");
await import("./vscode-runs.mjs");
finish();
