"""What a job leaves in its artifact, besides records."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from edgefleet.actions.github_actions import clean, cleaner
from edgefleet.drift.masking import masked_drift
from edgefleet.drift.models import Drift
from edgefleet.drift.report import drift_sarif
from edgefleet.drift.report_file import write_drifts

RESULTS = Path(".edgefleet/results")


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
