// What the scenarios in VS Code share: one line for each check, then the sum. Knows how a server of ours is recognised.

import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { open, until } from "./vscode-driver.mjs";

const VSIX = process.env.VSIX;
const SHOTS = process.env.STAGEGATE_SHOTS;

/** The program under test. */
export const BIN = process.env.STAGEGATE_BIN;
/** Settings that trust every workspace. */
export const TRUSTED = { "security.workspace.trust.enabled": false };

let passed = 0;
let failed = 0;
function report(good, what, seen) {
  if (good) passed++;
  else failed++;
  console.log(`${good ? "ok" : "FAIL"} ${what}${good || seen === undefined ? "" : `\n  found: ${JSON.stringify(seen)}`}`);
}

/** The servers that run in the VS Code with this marker. */
function servers(marker) {
  return fs.readdirSync("/proc").filter((pid) => {
    try {
      return (
        /\0lsp\0$/.test(fs.readFileSync(`/proc/${pid}/cmdline`, "latin1")) &&
        fs.readFileSync(`/proc/${pid}/environ`, "latin1").includes(`STAGEGATE_TEST_MARKER=${marker}\0`)
      );
    } catch {
      return false; // Not a process, or one that has ended.
    }
  });
}

/** Runs one scenario in a VS Code of its own. Each check goes on after a failed one, so one run shows them all. */
export async function scenario(name, options, run) {
  const only = process.argv.slice(2);
  if (only.length > 0 && !only.includes(name)) return;
  const started = Date.now();
  const marker = randomUUID();
  let vscode;
  let shots = 0;
  const shot = async (label) => {
    if (!SHOTS) return undefined;
    fs.mkdirSync(SHOTS, { recursive: true });
    const file = path.join(SHOTS, `${name}-${++shots}-${label}.png`);
    await vscode.shot(file);
    return file;
  };
  /** `act` resolves with nothing when all is well, or throws. */
  const check = async (what, act) => {
    try {
      await act();
      report(true, `${name}: ${what}`);
    } catch (error) {
      const file = await shot("FAIL").catch(() => undefined);
      report(false, `${name}: ${what}`, `${error.message.split("\n")[0]}${file === undefined ? "" : `; see ${file}`}`);
    }
  };
  try {
    vscode = await open({ vsix: VSIX, marker, ...options });
    await run({ ...vscode, check, shot, servers: () => servers(marker), marker });
  } catch (error) {
    report(false, `${name}: the scenario runs to its end`, error.stack);
  } finally {
    await vscode?.close();
    vscode?.remove();
  }
  await check("no server is left behind", () => until("end of the servers", () => servers(marker).length === 0, 10_000));
  console.error(`# ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

export const expect = (good, seen) => {
  if (!good) throw new Error(`found ${JSON.stringify(seen)}`);
};

/** Prints the sum, and ends. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
