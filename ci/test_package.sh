#!/usr/bin/env bash
# Tests a wheel where nothing else of this repository is: installs it alone into an empty environment,
# lets it set itself up and look around, and rehearses a small fleet.
set -euo pipefail

wheel=$(realpath "$1")
fleet=$(cd "$(dirname "${BASH_SOURCE[0]}")/../tests/fixtures/fleets/page" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

export HOME=$folder/home XDG_CACHE_HOME=$folder/home/cache
unset VIRTUAL_ENV PYTHONPATH EDGEFLEET_NODE_MODULES
mkdir "$folder/home"
"${PYTHON:-python3}" -m venv "$folder/venv"
export PATH="$folder/venv/bin:$PATH"
python -m pip install --quiet --disable-pip-version-check "$wheel"

cp -R "$fleet" "$folder/fleet"
cd "$folder/fleet"
git init --quiet
git add --all
git -c user.name=test -c user.email=test@example.com commit --quiet --message "a small fleet"

edgefleet --version | tee "$folder/version"
version=$(basename "$wheel" | cut -d- -f2)
grep -Eq "^edgefleet $version \(commit [0-9a-f]{7}\)$" "$folder/version" ||
  { echo "it does not say version $version and a commit without changes" >&2; exit 1; }
edgefleet setup
edgefleet rehearse

# An embedded Cloudflare in the place of the real one: a build must not depend on who is there.
localedge serve --port 0 --runtime none --state "$folder/edge" \
  --account "$(printf '0%.0s' {1..32}):small:made-up-token" > "$folder/log" 2>&1 &
trap 'kill %1; rm -rf "$folder"' EXIT
until api=$(grep -o 'http://[0-9.:]*/client/v4' "$folder/log"); do
  kill -0 %1 || { cat "$folder/log"; exit 1; }
  sleep 0.1
done
CLOUDFLARE_API_BASE_URL=$(head -n 1 <<< "$api") edgefleet doctor
