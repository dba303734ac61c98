#!/usr/bin/env bash
# Installs what a job needs and puts it on the PATH of its later steps.
# KNOWN=true: .venv and node_modules were restored for exactly these lock files; the checkout only
# made the files newer than the trees.
set -euo pipefail

if [ "${KNOWN:-}" = true ]; then
  touch .venv/.python .venv/.node
fi
make setup
printf '%s\n' "$PWD/.venv/bin" "$PWD/node_modules/.bin" >> "$GITHUB_PATH"
