#!/usr/bin/env bash
# Runs make in a fresh clone of the last commit, on a PATH of what the README asks for and no more:
# no Node, no ps, no other tool that this machine happens to have. Arguments are make's.
set -euo pipefail

# What a minimal Debian with python3, python3-venv, git and make does not have.
absent=(node nodejs npm npx corepack yarn pnpm ps pgrep pkill top free uptime vmstat watch lsof strace
  curl wget jq rsync unzip docker act uv uvx gh)

here=$(git rev-parse --show-toplevel)
folder=$(mktemp -d)
chmod 755 "$folder" # PostgreSQL, which never runs as root, is started from it
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"

# A separate link for Python: the first one on PATH may be a virtual environment's, or a shim.
python=$("${PYTHON:-python3}" -c 'import os, sys; print(os.path.realpath(sys.executable))')
ln -s "$python" "$folder/bin/python3"

IFS=: read -ra places <<< "$PATH"
for place in "${places[@]}"; do
  case "$place" in "$here"/* | *shims*) continue ;; esac
  ln -s "$place"/* "$folder/bin" 2> /dev/null || true # of two programs of one name, the first counts
done
(cd "$folder/bin" && rm -f "${absent[@]}")

git clone --quiet "$here" "$folder/repository"
unset MAKEFLAGS MAKELEVEL VIRTUAL_ENV LOCALEDGE_NODE_MODULES
cd "$folder/repository"
PATH="$folder/bin" make PYTHON=python3 "$@"
