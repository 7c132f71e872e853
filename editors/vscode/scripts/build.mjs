// Bundles the extension into dist/extension.js, and the licences of what was bundled into
// dist/THIRD-PARTY-NOTICES.txt.

import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(path.join(path.dirname(fileURLToPath(import.meta.url)), ".."));
rmSync("dist", { recursive: true, force: true });

const result = await build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  keepNames: true,
  platform: "node",
  format: "cjs",
  // The Node of the oldest VS Code that package.json allows.
  target: "node20",
  external: ["vscode"],
  metafile: true,
  logLevel: "warning",
});

const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const dir = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
  if (dir !== undefined) packages.add(dir);
}

const notices = [...packages].sort().map((dir) => {
  const { name, version, license } = JSON.parse(readFileSync(path.join(dir, "package.json"), "utf8"));
  const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${dir} has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(path.join(dir, file), "utf8").trim()}\n`;
});
writeFileSync(
  "dist/THIRD-PARTY-NOTICES.txt",
  `The file extension.js contains these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`,
);
