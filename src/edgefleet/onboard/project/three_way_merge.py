"""Merge two descendants of a text, as git does."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.core.process import GIT, child_environment, run
from edgefleet.errors import ExternalError

LABELS = {"mine": "yours", "base": "as edgefleet wrote it", "theirs": "this edgefleet"}
MOST_CONFLICTS = 127
"""git merge-file ends with the number of conflicts, at most this one; above it is an error.

https://git-scm.com/docs/git-merge-file"""


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of both, and how many places both changed; those stand in it with markers."""

    text: str
    conflicts: int


def merged(mine: str, base: str, theirs: str) -> Merged:
    """Merge what a person and edgefleet made of `base`. Raises `ExternalError` where git cannot."""
    if "\r\n" in mine:
        base, theirs = (one.replace("\n", "\r\n") for one in (base, theirs))
    with TemporaryDirectory(prefix="edgefleet-merge-") as place:
        folder = Path(place)
        texts: Mapping[str, str] = {"mine": mine, "base": base, "theirs": theirs}
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode())
        labels = [word for label in LABELS.values() for word in ("-L", label)]
        command = ["git", "merge-file", *labels, *LABELS]
        done = run(command, cwd=folder, env=child_environment(os.environ, *GIT))
        if not 0 <= done.exit_code <= MOST_CONFLICTS:
            raise ExternalError(
                f"git merge-file ended with {done.exit_code}: {done.stderr.strip()}"
            )
        return Merged((folder / "mine").read_bytes().decode(), done.exit_code)
