// The scenario about TODO comments, in files that are nothing else to us; imported by vscode.mjs.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { BIN, scenario, TRUSTED } from "./vscode-check.mjs";

const LINK = ".editor-instance .detected-link";
const HINT = ".monaco-editor .squiggly-hint";
const ACTION = ".action-widget .monaco-list-row";

function fillWorkspace(dir) {
  const files = {
    "stagegate.yaml": "issues:\n  fetch: false\n",
    "src/cart/price.go": "package cart\n\n// TODO(#12): test prices\n// FIXME(repo#12): no owner\n\n// TODO: round\n",
  };
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    fs.writeFileSync(path.join(dir, name), text);
  }
  execFileSync("git", ["init", "--quiet", dir]);
  execFileSync("git", ["-C", dir, "remote", "add", "origin", "git@github.com:acme/shop.git"]);
}

await scenario("todo", { workspace: fillWorkspace, settings: TRUSTED, machine: { "stagegate.server.path": BIN } }, async (t) => {
  const { check, shot } = t;
  await t.openFile("src/cart/price.go");
  await check("a reference in a Go file is a link to its issue", () => t.see(LINK, "#12", 30_000));
  await check("a TODO without an issue is a hint", () => t.see(HINT));
  await check("nothing is offered that `issues.fetch: false` forbids", async () => {
    await t.goTo(6, 5);
    const found = await t.allTextOf(ACTION);
    if (found.some((text) => text.includes("Create issue"))) throw new Error(found.join(" | "));
  });
  await shot("todo");
});
