"""Finds the runtime of Workers: Node.js on PATH, and Miniflare in an npm tree."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "LOCALEDGE_NODE_MODULES"

_PLACES = ("miniflare", "wrangler/node_modules/miniflare")
"""Where npm puts wrangler's dependency: beside it, or below it when versions differ."""


class RuntimeUnavailable(Exception):
    """Workers cannot be run on this machine as it is; the message names the fix."""


def check_runtime(node_modules: Path | None = None) -> None:
    """Raise `RuntimeUnavailable` where Workers cannot be run on this machine as it is."""
    find_node()
    find_miniflare(node_modules)


def find_node() -> Path:
    """Return the Node.js on PATH, or else beside Python, as in a virtual environment.

    It is the program itself, also where `node` is a script that starts it: a script may hand on no
    signal. Raises `RuntimeUnavailable` where there is none.
    """
    node = shutil.which("node") or shutil.which("node", path=Path(sys.executable).parent)
    if node is None:
        raise RuntimeUnavailable(
            "there is no `node` on PATH, which runs Workers; install Node.js 20 or later"
        )
    return _program(Path(node))


def find_miniflare(node_modules: Path | None = None) -> Path:
    """Return the folder of the Miniflare package.

    Searches `node_modules` if given, else into the folder that LOCALEDGE_NODE_MODULES names,
    else into the nearest npm tree upward of the working folder, then of this source file.
    Raises `RuntimeUnavailable` where none holds it.
    """
    named = node_modules or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    searched = [named] if named else list(_candidates())
    for folder in searched:
        for place in _PLACES:
            if (folder / place / "package.json").is_file():
                return (folder / place).resolve()
    where = searched[0] if named else f"any node_modules upward of {Path.cwd()}"
    raise RuntimeUnavailable(
        f"Miniflare is not in {where}; run `npm install wrangler` there, or name an npm tree that "
        f"holds wrangler in {VARIABLE}"
    )


def _program(node: Path) -> Path:
    with node.open("rb") as file:
        if file.read(2) != b"#!":
            return node
    try:
        done = subprocess.run(
            [node, "-p", "process.execPath"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as failed:
        raise RuntimeUnavailable(f"{node} does not start Node.js: {failed}") from failed
    return Path(done.stdout.strip())


def _candidates() -> Iterator[Path]:
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            yield folder / "node_modules"
