"""Drift, for people, for GitHub's annotations and for code scanning (SARIF)."""

from collections.abc import Sequence

from edgefleet.model.base import Json
from edgefleet.model.drift import Drift, Drifted, Severity, State
from edgefleet.reports.findings_github import command
from edgefleet.reports.plan import change_text
from edgefleet.reports.sarif import sarif_location, sarif_log

LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
ANNOTATIONS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}


def drift_text(drift: Drift) -> str:
    """Return each difference with how bad it is and how it was probably made."""
    lines = [f"{drift.target}: {_state(drift)}"]
    lines += [
        f"  {one.severity:<6} {change_text(one.change)}  ({one.looks_like})"
        for one in drift.findings
    ]
    lines += [f"  ignored {change_text(change)}" for change in drift.ignored]
    lines += [f"  note: {note}" for note in drift.notes]
    if drift.expected.pending:
        lines.append("  pending: the checked-out commit is another one, and not deployed")
    if drift.findings and drift.last_change:
        last = drift.last_change
        lines.append(
            f"  last deployment: {last.created_on:%Y-%m-%d %H:%M} UTC by "
            f"{last.author or 'an unnamed author'} (source {last.source or 'unknown'})"
            + (f": {last.message}" if last.message else "")
        )
    return "\n".join(lines)


def drift_json(drifts: Sequence[Drift]) -> Json:
    """Return all drifts as a JSON value."""
    return [one.model_dump(mode="json") for one in drifts]


def drift_github(drifts: Sequence[Drift]) -> str:
    """Return one annotation for each difference, at the tenant's wrangler file."""
    return "\n".join(
        command(
            ANNOTATIONS[one.severity],
            {"file": _file(drift), "title": f"drift at {drift.target}"},
            f"{change_text(one.change)} ({one.looks_like})",
        )
        for drift in drifts
        for one in drift.findings
    )


def drift_sarif(drifts: Sequence[Drift], version: str) -> Json:
    """Return a SARIF log, a result for each difference."""
    results = [_result(drift, one) for drift in drifts for one in drift.findings]
    rules = [{"id": name} for name in sorted({str(one["ruleId"]) for one in results})]
    return sarif_log("edgefleet drift", version, rules, results)


def _result(drift: Drift, one: Drifted) -> dict[str, Json]:
    return {
        "ruleId": f"drift/{one.change.path.split('.')[0]}",
        "level": LEVELS[one.severity],
        "message": {"text": f"{drift.target}: {change_text(one.change)} ({one.looks_like})"},
        "locations": [sarif_location(_file(drift), 1)],
        "partialFingerprints": {"drift/v1": f"{drift.target}/{one.change.path}"},
    }


def _file(drift: Drift) -> str:
    return f"tenants/{drift.target.tenant}/wrangler.jsonc"


def _state(drift: Drift) -> str:
    if drift.state is State.NOT_DEPLOYED:
        return f"{drift.state}, and not known to have been: there is nothing to compare"
    commit = drift.expected.commit
    expected = f"commit {commit[:12]}" if commit else "the working tree"
    state = f"{len(drift.findings)} differences" if drift.drifting else drift.state
    return f"{state} with {expected} ({drift.expected.why})"
