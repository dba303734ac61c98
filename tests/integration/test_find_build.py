"""How a Worker is built, by its package.json, lock file and wrangler file."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edgefleet.config.overlay.layers import Base
from edgefleet.onboard.project.find_build import FoundBuild, find_build

VITE = {
    "devDependencies": {"@cloudflare/vite-plugin": "^1.9.0"},
    "scripts": {"build": "vite build"},
}
ASTRO = {"scripts": {"build": "astro build"}}


def build_of(
    root: Path, package: dict[str, Any] | None, keys: dict[str, Any], folder: str = "."
) -> FoundBuild:
    """Return the build of a Worker with these files; its lock file stands at the root."""
    place = root / folder
    place.mkdir(parents=True, exist_ok=True)
    if package is not None:
        (place / "package.json").write_text(json.dumps(package))
    file = "wrangler.jsonc" if folder == "." else f"{folder}/wrangler.jsonc"
    return find_build(root, Base(file, "", keys))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "index.js").write_text("export default {}")
    return tmp_path


@pytest.mark.parametrize(
    ("package", "keys", "section"),
    [
        (None, {"main": "index.js"}, {}),
        ({"devDependencies": {"wrangler": "4"}}, {"main": "index.js"}, {}),
        ({"dependencies": {"hono": "4"}}, {"main": "index.js"}, {"with": "npm", "script": None}),
        (VITE, {"main": "index.js", "assets": {"directory": "dist"}}, {"with": "npm"}),
        (
            {**ASTRO, "dependencies": {"@astrojs/cloudflare": "^13.0.1"}},
            {"main": "@astrojs/cloudflare/entrypoints/server"},
            {"with": "npm"},
        ),
        (
            {**ASTRO, "dependencies": {"@astrojs/cloudflare": "12.6.12"}},
            {"main": "./dist/_worker.js/index.js"},
            {"with": "npm", "config": "wrangler.jsonc"},
        ),
        (
            {"scripts": {"build": "make"}},
            {"main": "index.js", "assets": {"directory": "./build/client"}},
            {"with": "npm", "config": "wrangler.jsonc"},
        ),
        (
            {"scripts": {"build": "make"}, "dependencies": {"react": "19"}},
            {"main": "gone.js", "build": {"command": "make"}},
            {"with": "npm", "script": None},
        ),
        (
            {"dependencies": {"explorer": "1"}},
            {"main": "index.js", "assets": {"directory": "node_modules/explorer/site"}},
            {},
        ),
    ],
)
def test_build_is_what_the_files_say(
    root: Path, package: dict[str, Any] | None, keys: dict[str, Any], section: dict[str, Any]
) -> None:
    found = build_of(root, package, keys)
    assert (dict(found.section), found.note) == (section, "")
    assert found.why


@pytest.mark.parametrize(
    ("lock", "manager"),
    [("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun")],
)
def test_lock_file_names_the_package_manager(tmp_path: Path, lock: str, manager: str) -> None:
    (tmp_path / lock).write_text("")
    found = build_of(tmp_path, VITE, {"main": "index.js"}, folder="apps/site")
    assert found.section["with"] == manager


def test_missing_lock_file_is_noted(tmp_path: Path) -> None:
    found = build_of(tmp_path, {"dependencies": {"hono": "4"}}, {"main": "index.js"})
    assert "(cd . && npm install)" in found.note


def test_packages_of_the_same_repository_are_inputs(root: Path) -> None:
    for name, needed in (("ui", {"@x/base": "workspace:*"}), ("base", {}), ("other", {})):
        (root / "packages" / name).mkdir(parents=True)
        package = {"name": f"@x/{name}", "dependencies": needed}
        (root / "packages" / name / "package.json").write_text(json.dumps(package))
    worker = {"dependencies": {"@x/ui": "workspace:^", "hono": "4"}}
    found = build_of(root, worker, {"main": "index.js"}, folder="apps/site")
    assert found.section["inputs"] == ["apps/site", "packages/ui", "packages/base"]
