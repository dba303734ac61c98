"""Who deploys, from where: git, and GitHub Actions where it runs us."""

import getpass
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from edgefleet.config.files.fleet_file import read_by_deploys
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.git import checkout
from edgefleet.records.models import Origin

MOST_NAMES = 10
"""Of files with uncommitted changes that a record names."""


def origin(root: Path, environ: Mapping[str, str]) -> Origin:
    """Describe this run for its record."""
    tree = checkout(root, read_by_deploys(root))
    return Origin(
        git_commit=tree.commit,
        dirty=tree.dirty,
        uncommitted=tuple(map(foreign_text, tree.uncommitted[:MOST_NAMES])),
        actor=foreign_text(environ.get("GITHUB_ACTOR") or tree.user or _login() or "") or None,
        run_url=run_url(environ),
        edgefleet_version=version("edgefleet"),
    )


def run_url(environ: Mapping[str, str]) -> str | None:
    """Return the address of the GitHub Actions run that runs us; None where none does."""
    parts = [environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    if not all(parts):
        return None
    server, repository, run_id = parts
    return f"{server}/{repository}/actions/runs/{run_id}"


def _login() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return None
