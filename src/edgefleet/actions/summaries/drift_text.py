"""What a look at many targets found, as Markdown for the page of a workflow's run."""

from collections import Counter
from collections.abc import Sequence

from edgefleet.core.ids import short_digest
from edgefleet.core.output.markdown import fenced, markdown_table
from edgefleet.drift.models import Drift, DriftSeverity, State
from edgefleet.drift.report import drift_text

HEADINGS = ("target", "state", *DriftSeverity, "ignored", "expected commit", "last deployment")
ORDER = (State.DRIFTING, State.NOT_DEPLOYED, State.IN_SYNC)
LONGEST_DETAILS = 8_000
DETAILED = 25
"""So many targets are shown in full, with so many characters each: of a larger summary than 1 MiB
GitHub shows nothing at all."""


def drift_summary(drifts: Sequence[Drift], unseen: Sequence[str]) -> str:
    """Return a table of all targets, then each difference; `unseen` could not be checked."""
    blank = [""] * (len(HEADINGS) - 2)
    rows = [[target, "COULD NOT LOOK", *blank] for target in unseen]
    rows += [_row(drift) for drift in sorted(drifts, key=lambda one: ORDER.index(one.state))]
    drifting = [drift for drift in drifts if drift.drifting]
    states = Counter(drift.state for drift in drifts)
    counts = (
        f"{len(drifting)} drifting, {states[State.IN_SYNC]} in sync, "
        f"{states[State.NOT_DEPLOYED]} not deployed, {len(unseen)} not seen"
    )
    parts = ["## Drift", f"{counts}.", markdown_table(HEADINGS, rows)]
    parts += [fenced(drift_text(drift), LONGEST_DETAILS) for drift in drifting[:DETAILED]]
    if len(drifting) > DETAILED:
        parts.append(f"{len(drifting) - DETAILED} more drifting targets are in the reports alone.")
    return "\n\n".join(parts)


def _row(drift: Drift) -> list[str]:
    counts = [sum(one.severity is kind for one in drift.findings) for kind in DriftSeverity]
    last = drift.last_change
    return [
        str(drift.target),
        drift.state,
        *(str(count or "") for count in counts),
        str(len(drift.ignored) or ""),
        short_digest(drift.expected.commit, "working tree")
        + (" (pending)" * drift.expected.pending),
        f"{last.created_on:%Y-%m-%d %H:%M} UTC by {last.author or 'unknown'}" if last else "",
    ]
