"""The commands of hints, pasted; `PASTED` notes each, for the ledger of hints."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

PASTED: list[str] = []
"""What was pasted since the last test of hints began, as the hint said it."""


def fill(command: str, left_open: Mapping[str, str]) -> str:
    """Put what a hint leaves to its reader, such as NAME, into a command; note the command."""
    PASTED.append(command)
    for name, value in left_open.items():
        assert re.search(rf"\b{name}\b", command), f"{command} leaves no {name} open"
        command = re.sub(rf"\b{name}\b", value, command)
    return command


def paste_in(folder: Path, command: str, **left_open: str) -> "subprocess.CompletedProcess[str]":
    """Paste a command into a shell in a folder, where no question gets an answer."""
    identity = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "a"), ("EMAIL", "a@example.com"))
    }
    return subprocess.run(
        ["bash", "-euc", fill(command, left_open)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C", **identity},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
