"""What a job leaves in its artifact, besides records."""

import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from pydantic import TypeAdapter

from edgefleet.actions.github_actions import clean, cleaner
from edgefleet.config.target import Target
from edgefleet.core.foreign.file import read_foreign
from edgefleet.core.model import Model
from edgefleet.drift.masking import masked_drift
from edgefleet.drift.models import Drift
from edgefleet.drift.report import drift_sarif
from edgefleet.drift.report_file import write_drifts
from edgefleet.github.workflow_files import workflow_file

RESULTS = Path(".edgefleet/results")
UNBUILT = "unbuilt.json"


class UnbuiltTarget(Model):
    """A target that could not be looked at yet: no job has built the commit that it runs."""

    target: Target
    commit: str
    batch: bool
    """Whether its token comes from the program of batches."""


_UNBUILT = TypeAdapter(tuple[UnbuiltTarget, ...])


def keep_unbuilt(left: Sequence[UnbuiltTarget]) -> None:
    """Write which targets are left to a later job."""
    if left:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / UNBUILT).write_bytes(_UNBUILT.dump_json(tuple(left), indent=2))


def read_unbuilt(folder: Path) -> list[UnbuiltTarget]:
    """Return the targets that jobs left to a later one; `folder` holds their artifacts."""
    again = f"look again: gh workflow run {workflow_file(Path.cwd(), 'drift')}"
    parse: Callable[[object], tuple[UnbuiltTarget, ...]] = _UNBUILT.validate_python
    files = sorted(folder.rglob(UNBUILT))
    return [one for file in files for one in read_foreign(file, parse, "list of targets", again)]


def keep_plan(name: str, text: str) -> None:
    """Write the plan of a target or a shard, cleaned."""
    if text.strip():
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"plan-{name}.txt").write_text(clean(text).strip() + "\n", "utf-8")


def keep_drifts(found: Sequence[Drift]) -> list[Drift]:
    """Write what was found as JSON and SARIF, and return it as written.

    A secret in clear among what is live is drift to be reported, so it is masked before anything
    stands where artifacts are collected, which refuses what holds one.
    """
    masked = cleaner()
    drifts = [masked_drift(drift, masked) for drift in found]
    RESULTS.mkdir(parents=True, exist_ok=True)
    write_drifts(RESULTS / "drift.json", drifts)
    log = drift_sarif(drifts, version("edgefleet"))
    (RESULTS / "drift.sarif").write_text(json.dumps(log, indent=2) + "\n", "utf-8")
    return drifts
