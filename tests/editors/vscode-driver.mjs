// Starts code-server and a headless Chromium, each in its own temporary folder, and drives the workbench. Knows
// VS Code, and nothing of what is tested.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";

const INSTALLED = path.join(process.env.STAGEGATE_TOOLS, "vscode", "node_modules");
const { chromium } = createRequire(path.join(INSTALLED, "/"))("playwright-core");
const CODE_SERVER = path.join(INSTALLED, "code-server/out/node/entry.js");

// Keeps the workbench free of what would get in the way: AI panels, welcome pages, updates, telemetry. Files are saved only on
// request, and words of the text are never offered as completions.
const SETTINGS = {
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "editor.wordBasedSuggestions": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "telemetry.telemetryLevel": "off",
  "workbench.editor.useModal": "off",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves with the first truthy answer of `ask`; rejects, naming `what`, after `ms`. */
export async function until(what, ask, ms = 10_000) {
  for (const end = Date.now() + ms; ; await sleep(50)) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`no ${what} within ${ms} ms`);
  }
}

/** What is left to do when the test is interrupted: code-server runs in a process group of its own. */
const unfinished = new Set();
process.on("exit", () => unfinished.forEach((finish) => finish()));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** The editor draws spaces as U+00A0 and puts invisible marks around inlay hints. */
const plain = (text) => text.replace(/[\u200a-\u200d\u2060\ufeff]/g, "").replace(/\u00a0/g, " ");

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const statusOf = (url) =>
  new Promise((resolve) => {
    http.get(url, (response) => resolve(response.resume().statusCode)).on("error", () => resolve(0));
  });

/**
 * Opens `workspace` (a function that fills the folder it is given) in a new VS Code with the extension `vsix`.
 *
 * `machine` are the settings of the machine: code-server is a remote one, which reads those of scope `machine` only from
 * there, and notices changes of that file only.
 * `binDirs` come first on PATH; in the profile of the user too, because VS Code asks a login shell for the environment.
 * `marker` is in the environment of every process that VS Code starts, so that a test can find them.
 */
