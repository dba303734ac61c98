"""Finds the runtime of Workers: Node.js, and Miniflare in the npm tree installed with localedge."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import platformdirs

from localedge.model import Json

VARIABLE = "LOCALEDGE_NODE_MODULES"

_SOURCES = Path(__file__).resolve().parents[4]
OWN = (
    _SOURCES / "node_modules"
    if (_SOURCES / "package-lock.json").is_file()
    else platformdirs.user_cache_path("edgefleet", appauthor=False) / "tools/current/node_modules"
)
"""The tree beside localedge's sources, or what `edgefleet setup` installed, if it has no sources;
whatever the working folder holds."""

_SET_UP = "make setup" if OWN.parent == _SOURCES else "edgefleet setup"

_PLACES = ("miniflare", "wrangler/node_modules/miniflare")
"""Where npm puts wrangler's dependency: beside it, or below it when versions differ."""

SAYS = "process.execPath + ' ' + process.versions.node"

_MAJORS = ("4", "5")
"""The major versions of Miniflare whose options localedge writes."""


class RuntimeUnavailable(Exception):
    """Workers cannot be run on this machine as it is; the message names the fix."""


def check_runtime(node_modules: Path | None = None) -> None:
    """Raise `RuntimeUnavailable` where Workers cannot be run on this machine as it is."""
    find_node(find_miniflare(node_modules))


def find_node(miniflare: Path) -> Path:
    """Return the first Node.js that is as new as Miniflare wants.

    It is looked for on PATH, beside Python, and beside the tree that set-up installed. It is the
    program itself, also where `node` is a script that starts it: a script may hand on no signal.
    Raises `RuntimeUnavailable` where there is none.
    """
    package = _package(miniflare)
    wanted = str(package.get("engines", {}).get("node", ""))
    old = ""
    for path in (None, str(Path(sys.executable).parent), str(OWN.parent / "bin")):
        node = shutil.which("node", path=path)
        if node is None:
            continue
        program, version = _said(node)
        if _numbers(version) >= _numbers(wanted):
            return Path(program)
        old = f"; {node} is {version}"
    raise RuntimeUnavailable(
        f"there is no `node` of {wanted} on PATH, which runs Workers by Miniflare "
        f"{package.get('version')}{old}; install a newer Node.js, or run `{_SET_UP}`"
    )


def find_miniflare(node_modules: Path | None = None) -> Path:
    """Return the folder of the Miniflare package.

    Searches `node_modules` if given, else the folder that LOCALEDGE_NODE_MODULES names, else the
    tree installed with localedge: never one that the working folder happens to be in. Raises
    `RuntimeUnavailable` where it does not hold a Miniflare that localedge can use.
    """
    named = node_modules or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    searched = named or OWN
    for place in _PLACES:
        folder = (searched / place).resolve()
        if not (folder / "package.json").is_file():
            continue
        version = str(_package(folder).get("version"))
        if version.partition(".")[0] not in _MAJORS:
            raise RuntimeUnavailable(
                f"localedge runs Miniflare {' or '.join(_MAJORS)}, and {folder} is {version}; name "
                f"an npm tree that holds wrangler 4 in {VARIABLE}"
            )
        return folder
    fix = "run `npm install wrangler` there" if named else f"run `{_SET_UP}`"
    raise RuntimeUnavailable(
        f"Miniflare is not in {searched}; {fix}, or name an npm tree that holds wrangler in "
        f"{VARIABLE}"
    )


@lru_cache
def _said(node: str) -> tuple[str, str]:
    """Return what a `node` says of itself: its program and its version."""
    try:
        done = subprocess.run(
            [node, "-p", SAYS], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as failed:
        raise RuntimeUnavailable(f"{node} does not start Node.js: {failed}") from failed
    program, _, version = done.stdout.strip().rpartition(" ")
    return program, version


def _package(folder: Path) -> dict[str, Json]:
    package: dict[str, Json] = json.loads((folder / "package.json").read_bytes())
    return package


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]
