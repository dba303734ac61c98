"""What was counted and judged, as records keep it and messages say it."""

from edgefleet.canary.judge import Objection
from edgefleet.canary.models import Counts, Table, Window
from edgefleet.records.canary_steps import VersionCounts


def version_counts(window: Window) -> tuple[VersionCounts, VersionCounts]:
    """Return what was counted of the old and of the new version, as a record keeps it."""
    errors, slowness = window.errors, window.slowness
    timed = slowness != Table()
    return (
        _counts(errors.old, slowness.old if timed else None),
        _counts(errors.new, slowness.new if timed else None),
    )


def rounded(evidence: float) -> float:
    """Return evidence with as many digits as mean something."""
    return float(f"{evidence:.4g}")


def _counts(counted: Counts, slow: Counts | None) -> VersionCounts:
    return VersionCounts(
        requests=counted.requests, errors=counted.errors, slow=slow.errors if slow else None
    )


def against(objection: Objection, where: str = "") -> str:
    """Return why a version is refused, in words; `where` says by whose counts."""
    return f"its {objection.what}{where} are no chance: {objection.evidence:,.0f} to 1"
