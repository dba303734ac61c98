"""How wrangler is started: by Node with our flags, or as what an npm tree has in its place."""

import os
from pathlib import Path

import pytest

from edgefleet.build.wrangler import FLAGS, Wrangler

LAUNCHER = """#!/usr/bin/env node
const form = process.argv[process.argv.indexOf("--outfile") + 1];
require("node:fs").writeFileSync(form, process.execArgv.join(" "));
"""
SHIM = '#!/bin/sh\nexec node "$(dirname "$0")/../wrangler/bin/wrangler.js" "$@"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return an npm tree whose wrangler writes Node's flags where a bundle is asked for."""
    for name, text in {"wrangler/package.json": "{}", "wrangler/bin/wrangler.js": LAUNCHER}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "wrangler/bin/wrangler.js").chmod(0o755)
    (tmp_path / ".bin").mkdir()
    return tmp_path


def flags(tree: Path) -> str:
    form = Wrangler(tree, os.environ, str).bundle(tree / "wrangler.json").form
    assert form is not None
    return form.decode()


def test_npms_link_is_started_with_flags_for_node(tree: Path) -> None:
    (tree / ".bin/wrangler").symlink_to("../wrangler/bin/wrangler.js")
    assert flags(tree) == " ".join(FLAGS)


def test_a_shell_script_in_its_place_is_started_as_it_is(tree: Path) -> None:
    (tree / ".bin/wrangler").write_text(SHIM)
    (tree / ".bin/wrangler").chmod(0o755)
    assert flags(tree) == ""
