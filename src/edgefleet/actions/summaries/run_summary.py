"""Show on the page of the run how each target ended, and the command that does what is left."""

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType

from edgefleet.actions.github_actions import add_summary, annotate
from edgefleet.actions.jobs.outcomes import SUPERSEDED, Told, read_outcomes
from edgefleet.actions.promotion.deployments import SUCCESS, run_and_job
from edgefleet.actions.targets.job_outputs import skipped_in, targets_in
from edgefleet.actions.targets.select_targets import HELD, SkippedTarget
from edgefleet.config.identifiers import UNATTENDED
from edgefleet.config.target import Target
from edgefleet.core.ids import short_id
from edgefleet.core.output.markdown import fenced, markdown_link, table_cell
from edgefleet.deploy.checks.holds import was_held
from edgefleet.errors import ExitCode
from edgefleet.github.deployments import recent_deployments
from edgefleet.github.models import DeploymentStatus
from edgefleet.github.repository import github_of
from edgefleet.records.models import Record, Status
from edgefleet.records.provenance import run_url
from edgefleet.records.store import ListedRecords

HEADINGS = ("target", "outcome", "version", "before", "commit", "seconds", "what happened")
LARGEST_TABLE = 900_000
"""Bytes: of a larger summary than 1 MiB GitHub shows nothing at all, nor the command below it."""
MOST_COMMAND = 70_000
"""Characters of the command that does what is left: never cut."""
NOT_RUN = ("not run", "its job did not get so far")
LOST = (
    "no record",
    "its job did not begin, or left no record: look at the job before you do it again",
)
STARTED = {"success", "failure", "cancelled"}
"""GitHub's results of jobs that began."""
MOST_ASKED = 256
"""Targets of which GitHub is asked what address it keeps; more are deployed in shards."""
MOST_NAMES = 60_000
"""Characters: GitHub takes 65,535 for all inputs of a run together."""


@dataclass(frozen=True)
class RunToSummarize:
    """A run of a workflow whose jobs have ended."""

    workflow: str
    """The file to run again, such as deploy.yml."""
    targets: str
    """As job_outputs.py writes them; empty where no target was selected."""
    records: Path
    """The folder of all artifacts."""
    inputs: str
    """GitHub's context `inputs` as JSON."""
    skipped: str = "[]"
    plans: Path | None = None
    """The folder of the artifacts of plans."""
    started: str = ""
    """GitHub's result of the first jobs."""


def summarize_run(options: RunToSummarize) -> int:
    """Show how each target ended. Return 0 if every target ended well, and 10 otherwise."""
    inputs: dict[str, object] = json.loads(options.inputs) or {}
    if not options.targets:
        add_summary("No target was chosen: the jobs before this one say why.")
        return ExitCode.FLEET
    if inputs.get("reason"):
        add_summary(f"Reason: {_cell(str(inputs['reason']))}\n")
    if inputs.get("dry_run"):
        add_summary("A dry run: nothing was changed. The jobs of the targets show their plans.")
        return ExitCode.OK
    records = ListedRecords(options.records / "deployments")
    ends = {target: records.last(target) for target in targets_in(options.targets)}
    told = read_outcomes(options.records)
    plans = read_outcomes(options.plans) if options.plans else {}
    add_summary(table(ends, [*skipped_in(options.skipped), *unseen(plans)], told, options.started))
    left = [target for target, record in ends.items() if not good(record, told.get(target))]
    # Who was held or superseded since deployed nothing, and has no address for that reason.
    fine = [one for one, record in ends.items() if record and record.status.good]
    fine = [one for one in fine if one not in told]
    lost = [str(one) for one in left if ends[one] is None and one not in told]
    if lost and options.started in STARTED:
        annotate("error", LOST[0], f"no record arrived from {', '.join(lost)}: {LOST[1]}")
    if page := run_url(os.environ):
        add_summary(f"\n[Records and plans: the artifacts of this run]({page}#artifacts)")
    calm = any(one.outcome == SUPERSEDED for one in told.values())
    for words in without_address(fine, shards=not calm):
        annotate("warning", "no address", words)
        add_summary(f"\nWarning: {words}")
    if left and inputs:  # a schedule has none, and does by itself what is left
        again = fenced(retry(options.workflow, inputs, left), MOST_COMMAND, language="sh")
        add_summary(f"\nTo do what is left, *Re-run failed jobs* above, or:\n\n{again}")
    return ExitCode.FLEET if left else ExitCode.OK


def unseen(plans: Mapping[Target, Told]) -> list[SkippedTarget]:
    """Return the targets whose plan no reviewer could read."""
    return [SkippedTarget(target, one.outcome, one.why) for target, one in plans.items()]


