"""Which edgefleet this is: its version, and the commit that it was built from or runs from."""

from importlib.metadata import version
from pathlib import Path

from edgefleet.core.git import git_output

PACKAGE = Path(__file__).parents[1]
SOURCE = "source.txt"
"""In a package, and in what `git archive` made: the commit, in its first line."""
UNWRITTEN = "$Format"
SHORT = 7


def described(package: Path = PACKAGE) -> str:
    """Return what `edgefleet --version` prints, such as `edgefleet 0.2.0 (commit 1a2b3c4)`."""
    name = f"edgefleet {version('edgefleet')}"
    commit, _, changed = source_commit(package).partition("-")
    if not commit:
        return name
    return f"{name} (commit {commit[:SHORT]}{', with changes' if changed else ''})"


def source_commit(package: Path = PACKAGE) -> str:
    """Return the commit, followed by `-dirty` if files were changed; empty where it is not known.

    An installed package holds it. In a clone git is asked, which takes a process.
    """
    written = (package / SOURCE).read_text("utf-8").partition("\n")[0]
    if not written.startswith(UNWRITTEN):
        return written
    root = package.parents[1]
    if not (root / ".git").exists():  # a copy: a repository around it is another one
        return ""
    asked = ("describe", "--always", "--dirty", "--exclude=*", "--abbrev=40")
    return git_output(root, *asked) or ""
