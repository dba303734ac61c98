"""A run over a fleet, for people."""

import shlex
from collections import Counter
from collections.abc import Sequence

from edgefleet.core.ids import short_id
from edgefleet.core.output.table import table
from edgefleet.deploy.canaries.verdicts import errors_words
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, RingStep, TargetResult
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
    lines += [ring_step_text(step) for step in record.canaries]
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


def ring_step_text(step: RingStep) -> str:
    """Return what was judged of a ring: `ring 1, canary at 5 %: bad, judged together: ...`."""
    pooled, verdict = step.pooled, step.verdict.replace("_", " ")
    judged = f"by {pooled.alone} alone" if pooled.alone else "together"
    targets = f"{pooled.targets} target{'' if pooled.targets == 1 else 's'}"
    counts = f"{errors_words(pooled.new)} of the new version, {errors_words(pooled.old)} of the old"
    words = f"ring {step.ring}, canary at {step.share:g} % of {targets}: {verdict}, judged {judged}"
    return f"{words}: {counts}{f'; {step.reason}' if step.reason else ''}"


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
    words += _canary_options(conduct)
    if conduct.smoke:
        words += ["--smoke"]
    if conduct.health_timeout is not None:
        words += ["--health-timeout", f"{conduct.health_timeout:g}"]
    return words


def _canary_options(conduct: FleetOptions) -> list[str]:
    if not conduct.canary:
        return ["--canary", "none"]
    words = []
    if conduct.steps is not None:
        words += ["--canary", ",".join(f"{share:g}" for share in conduct.steps) or "0"]
    if conduct.soak is not None:
        words += ["--soak", f"{conduct.soak:.0f}s"]
    if conduct.keep is not None:
        words += ["--keep", f"{conduct.keep:.0f}s"]
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
