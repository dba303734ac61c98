"""What hatchling asks of this repository: the version, which the newest tag gives, and the commit.

Both are in src/edgefleet/source.txt of packages, and of what `git archive` made: GitHub makes its
downloads so, also those of actions. In a clone git tells them.
"""

import re
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCE = "src/edgefleet/source.txt"
UNWRITTEN = "$Format"
FIRST = "0.1.0"
"""The version that comes next where git knows no tag."""
TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)(rc\d+)?(?:-(\d+)-g[0-9a-f]+)?")
"""What `git describe` prints: a tag, and how many commits later HEAD is."""


def version() -> str:
    """Return the version: that of the tag, or the one after it as a development release."""
    return version_of(source()[1])


def version_of(described: str) -> str:
    """Return the version that a description by git means.

    `v0.2.0` is 0.2.0, and five commits later 0.2.1.dev5. Raises `SystemExit` for another tag.
    """
    if not described:
        return f"{FIRST}.dev0"
    found = TAG.fullmatch(described)
    if found is None:
        raise SystemExit(f"{described}: a tag of a version is like v0.2.0 or v0.2.0rc1")
    major, minor, patch, candidate, later = found.groups()
    if later is None:
        return f"{major}.{minor}.{patch}{candidate or ''}"
    next_patch = int(patch) + (candidate is None)
    return f"{major}.{minor}.{next_patch}.dev{later}"


def source() -> tuple[str, str]:
    """Return the commit, and what git says of it by the newest tag; empty where nothing tells."""
    written = (ROOT / SOURCE).read_text("utf-8").splitlines()
    if not written[0].startswith(UNWRITTEN):
        return written[0], written[1] if len(written) > 1 else ""
    commit = _git("describe", "--always", "--dirty", "--exclude=*", "--abbrev=40")
    return commit, _git("describe", "--tags", "--match=v[0-9]*")


def _git(*arguments: str) -> str:
    """Return what git says of this folder; nothing where it is no clone, but a part of another."""
    if (ROOT / ".git").exists():
        with suppress(OSError, subprocess.CalledProcessError):
            command = ["git", "-C", str(ROOT), *arguments]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            return done.stdout.strip()
    return ""


class CustomBuildHook(BuildHookInterface[Any]):
    """Writes source.txt of a package. An editable installation asks git when it is asked."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Hand hatchling the file, in the place of the one that git keeps."""
        if version == "editable":
            return
        file = Path(mkdtemp(prefix="edgefleet-")) / "source.txt"
        file.write_text("".join(f"{line}\n" for line in source()), "utf-8")
        place = SOURCE if self.target_name == "sdist" else SOURCE.removeprefix("src/")
        build_data["force_include"][str(file)] = place
