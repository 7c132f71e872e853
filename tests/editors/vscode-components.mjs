// The scenario about components and their stages, over a copy of the demo; imported by vscode.mjs.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BIN, expect, scenario, TRUSTED } from "./vscode-check.mjs";
import { sleep, until } from "./vscode-driver.mjs";

const DEMO = fileURLToPath(new URL("../../fixtures/demo", import.meta.url));
const SPEC = "specs/reporting.md";
const ERROR = ".monaco-editor .squiggly-error";
const LENS = ".editor-instance .codelens-decoration";
const ROW = ".markers-panel .monaco-list-row";
const HOVER = ".monaco-hover .hover-contents";
const SUGGESTION = ".suggest-widget.visible .monaco-list-row";
const RENAME = ".rename-box .rename-input";
const PREVIEW = ".bulk-edit-panel";
const ACTION = ".action-widget .monaco-list-row";

function fillWorkspace(dir) {
  fs.cpSync(DEMO, dir, { recursive: true });
  execFileSync("git", ["init", "--quiet", dir]);
}

await scenario("components", { workspace: fillWorkspace, settings: TRUSTED, machine: { "stagegate.server.path": BIN } }, async (t) => {
  const { page, check, shot } = t;
  const onDisk = (file) => fs.readFileSync(path.join(t.workspace, file), "utf8");
  const rowOf = (file, text) => onDisk(file).split("\n").findIndex((line) => line.includes(text)) + 1;
  /** Puts the cursor into the name of a dependency of the open spec. */
  const toDependency = (name) => t.goTo(rowOf(SPEC, `- \`${name}\``), 6);
  /** Waits until a visible line holds all of `texts`. */
  const line = (...texts) =>
    until(`a line with ${texts.join(" and ")}`, async () => (await t.lines()).find((one) => texts.every((text) => one.includes(text))));
  const lenses = async () => (await t.allTextOf(LENS)).join(" | ");
  const seeLens = (text) => t.see(LENS, text);

  await t.openFile(SPEC);
  await check("the lens of a spec shows stage, criteria, coverage and blockers", async () => {
    await seeLens("Development → Staging");
    const text = await lenses();
    for (const part of ["criteria 0/6", "coverage 100 % of 70 %", "1 blocker", "open MATURITY.md", "open source"]) expect(text.includes(part), text);
  });
  await check("what leads nowhere is plain text, and what leads somewhere is a link", async () => {
    const links = await t.allTextOf(`${LENS} a`);
    expect(links.join(" | ") === "1 blocker | Run gates | Promote to staging | Dry run | open MATURITY.md | open source", links);
  });
  await check("a hint shows the actual stage beside the target", () => line("Target Stage:", "now: development"));
  await check("the outline is VS Code's own, and there is no second one", async () => {
    await t.see(".breadcrumbs-control", "Component Specification");
    const text = await t.textOf(".breadcrumbs-control");
    expect(!/Stagegate|Markdown Language Features/.test(text), text);
  });
  await shot("top");

  await toDependency("pricing");
  await check("a dependency below the target has a squiggle", () => t.see(ERROR));
  await check("hints stand beside the dependencies", async () => {
    await line("notifications", "below staging");
    await line("pricing", "now: staging");
  });
  await check("hover shows the card of a component", async () => {
    await t.summon(["Control+K", "Control+I"], HOVER, "pricing");
    const text = await t.textOf(HOVER, "pricing");
    expect(/staging/i.test(text) && /production/i.test(text), text);
  });
  await sleep(400); // It fades in.
  await shot("hover");
  await page.keyboard.press("Escape");

  await page.keyboard.press("Control+B");
  for (const title of ["## Requirements", "## Overview"]) {
    await t.goTo(rowOf(SPEC, title), 1);
    await page.keyboard.press("Control+Shift+BracketLeft");
  }
  await t.goTo(1, 1);
  await t.command("Problems: Focus on Problems View");
  await check("the Problems view names the other file that decides", async () => {
    await page.locator(".panel input[placeholder^=Filter]").first().fill(SPEC);
    await t.see(ROW, "is to reach staging, but");
    await t.see(ROW, "`Development` stands here");
  });
  await shot("problems");
  await page.locator(".panel input[placeholder^=Filter]").first().fill("");
  await page.keyboard.press("Control+J");
  await page.keyboard.press("Control+B");

  await t.openFile(SPEC);
  await check("F12 on a dependency opens its spec", async () => {
    await toDependency("pricing");
    await t.summon("F12", ".tabs-container .tab.active", "pricing.md");
  });
  await t.openFile(SPEC);

  await check("Shift+F12 shows who names a component", async () => {
    await toDependency("pricing");
    await t.summon("Shift+F12", ".peekview-widget .ref-tree .monaco-list-row", "forecast.md");
  });
  await shot("references");
  await page.keyboard.press("Escape");
  await check("the call hierarchy shows who depends on it", async () => {
    await toDependency("pricing");
    await t.summon("Shift+Alt+H", ".sidebar .monaco-list-row", /^forecast\W*no stage stated/);
    await t.see(".sidebar .monaco-list-row", /^reporting\W*development/);
  });
  await shot("calls");
  await page.keyboard.press("Control+Shift+E");
  await check("Ctrl+T finds a component", async () => {
    await t.summon(["Control+T"], ".quick-input-widget");
    await page.locator(".quick-input-widget input.input").fill("#calcu");
    await t.see(".quick-input-list .monaco-list-row", /^calculator/);
  });
  await shot("symbols");
  await page.keyboard.press("Escape");

  await check("the blocker lens leads to the line", async () => {
    await t.goTo(1, 1);
    await page.locator(`${LENS} a`, { hasText: "1 blocker" }).first().click();
    await t.see(".statusbar-item", `Ln ${rowOf(SPEC, "- `notifications`")}, Col`);
  });
  await shot("blocker");
  await check("the MATURITY lens opens the file", async () => {
    await t.goTo(1, 1);
    await page.locator(`${LENS} a`, { hasText: "open MATURITY.md" }).first().click();
    await t.see(".tabs-container .tab.active", "MATURITY.md");
    await seeLens("open spec");
  });
  await shot("maturity");

  await check("lenses stand in the source of a component", async () => {
    await t.openFile("src/calculator/__init__.py");
    await seeLens("Development → Staging");
    await seeLens("open spec");
  });
  await shot("source");

  await t.openFile(SPEC);
  await check("typing a dependency offers the names of components", async () => {
    await t.goTo(rowOf(SPEC, "- `pricing`"), onDisk(SPEC).split("\n")[rowOf(SPEC, "- `pricing`") - 1].length + 1);
    await page.keyboard.press("Enter");
    // Markdown lists go on by themselves in some versions; the line has to begin like this one way or the other.
    const typed = (await t.lines()).some((one) => one === "- ") ? "`" : "- `";
    await page.keyboard.type(typed);
    await t.see(SUGGESTION, "calculator");
  });
  await shot("completion");
  await check("and inserts one with its stage", async () => {
    await page.locator(SUGGESTION, { hasText: "calculator" }).first().click();
    await line("- `calculator` (development)");
  });
  await check("which gets its own hint and squiggle", async () => {
    // While somebody types in a line, VS Code shows no more than a place for a new hint.
    await t.goTo(1, 1);
    await toDependency("pricing");
    await line("- `calculator` (development)", "below staging");
    await until("a second squiggle", async () => (await page.locator(ERROR).count()) === 2);
  });
  await shot("completed");
  await t.command("File: Revert File");

  await check("Ctrl+. offers the actual stage for the outdated one", async () => {
    await t.goTo(rowOf(SPEC, "- `pricing`"), 16);
    await t.summon("Control+.", ACTION, "Write `staging`");
  });
  await shot("quickfix");
  await check("and writes it", async () => {
    await page.locator(ACTION, { hasText: "Write `staging`" }).first().click();
    await line("- `pricing` (staging)");
    await page.keyboard.press("Control+S");
    await until("saved file", () => onDisk(SPEC).includes("- `pricing` (staging)"));
  });

  await check("a promotion by another program takes squiggle and blocker away, without an edit", async () => {
    await toDependency("notifications");
    await t.see(ERROR);
    const file = "src/notifications/MATURITY.md";
    fs.writeFileSync(path.join(t.workspace, file), onDisk(file).replace("**Current Stage**: Development", "**Current Stage**: Staging"));
    await t.gone(ERROR);
    await line("notifications", "now: staging");
    await t.goTo(1, 1);
    await t.gone(LENS, "blocker");
    await seeLens("Development → Staging");
  });
  await shot("promoted");

  await check("F2 renames a component, after a preview of its folders", async () => {
    await toDependency("pricing");
    await t.summon("F2", RENAME);
    await page.locator(RENAME).fill("prices");
    await page.locator(RENAME).press("Enter");
    await t.see(PREVIEW, "pricing");
  });
  await shot("rename-preview");
  await check("and applies it to every spec", async () => {
    await page.locator(`${PREVIEW} .monaco-button`, { hasText: "Apply" }).first().click();
    await until("renamed spec", () => fs.existsSync(path.join(t.workspace, "specs/prices.md")));
    await until("renamed dependency", () => onDisk(SPEC).includes("- `prices` (staging)"));
    await until("renamed MATURITY entry", () => onDisk("src/reporting/MATURITY.md").includes("- Prices ("));
    expect(onDisk("specs/prices.md").includes("**Component Name:** prices"), onDisk("specs/prices.md").slice(0, 200));
    expect(fs.existsSync(path.join(t.workspace, "src/pricing")), "no src/pricing");
  });
  await check("and knows the new name at once", async () => {
    await until("saved files", async () => (await page.locator(".tab.dirty").count()) === 0);
    await toDependency("prices");
    await t.summon(["Control+K", "Control+I"], HOVER, "Component prices");
    const text = await t.textOf(HOVER, "Component prices");
    expect(!text.includes("no component is called"), text);
  });
  await shot("renamed");
});
