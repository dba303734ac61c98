"""What a job has to tell of a target beside its record, for the page of the run.

A file for each target, in the job's artifact: a record is edgefleet's, and says nothing of a smoke
test after it, or of a plan that could not be read.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from edgefleet.config.target import Target
from edgefleet.core.model import Model

SMOKE_FAILED = "deployed, smoke test failed"
SUPERSEDED = "superseded"
NO_PLAN = "plan not shown"


class Told(Model):
    """One target, and what is to be told of it."""

    target: Target
    outcome: str
    why: str
    good: bool = False
    """Whether the job ended as it should."""
    under_way: bool | None = None
    """Whether a canary is under way there; None: that is not known."""
    at: AwareDatetime | None = None
    """When that was so."""


def write_outcome(folder: Path, target: Target, outcome: str, why: str) -> None:
    """Write what a job has to tell, beside its record or in the place of one."""
    keep_outcome(folder, Told(target=target, outcome=outcome, why=why, good=outcome == SUPERSEDED))


def keep_outcome(folder: Path, told: Told) -> None:
    """Write a separate file for a target: artifacts are put together in one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"outcome-{told.target}.json").write_text(told.model_dump_json() + "\n", "utf-8")


def read_outcomes(folder: Path) -> Mapping[Target, Told]:
    """Return what the jobs told, by target; a file that is none of them is passed over."""
    found: dict[Target, Told] = {}
    for file in sorted(folder.rglob("outcome-*.json")):
        try:
            told = Told.model_validate_json(file.read_bytes())
        except (OSError, ValidationError):
            continue
        found[told.target] = told
    return found
