"""Drift, for people, for GitHub's annotations and for code scanning (SARIF)."""

from collections.abc import Sequence

from edgefleet.config.target import target_entry
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.ids import short_digest
from edgefleet.core.model import Json
from edgefleet.core.output.github_annotations import workflow_command
from edgefleet.core.output.sarif import sarif_location, sarif_log
from edgefleet.drift.models import Drift, DriftFinding, DriftSeverity, State
from edgefleet.drift.rules import OPPOSITE
from edgefleet.plan.report import change_text
from edgefleet.records.signature import without_canary
from edgefleet.state.models import Change

LEVELS = {DriftSeverity.HIGH: "error", DriftSeverity.MEDIUM: "warning", DriftSeverity.LOW: "note"}
ANNOTATIONS = {
    DriftSeverity.HIGH: "error",
    DriftSeverity.MEDIUM: "warning",
    DriftSeverity.LOW: "notice",
}


LEGEND = "- gone, + added, ~ expected -> live"
"""What the signs of a report mean: what happened, not what a repair would do."""


def drift_text(drift: Drift, *, legend: bool = True) -> str:
    """Return each difference with how bad it is and how it was made, as far as anything tells.

    `legend` adds what the signs mean.
    """
    lines = [f"{drift.target}: {_state(drift)}"]
    lines += [f"  {one.severity:<6} {_words(one)}" for one in drift.findings]
    lines += [f"  ignored {happened_text(change)}" for change in drift.ignored]
    lines += [f"  note: {note}" for note in drift.notes]
    if drift.canary and drift.canary_ended is None:
        lines.append(f"  canary: {drift.canary.words}")
        lines.append(f"  next: {drift.canary.next}")
    if drift.expected.pending:
        lines.append("  pending: a deploy of the checked-out commit would change this target")
    if drift.findings and drift.last_change:
        last = drift.last_change
        lines.append(
            f"  last deployment: {last.created_on:%Y-%m-%d %H:%M} UTC by "
            f"{foreign_text(last.author or 'an unnamed author')} "
            f"(source {foreign_text(last.source or 'unknown')})"
            + (f": {foreign_text(without_canary(last.message))}" if last.message else "")
        )
    if legend and drift.drifting:
        lines.append(f"  ({LEGEND})")
    return "\n".join(lines)


def happened_text(change: Change) -> str:
    """Return what happened to the live state: what is gone, what was added, expected -> live."""
    turned = {"kind": OPPOSITE[change.kind], "before": change.after, "after": change.before}
    return change_text(change.model_copy(update=turned))


def _words(one: DriftFinding) -> str:
    return happened_text(one.change) + (f"  ({one.looks_like})" if one.looks_like else "")


def drift_json(drifts: Sequence[Drift]) -> list[dict[str, Json]]:
    """Return all drifts as a JSON value."""
    return [target_entry(one.target, one.model_dump(mode="json")) for one in drifts]


def drift_github(drifts: Sequence[Drift]) -> str:
    """Return one annotation for each difference, at the tenant's wrangler file."""
    return "\n".join(
        workflow_command(
            ANNOTATIONS[one.severity],
            {"file": _file(drift), "title": f"drift at {drift.target}"},
            _words(one),
        )
        for drift in drifts
        for one in drift.findings
    )


def drift_sarif(drifts: Sequence[Drift], version: str) -> Json:
    """Return a SARIF log, a result for each difference."""
    results = [_result(drift, one) for drift in drifts for one in drift.findings]
    rules = [{"id": name} for name in sorted({str(one["ruleId"]) for one in results})]
    return sarif_log("edgefleet drift", version, rules, results)


def _result(drift: Drift, one: DriftFinding) -> dict[str, Json]:
    return {
        "ruleId": f"drift/{one.change.path.split('.')[0]}",
        "level": LEVELS[one.severity],
        "message": {"text": f"{drift.target}: {_words(one)}"},
        "locations": [sarif_location(_file(drift), 1)],
        "partialFingerprints": {"drift/v1": f"{drift.target}/{one.change.path}"},
    }


def _file(drift: Drift) -> str:
    return f"tenants/{drift.target.tenant}/wrangler.jsonc"


def _state(drift: Drift) -> str:
    if drift.state is State.NOT_DEPLOYED:
        return f"{drift.state}, and not known to have been: there is nothing to compare"
    commit = drift.expected.commit
    expected = f"commit {short_digest(commit)}" if commit else "the working tree"
    count = len(drift.findings)
    differences = f"{count} difference{'' if count == 1 else 's'}"
    state = differences if drift.drifting else drift.state
    repaired = "repaired: " * drift.repaired
    return f"{repaired}{state} with {expected} ({drift.expected.why})"