export async function open({ vsix, workspace: fill, settings = {}, machine = {}, binDirs = [], marker }) {
  const tmp = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "stagegate-vscode-")));
  const folder = (name) => {
    const dir = path.join(tmp, name);
    fs.mkdirSync(dir, { recursive: true });
    return dir;
  };
  const home = folder("home");
  const data = folder("data");
  const workspace = folder("workspace");
  const save = (dir, values) => {
    // In one step: VS Code would take a file that is still empty for settings that are gone.
    const file = path.join(folder(dir), "settings.json");
    fs.writeFileSync(`${file}.new`, JSON.stringify(values));
    fs.renameSync(`${file}.new`, file);
  };
  const saveMachineSettings = (values) => save("data/Machine", values);
  save("data/User", { ...SETTINGS, ...settings });
  saveMachineSettings(machine);
  const PATH = [...binDirs, process.env.PATH].join(path.delimiter);
  fs.writeFileSync(path.join(home, ".profile"), `export PATH='${PATH}'\n`);
  fs.writeFileSync(path.join(tmp, "config.yaml"), "");
  fill(workspace);

  const base = [CODE_SERVER, "--config", path.join(tmp, "config.yaml"), "--user-data-dir", data, "--extensions-dir", folder("extensions")];
  const environment = {
    ...process.env,
    HOME: home,
    TMPDIR: folder("tmp"),
    XDG_RUNTIME_DIR: folder("run"),
    XDG_CONFIG_HOME: path.join(home, ".config"),
    XDG_DATA_HOME: path.join(home, ".local/share"),
    XDG_STATE_HOME: path.join(home, ".local/state"),
    XDG_CACHE_HOME: path.join(home, ".cache"),
    STAGEGATE_TEST_MARKER: marker,
    PATH,
  };
  for (const name of ["VSCODE_IPC_HOOK_CLI", "PORT", "PASSWORD"]) delete environment[name];

  execFileSync(process.execPath, [...base, "--install-extension", vsix, "--force"], { env: environment, stdio: "pipe" });

  const port = await freePort();
  const log = path.join(tmp, "code-server.log");
  const logFile = fs.openSync(log, "w");
  const server = spawn(
    process.execPath,
    [...base, "--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check",
      "--disable-getting-started-override", "--ignore-last-opened", workspace],
    { env: environment, stdio: ["ignore", logFile, logFile], detached: true },
  );
  const stopServer = () => {
    try {
      process.kill(-server.pid, "SIGTERM");
    } catch {
      // It is gone already.
    }
  };

  let context;
  const profile = folder("chromium");
  const close = async () => {
    await context?.close();
    stopServer();
    await until("end of code-server", () => server.exitCode !== null || server.signalCode !== null, 20_000);
    unfinished.delete(abandon);
  };
  const remove = () => {
    if (process.env.STAGEGATE_KEEP) console.error(`kept: ${tmp}`);
    else fs.rmSync(tmp, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };

  const abandon = () => {
    stopServer();
    remove();
  };
  unfinished.add(abandon);

  try {
    await until(
      "answer from code-server",
      async () => {
        if (server.exitCode !== null) throw new Error(`code-server ended:\n${fs.readFileSync(log, "utf8")}`);
        return (await statusOf(`http://127.0.0.1:${port}/healthz`)) === 200;
      },
      30_000,
    );
    context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.CHROMIUM,
      headless: true,
      viewport: { width: 1280, height: 800 },
      env: { ...process.env, HOME: home, TMPDIR: environment.TMPDIR, XDG_CONFIG_HOME: environment.XDG_CONFIG_HOME, XDG_CACHE_HOME: environment.XDG_CACHE_HOME },
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"],
    });
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(20_000);
    await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(workspace)}`);
    await page.locator(".monaco-workbench .explorer-viewlet .monaco-list-row").first().waitFor({ timeout: 60_000 });
    return { ...workbench(page), page, workspace, data, saveMachineSettings, close, remove };
  } catch (error) {
    await close();
    remove();
    throw error;
  }
}

function workbench(page) {
  const locate = (selector, text) => page.locator(selector, text === undefined ? {} : { hasText: text }).first();
  const see = (selector, text, ms = 20_000) => locate(selector, text).waitFor({ state: "visible", timeout: ms });
  const gone = (selector, text) => locate(selector, text).waitFor({ state: "hidden" });

  /** Opens the palette with `input`, which has "> " before a command, and picks the first row that has `title`. */
  async function pick(key, input, title) {
    // The list is made when the palette opens and never refreshed: what came later needs a new one.
    await until(`"${title}" in the palette`, async () => {
      await page.keyboard.press(key);
      await see(".quick-input-widget");
      await page.locator(".quick-input-widget input.input").fill(input);
      const row = locate(".quick-input-list .monaco-list-row .label-name", title);
      try {
        await row.waitFor({ timeout: 2000 });
        await row.click();
        return true;
      } catch {
        await page.keyboard.press("Escape");
        await gone(".quick-input-widget");
        return false;
      }
    }, 20_000);
    await gone(".quick-input-widget");
    await page.mouse.move(540, 784); // Where nothing shows a tooltip.
  }

  const command = (title) => pick("F1", `>${title}`, title);

  return {
    see,
    gone,
    command,
    async openFile(file) {
      await pick("Control+P", file, file.split("/").at(-1));
      await see(".tabs-container .tab.active", file.split("/").at(-1));
      await see(".editor-instance .monaco-editor .view-line");
    },
    async goTo(line, column) {
      await pick("Control+G", `:${line}:${column}`, /Go to line|Press 'Enter' to go to/i);
      await see(".statusbar-item", `Ln ${line}, Col ${column}`);
      await see(".editor-instance .monaco-editor.focused");
    },
    /** Presses `keys` until `selector` shows: VS Code drops a key that comes while it moves the focus. */
    async summon(keys, selector, text) {
      await until(`${selector} with ${text} after ${keys}`, async () => {
        for (const key of [keys].flat()) await page.keyboard.press(key);
        try {
          await see(selector, text, 3000);
          return true;
        } catch {
          await page.keyboard.press("Escape");
          return false;
        }
      }, 15_000);
    },
    /** The text of the visible lines, from the top. */
    async lines() {
      const rows = await page.locator(".editor-instance .monaco-editor .view-line").evaluateAll((nodes) =>
        nodes.map((node) => [parseFloat(node.style.top), node.textContent]).sort((a, b) => a[0] - b[0]).map(([, text]) => text));
      return rows.map(plain);
    },
    async textOf(selector, text) {
      return plain(await locate(selector, text).innerText());
    },
    async allTextOf(selector) {
      return (await page.locator(selector).allInnerTexts()).map(plain);
    },
    shot: (file) => page.screenshot({ path: file }),
  };
}
