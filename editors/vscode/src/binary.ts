/**
 * Finds the server's program: the setting, else the one bundled with the extension, else the first on PATH; and
 * asks it for its version before it is used.
 */

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import * as path from "node:path";
import { SERVER_PATH } from "./config";

export interface Binary {
  readonly command: string;
  /** The first line of `stagegate --version`. */
  readonly version: string;
  /** Where it was found, in words. */
  readonly origin: string;
}

/** Says what is wrong with the program that was chosen; the message names what to change. */
export class BinaryError extends Error {}

/** A healthy program answers `--version` within milliseconds; a cold disk or a virus scanner may take seconds. */
const VERSION_TIMEOUT_MS = 10_000;

const EXE = process.platform === "win32" ? "stagegate.exe" : "stagegate";

/**
 * Returns the program to start.
 *
 * A path that the user set is never replaced by another program, even when it cannot be used.
 *
 * @throws {BinaryError} when there is none, or it does not answer as Stagegate.
 */
export async function findBinary(extensionDir: string, fromSetting: string | undefined): Promise<Binary> {
  const { command, origin } = await choose(extensionDir, fromSetting);
  return { command, origin, version: await askVersion(command, origin) };
}

async function choose(
  extensionDir: string,
  fromSetting: string | undefined,
): Promise<{ command: string; origin: string }> {
  if (fromSetting !== undefined) {
    if (!path.isAbsolute(fromSetting)) {
      throw new BinaryError(`The setting ${SERVER_PATH} must be an absolute path, and "${fromSetting}" is not.`);
    }
    if (!(await isExecutable(fromSetting))) {
      throw new BinaryError(`The setting ${SERVER_PATH} is "${fromSetting}", which is not a program that can be run.`);
    }
    return { command: fromSetting, origin: `the setting ${SERVER_PATH}` };
  }
  const bundled = path.join(extensionDir, "bin", EXE);
  if (await isExecutable(bundled)) {
    return { command: bundled, origin: "the extension" };
  }
  // Searched here and not by the system: Windows would try the workspace folder first.
  for (const dir of (process.env["PATH"] ?? "").split(path.delimiter).filter(path.isAbsolute)) {
    const candidate = path.join(dir, EXE);
    if (await isExecutable(candidate)) {
      return { command: candidate, origin: "PATH" };
    }
  }
  throw new BinaryError(
    `No stagegate program was found: this build of the extension brings none, and there is none on PATH. ` +
      `Set ${SERVER_PATH} to its path.`,
  );
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function askVersion(command: string, origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, ["--version"], { timeout: VERSION_TIMEOUT_MS, windowsHide: true }, (error, stdout, stderr) => {
      const firstLine = stdout.split(/\r?\n/, 1)[0]?.trim() ?? "";
      if (error === null && /^stagegate \d/.test(firstLine)) {
        resolve(firstLine);
        return;
      }
      const found =
        error === null
          ? `it answered "${firstLine}"`
          : error.killed
            ? `it gave no answer within ${VERSION_TIMEOUT_MS / 1000} s`
            : (stderr.trim().split(/\r?\n/, 1)[0] || error.message);
      reject(
        new BinaryError(
          `"${command}" (from ${origin}) did not answer --version as Stagegate does: ${found}. ` +
            `Set ${SERVER_PATH} to a working stagegate program.`,
        ),
      );
    });
  });
}
