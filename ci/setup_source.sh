#!/usr/bin/env bash
# Says where this commit of edgefleet stands, which packages a job needs, and what locks them: the
# outputs `root`, `requirements` and `locks` of a step. With CACHE=false, and in another
# repository, these are the packages that edgefleet runs with, and none of those for its tests.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
requirements=requirements.txt
if [ "${CACHE:-true}" = true ] && [ "$root" -ef "$GITHUB_WORKSPACE" ]; then
  requirements=requirements-dev.txt
fi
cd "$root"
locks=$(cat "$requirements" requirements-node.txt package-lock.json pyproject.toml | sha256sum | cut -d' ' -f1)
printf '%s\n' "root=$root" "requirements=$requirements" "locks=$locks" >> "$GITHUB_OUTPUT"
