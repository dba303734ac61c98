"""Keep a job to the records that it writes itself: what lies about was written by anybody.

A record decides what a job says of its target and where `--to previous` leads, so none may come
with the checkout.
"""

from pathlib import Path

from edgefleet.actions.github_actions import annotate
from edgefleet.core.git import tracked
from edgefleet.errors import ConfigError

FOLDER = "deployments"


def refuse_tracked_records(root: Path) -> None:
    """Raise `ConfigError` where git tracks a record."""
    found = tracked(root, f"{FOLDER}/*.json", f"{FOLDER}/**/*.json")
    if found:
        raise ConfigError(
            f"git tracks {', '.join(found[:3])}{' and more' * (len(found) > 3)}: records are "
            "written by the job that deploys, and never committed",
            hint=f"git rm --cached {' '.join(found[:3])}",
        )


def remove_records(root: Path) -> list[str]:
    """Remove every record that lies in the checkout, and return their names."""
    found = sorted(root.glob(f"{FOLDER}/**/*.json"))
    for file in found:
        file.unlink()
    return [file.relative_to(root).as_posix() for file in found]


def keep_to_own_records(root: Path, action: str, title: str) -> None:
    """See to it that a job finds no record but its own; raises `ConfigError`.

    A tracked one stops a deploy. It does not stop a rollback: what brings back must work on an
    evening when nothing else does, and the records are gone by then.
    """
    if action == "deploy":
        refuse_tracked_records(root)
    if found := remove_records(root):
        words = f"records that this job did not write were removed: {', '.join(found[:3])}"
        annotate("warning", title, words)
