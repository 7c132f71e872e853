#!/usr/bin/env bash
# Drives a real Neovim against the server.
#
#   STAGEGATE_BIN=path/to/stagegate tests/editors/nvim.sh
#
# STAGEGATE_TOOLS   where install.sh puts Neovim (default: .tools in the repository)
# STAGEGATE_KEEP    when set, the temporary folder is kept, and named
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
tools=${STAGEGATE_TOOLS:-$repo/.tools}
bin=${STAGEGATE_BIN:?STAGEGATE_BIN must be the path of the stagegate program}
[ -x "$bin" ] || {
  echo "STAGEGATE_BIN is \"$bin\", which is not a program that can be run" >&2
  exit 2
}
bin=$(cd "$(dirname "$bin")" && pwd)/$(basename "$bin")

"$here/install.sh" "$tools" nvim
tools=$(cd "$tools" && pwd)

tmp=$(mktemp -d "${TMPDIR:-/tmp}/stagegate-nvim-XXXXXX")
cleanup() {
  if [ -n "${STAGEGATE_KEEP:-}" ]; then
    echo "kept: $tmp" >&2
  else
    rm -rf "$tmp"
  fi
}
trap cleanup EXIT
mkdir -p "$tmp"/{home,config,data,state,cache,run,tmp,bin}
# The plugin's default command is `stagegate`, so that name is what PATH must lead to.
ln -s "$bin" "$tmp/bin/stagegate"

export HOME="$tmp/home" TMPDIR="$tmp/tmp" XDG_CONFIG_HOME="$tmp/config" XDG_DATA_HOME="$tmp/data" \
  XDG_STATE_HOME="$tmp/state" XDG_CACHE_HOME="$tmp/cache" XDG_RUNTIME_DIR="$tmp/run" PATH="$tmp/bin:$PATH" \
  STAGEGATE_STATE_DIR="$tmp/state/stagegate" HERE="$here" PLUGIN="$repo/editors/neovim" DEMO="$repo/fixtures/demo" GIT_CONFIG_NOSYSTEM=1
unset NVIM NVIM_LOG_FILE VIMINIT VIM VIMRUNTIME MYVIMRC

cd "$tmp"
suites() {
  local status=0 suite
  for suite in nvim nvim-components nvim-todo nvim-gates nvim-runs; do
    timeout --kill-after=5 180 "$tools/nvim/nvim" --headless -u NONE -i NONE -n -c "luafile $here/$suite.lua" || status=1
  done
  return $status
}
# One sum for all suites.
suites | awk '/^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3; next } { print; fflush() }
  END { printf "%d passed, %d failed\n", p, f }'
