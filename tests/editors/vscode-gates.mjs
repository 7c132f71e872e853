// The scenario about gates, run from the palette with scripts for tools; imported by vscode.mjs.

import fs from "node:fs";
import path from "node:path";
import { BIN, expect, scenario, TRUSTED } from "./vscode-check.mjs";
import { until } from "./vscode-driver.mjs";

const SPEC = "specs/calc.md";
const SOURCE = "src/calc/__init__.py";
const TOAST = ".notifications-toasts .notification-list-item-message";
const BUTTON = ".notifications-toasts .notification-list-item-buttons-container .monaco-button";
const PICK = ".quick-input-list .monaco-list-row .label-name";
const WARNING = ".monaco-editor .squiggly-warning";

function fillWorkspace(dir) {
  const files = {
    "stagegate.yaml": 'components:\n  source: ["src/<component>"]\ngates:\n  coverage:\n    command: [sh, measure.sh, "{report}"]\n    format: lcov\n',
    "measure.sh": "touch measured\nprintf 'SF:src/calc/__init__.py\\nDA:1,1\\nDA:2,0\\nend_of_record\\n' > \"$1\"\n",
    ".gitignore": "measured\n",
    [SOURCE]: "a = 1\nb = 2\n",
    [SPEC]: "# calc\n\n**Component Name:** calc\n**Status:** Development\n**Target Stage:** Staging\n\n## Acceptance Criteria\n\n### Staging\n\n- [ ] Test coverage >= 70%\n",
  };
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    fs.writeFileSync(path.join(dir, name), text);
  }
}

await scenario("gates", { workspace: fillWorkspace, settings: TRUSTED, machine: { "stagegate.server.path": BIN } }, async (t) => {
  const { page, check, shot } = t;
  const ran = () => fs.existsSync(path.join(t.workspace, "measured"));
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
  const hint = (text) => until(`hint "${text}"`, async () => (await t.lines()).some((line) => line.includes(text)), 20_000);

  await t.openFile(SPEC);
  await check("hints are shown", () => hint("now: development"));
  const runGates = () => command("Stagegate: Run Gates...", "calc", "staging");
  await check("a run asks for component, stage and trust", async () => {
    await runGates();
    await t.see(TOAST, "coverage: sh measure.sh");
    expect(!ran(), "it ran");
  });
  await shot("trust");
  await check("nothing runs when it is not trusted", async () => {
    await page.locator(BUTTON, { hasText: "Not now" }).click();
    await t.gone(TOAST, "coverage: sh measure.sh");
    expect(!ran(), "it ran");
  });
  await check("it runs when it is", async () => {
    await runGates();
    await page.locator(BUTTON, { hasText: "Trust and run" }).click();
    await until("run", ran, 30_000);
    await t.see(TOAST, "gates of staging are open", 60_000);
  });
  await shot("ran");
  await check("what is not met is a warning on its line, and a hint says what was measured", async () => {
    await t.see(WARNING);
    await hint("✗ 50 %");
  });
  await t.openFile(SOURCE);
  await check("the source shows its coverage", () => hint("covered 1 of 2 statements (50 %)"));
  await t.command("Stagegate: Show or Hide Uncovered Lines");
  await check("and the lines that no test ran", () => t.see(".monaco-editor .squiggly-unnecessary"));
  await shot("uncovered");
  await check("what would be run is shown as a document", async () => {
    await command("Stagegate: Trust Commands of Gates...", "Show what gates run here");
    await until("text", async () => (await t.lines()).some((line) => line.startsWith("Trusted: ")));
  });
});
