"""The Workers runtime that localedge starts: workerd, a native program in an npm package."""

import os
from pathlib import Path

from edgefleet.core.process import run
from edgefleet.errors import EdgefleetError

SECONDS = 30.0


def runtime_version(tree: Path) -> str | None:
    """Return what workerd says of itself; None if it is missing or does not start here."""
    programs = sorted(tree.glob("@cloudflare/workerd-*/bin/workerd"))
    for program in programs:
        try:
            done = run(
                [str(program), "--version"], cwd=tree, env={"PATH": os.defpath}, timeout=SECONDS
            )
        except (EdgefleetError, OSError, TimeoutError):
            continue
        if done.exit_code == 0:
            return done.stdout.strip()
    return None
