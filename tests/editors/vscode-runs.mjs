// The scenario about promotions, from the palette, in a small git repository; imported by vscode.mjs.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { BIN, expect, scenario, TRUSTED } from "./vscode-check.mjs";
import { until } from "./vscode-driver.mjs";

const SPEC = "specs/calc.md";
const TOAST = ".notifications-toasts .notification-list-item-message";
const BUTTON = ".notifications-toasts .notification-list-item-buttons-container .monaco-button";
const PICK = ".quick-input-list .monaco-list-row .label-name";
const LENS = ".editor-instance .codelens-decoration";
const GATES = ["tests", "coverage", "lint", "types", "secrets", "vulnerabilities", "flakiness", "complexity"];

function git(dir, ...args) {
  return execFileSync("git", args, { cwd: dir, encoding: "utf8" }).trim();
}

function fillWorkspace(dir) {
  const files = {
    "stagegate.yaml": `components:\n  source: ["src/<component>"]\ngates:\n${GATES.map((gate) => `  ${gate}: {enabled: false}\n`).join("")}`,
    "src/calc/__init__.py": '__maturity__ = "development"\n',
    "tests/test_calc.py": "",
    [SPEC]:
      "# calc\n\n**Component Name:** calc\n**Status:** Development\n**Target Stage:** staging\n\n## Overview\n\nIt adds.\n\n" +
      "## Requirements\n\nIt adds.\n\n## Acceptance Criteria\n\n- [x] it adds\n",
  };
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    fs.writeFileSync(path.join(dir, name), text);
  }
  git(dir, "init", "--quiet", "--initial-branch=main");
  git(dir, "config", "user.name", "Mara");
  git(dir, "config", "user.email", "mara@abacus.invalid");
  git(dir, "add", "--all");
  git(dir, "commit", "--quiet", "--message", "calc");
}

await scenario("runs", { workspace: fillWorkspace, settings: TRUSTED, machine: { "stagegate.server.path": BIN } }, async (t) => {
  const { page, check, shot } = t;
  const onDisk = () => fs.readFileSync(path.join(t.workspace, SPEC), "utf8");
  /** Runs a command of the palette that asks something, and picks the answers. */
  const command = async (title, ...answers) => {
    await page.keyboard.press("F1");
    await t.see(".quick-input-widget");
    await page.locator(".quick-input-widget input.input").fill(`>${title}`);
    for (const answer of [title, ...answers]) {
      await t.see(PICK, answer);
      await page.locator(PICK, { hasText: answer }).first().click();
    }
    await t.gone(".quick-input-widget");
  };
  const press = (button) => page.locator(BUTTON, { hasText: button }).first().click();
  /** The text of the web views, each a frame in a frame. */
  const views = async () => {
    const texts = await Promise.all(page.frames().map((frame) => frame.locator("body").innerText({ timeout: 1000 }).catch(() => "")));
    return texts.join("\n");
  };

  await t.openFile(SPEC);
  await check("the lens of a spec offers the promotion", () =>
    until("lens", async () => (await t.allTextOf(LENS)).join(" | ").includes("Promote to staging"), 20_000));
  const before = git(t.workspace, "rev-parse", "HEAD");
  await check("a dry run is shown as a preview", async () => {
    await command("Stagegate: Dry Run...", "calc");
    await until("preview", async () => (await views()).includes("Promotion of calc from development to staging"), 20_000);
    expect(!fs.existsSync(path.join(t.workspace, ".stagegate")), "something was written");
  });
  await shot("plan");
  await t.openFile(SPEC);
  await check("a promotion asks for trust, then whether it is meant", async () => {
    await command("Stagegate: Promote Component...", "calc");
    await t.see(BUTTON, "Trust and run");
    await press("Trust and run");
    await t.see(TOAST, "Promote calc from development to staging?", 20_000);
    expect(git(t.workspace, "rev-parse", "HEAD") === before, "it was not agreed to");
  });
  await shot("question");
  await check("it ends in a commit, and says so", async () => {
    await press("Promote");
    await t.see(TOAST, "Promotion of `calc` to staging succeeded", 60_000);
    expect(onDisk().includes("**Status:** Staging"), onDisk());
    expect(git(t.workspace, "rev-parse", "HEAD") !== before, "no commit");
  });
  await shot("succeeded");
  await check("the dashboard is shown in a view without scripts", async () => {
    await press("Open dashboard");
    await t.see(".tab", "Stagegate dashboard", 20_000);
    await until("dashboard", async () => (await views()).includes("Overview"), 20_000);
  });
  await shot("dashboard");
  await page.locator(".tab", { hasText: "calc.md" }).first().click();
  await check("the lens offers to undo it", () =>
    until("lens", async () => (await t.allTextOf(LENS)).join(" | ").includes("Roll back to development"), 20_000));
});
