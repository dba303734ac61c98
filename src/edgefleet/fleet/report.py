"""A run over a fleet, for people."""

import shlex
from collections import Counter
from collections.abc import Sequence

from edgefleet.core.ids import short_id
from edgefleet.core.output.table import table
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.records.models import Action

HEADINGS = ("tenant", "ring", "result", "phase", "s", "version", "why")
MOST_LINES = 50
"""Of a larger fleet, only what is not simply done has a line."""


def fleet_text(
    record: FleetRecord, path: str, root: Sequence[str] = (), width: int | None = None
) -> str:
    """Return how each target ended, how many, and the command that does what is left.

    `path` is where the record is, `root` the options that lead to the repository, if any must;
    the table is at most `width` characters wide.
    """
    members = record.members
    if len(members) > MOST_LINES:
        plain = {Outcome.SUCCEEDED, Outcome.UNCHANGED}
        members = tuple(member for member in members if member.outcome not in plain)
    counts = Counter(member.outcome for member in record.members)
    lines = [table(HEADINGS, [_row(member) for member in members], width)] if members else []
    lines += ["", ", ".join(f"{counts[one]} {_word(one)}" for one in Outcome if counts[one])]
    lines += _hints(record.members)
    lines += [f"record: {path}"]
    if record.left:
        lines += [
            f"to do what is left ({len(record.left)}):",
            f"  {what_is_left(record, path, root)}",
        ]
    return "\n".join(lines)


def _hints(results: Sequence[TargetResult]) -> list[str]:
    """Return a line for each hint, with the tenants whose errors have it."""
    tenants: dict[str, list[str]] = {}
    for one in results:
        if one.error and one.error.hint:
            tenants.setdefault(one.error.hint, []).append(one.tenant)
    return [f"  {', '.join(names)} -> {hint}" for hint, names in tenants.items()]


def what_is_left(record: FleetRecord, path: str, root: Sequence[str] = ()) -> str:
    """Return the command that does what a run left, and no more."""
    if record.undoes:
        words = ["edgefleet", "rollback", "--run", record.undoes]
    elif record.action is Action.ROLLBACK:
        names = ",".join(member.tenant for member in record.left)
        words = ["edgefleet", "rollback", "--tenants", names, "--env", record.environment]
    else:
        words = ["edgefleet", "deploy-all", "--env", record.environment, *_options(record.conduct)]
        words += ["--resume", path]
    if record.reason:
        words += ["--reason", record.reason]
    return shlex.join([*words, *root])


def _options(conduct: FleetOptions) -> list[str]:
    words = ["--engine", conduct.engine]
    if conduct.parallel > 1:
        words += ["--parallel", str(conduct.parallel)]
    if conduct.continue_on_error:
        words += ["--continue-on-error"]
    if conduct.max_failures is not None:
        words += ["--max-failures", conduct.max_failures]
    if conduct.force:
        words += ["--force"]
    if conduct.accept_irreversible:
        words += ["--allow-irreversible"]
    if not conduct.canary:
        words += ["--canary", "none"]
    if conduct.smoke:
        words += ["--smoke"]
    if conduct.health_timeout is not None:
        words += ["--health-timeout", f"{conduct.health_timeout:g}"]
    return words


def _row(member: TargetResult) -> list[str]:
    why = member.error.message if member.error else member.why or ""
    return [
        member.tenant,
        str(member.ring),
        _word(member.outcome),
        member.phase or "",
        "" if member.seconds is None else f"{member.seconds:.1f}",
        short_id(member.version_id),
        (why.splitlines() or [""])[0],
    ]


def _word(outcome: Outcome) -> str:
    return {Outcome.WAITING: "not begun", Outcome.HELD: "skipped"}.get(
        outcome, outcome.replace("_", " ")
    )