def without_address(targets: Sequence[Target], *, shards: bool) -> list[str]:
    """Say where GitHub kept no address of a job of this run that deployed well.

    The runner leaves an address out where any secret's value stands in it. Nothing would count
    from then on: neither the proof of a bundle nor the commit that is live. `shards` says whether
    their environment is looked at, too: a shard that was superseded as a whole has no address.
    """
    if not targets or not os.environ.get("GITHUB_TOKEN"):
        return []
    github = github_of(os.environ)
    names = [f"{target}{end}" for target in targets[:MOST_ASKED] for end in ("", UNATTENDED)]
    names += sorted({f"fleet-{target.environment}" for target in targets}) * shards
    told = recent_deployments(github, names, bool)
    run = os.environ.get("GITHUB_RUN_ID", "")
    return [
        f"{name}: GitHub shows no address, so this deploy counts for nothing: a value of some "
        "secret stands in the address, and the runner left it out (make that secret a variable)"
        for name in names
        if any(
            _masked(status, github.repository, run) for one in told[name] for status in one.statuses
        )
    ]


def _masked(status: DeploymentStatus, repository: str, run: str) -> bool:
    job = run_and_job(status.log_url, repository)
    return status.state == SUCCESS and not status.url and job is not None and str(job[0]) == run


def good(record: Record | None, told: Told | None = None) -> bool:
    """Whether a target is as desired, or is skipped on purpose."""
    if told is not None:
        return told.good
    if record is None:
        return False
    goes_on = record.status is Status.UNDER_WAY and record.error is None
    return record.status.good or goes_on or was_held(record)


def table(
    ends: Mapping[Target, Record | None],
    aside: Sequence[SkippedTarget],
    told: Mapping[Target, Told] = MappingProxyType({}),
    started: str = "",
) -> str:
    """Return a Markdown table of how every target ended, what is left to do first.

    Skipped targets stand last. `started` is GitHub's result of the first jobs.
    """
    in_order = sorted(ends.items(), key=lambda end: good(end[1], told.get(end[0])))
    lost = LOST if started in STARTED else NOT_RUN
    rows = [_row(target, record, told.get(target), lost) for target, record in in_order]
    rows += [_aside(str(one.target), one.outcome, one.why) for one in aside]
    done = sum(good(record, told.get(target)) for target, record in ends.items())
    head = f"### {done} of {len(ends)} targets" if ends else "Nothing to do: no target changed."
    cells = [HEADINGS, ["---"] * len(HEADINGS), *rows] if rows else []
    lines = [f"| {' | '.join(line)} |" for line in cells]
    return "\n".join([f"{head}\n", *_on_the_page(lines)])


def retry(workflow: str, inputs: Mapping[str, object], left: Sequence[Target]) -> str:
    """Return the command that runs the workflow again, with these targets alone.

    Where they are too many to be named it is the same run once more: deploys find by themselves
    what is unchanged, and rollbacks are never so many.
    """
    names = ",".join(target.tenant for target in left)
    tenants = names if len(names) <= MOST_NAMES else str(inputs["tenants"])
    first = {"environment": inputs.get("environment", ""), "tenants": tenants}
    asked = {**first, **inputs, "tenants": tenants}
    command = ["gh", "workflow", "run", workflow]
    if ref := os.environ.get("GITHUB_REF_NAME"):
        command += ["--ref", ref]
    for name, value in asked.items():
        if value != "":
            command += ["-f", f"{name}={_plain(value)}"]
    return shlex.join(command)


def _on_the_page(lines: Sequence[str]) -> list[str]:
    """Return the lines that fit, and one that says how many do not."""
    sizes = accumulate(len(line.encode()) + 1 for line in lines)
    shown = [line for line, size in zip(lines, sizes, strict=True) if size <= LARGEST_TABLE]
    if left := len(lines) - len(shown):
        shown.append(f"\n{left} more do not fit on this page: the records are in the artifacts.")
    return shown


def _row(
    target: Target, record: Record | None, told: Told | None, lost: tuple[str, str]
) -> list[str]:
    if told is not None and (record is None or told.outcome == SUPERSEDED):
        return _aside(str(target), told.outcome, told.why)
    if record is None:
        return _aside(str(target), *lost)
    if record.error and was_held(record):
        return _aside(str(target), HELD, record.error.message)
    name = markdown_link(str(target), record.url or "")
    seconds = (record.finished - record.started).total_seconds() if record.finished else None
    cells = [
        name,
        told.outcome if told else record.status,
        short_id(record.version_id),
        short_id(record.previous_version_id),
        short_id(record.git_commit),
        "" if seconds is None else f"{seconds:.1f}",
        told.why if told else record.error.message if record.error else "",
    ]
    return [_cell(cell) for cell in cells]


def _aside(target: str, outcome: str, why: str) -> list[str]:
    return [target, _cell(outcome), "", "", "", "", _cell(why)]


def _cell(text: str) -> str:
    return table_cell(text)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
