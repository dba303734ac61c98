#!/usr/bin/env bash
# Installs what a job needs and puts it on the PATH of its later steps: this commit of edgefleet
# where it stands, and in another repository the packages of that one's Worker.
# KNOWN=true: .venv and node_modules were restored for exactly these lock files; the checkout only
# made the files newer than the trees. PACKAGES=false: nothing is built from the other repository.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
if [ "${KNOWN:-}" = true ]; then
  touch .venv/.python .venv/.node
fi
make setup
printf '%s\n' "$root/.venv/bin" "$root/node_modules/.bin" >> "$GITHUB_PATH"

if [ "${PACKAGES:-true}" = true ] && ! [ "$root" -ef "$GITHUB_WORKSPACE" ] &&
  [ -f "$GITHUB_WORKSPACE/package-lock.json" ]; then
  cd "$GITHUB_WORKSPACE"
  PATH="$root/.venv/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
fi
