"""Drift, as a test needs it."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from edgefleet.config.target import STAGING, Target
from edgefleet.core.model import Json
from edgefleet.drift.models import Baseline, Drift, DriftFinding, DriftSeverity
from edgefleet.state.models import Change, ChangeKind


def drift_of(tenant: str, **differences: Json) -> Drift:
    """Return the drift of a tenant's staging; `LOG_LEVEL="debug"` is a var that was added."""
    found = [
        DriftFinding(
            change=Change(path=f"vars.{name}", kind=ChangeKind.REMOVED, before=value),
            happened=ChangeKind.ADDED,
            severity=DriftSeverity.MEDIUM,
            looks_like="a dashboard edit",
        )
        for name, value in differences.items()
    ]
    return Drift(
        target=Target(tenant=tenant, environment=STAGING),
        script=f"{tenant}-worker-staging",
        expected=Baseline(commit="c" * 40, why="the last record"),
        findings=tuple(found),
    )


def write_drifts(path: Path, drifts: Sequence[Drift]) -> Path:
    """Write a report as `edgefleet drift --format json` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(TypeAdapter(tuple[Drift, ...]).dump_json(tuple(drifts)))
    return path
