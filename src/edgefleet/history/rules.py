"""Join records with Cloudflare's deployments: which run explains which deployment."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from edgefleet.cloudflare.models import DeploymentEvent, Version
from edgefleet.config.target import Target
from edgefleet.history.foreign_deployments import entries_elsewhere
from edgefleet.history.models import HistoryEntry
from edgefleet.locks.models import Unlocked
from edgefleet.records.canary_under_way import canary_in
from edgefleet.records.models import Record, Status
from edgefleet.records.signature import own_message

CLOCK_SKEW = timedelta(seconds=5)
"""By how much the clock of this machine and Cloudflare's may differ."""

AUTOMATIC = "Automatic deployment on upload."
"""Cloudflare's words for an upload that is live at once."""

LONGEST_RUN = timedelta(hours=2)
"""After what time a run that noted no end was over: it probes twice, an hour each at most. With a
canary it is the time after the last step that it noted."""


def joined(
    target: Target,
    records: Sequence[Record],
    deployments: Sequence[DeploymentEvent] | None,
    versions: Sequence[Version] = (),
) -> tuple[HistoryEntry, ...]:
    """Return the entries of one target, newest first.

    There is one for each record, with the deployments that it explains, one for each run of
    edgefleet elsewhere, and one for each deployment of others. `deployments` None: Cloudflare was
    not asked. `versions` are those of the script, for what no record explains.
    """
    explained: dict[int | None, list[DeploymentEvent]] = defaultdict(list)
    for deployment in deployments or ():
        explained[explanation(deployment, records)].append(deployment)
    entries = [
        _recorded(record, None if deployments is None else explained[index])
        for index, record in enumerate(records)
    ]
    rest = explained[None]
    others = entries_elsewhere(target, rest, deployments or (), versions)
    return newest_first(_with_canary(target, [*entries, *others], deployments or ()))


def _with_canary(
    target: Target, entries: Sequence[HistoryEntry], deployments: Sequence[DeploymentEvent]
) -> Iterator[HistoryEntry]:
    """Yield the entries; the one whose deployment is in force has the canary that it is of."""
    newest = next(iter(deployments), None)
    found = canary_in(newest)
    for entry in entries:
        if found and newest in (entry.deployments or ()):
            yield entry.model_copy(update={"under_way": found.view(target)})
        else:
            yield entry


def newest_first(entries: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Return entries in the order of a history."""
    return tuple(sorted(entries, key=lambda entry: entry.when, reverse=True))


def explanation(deployment: DeploymentEvent, records: Sequence[Record]) -> int | None:
    """Return which of a target's records made a deployment, by its index; None where none did.

    One of the record's versions must be in it, and it must have been made during the run, give
    or take `CLOCK_SKEW`. Of several records the nearest explains it; of runs that overlap (the
    first was killed, so its end is not known), the last that began.
    """
    fitting = [index for index, record in enumerate(records) if _explains(record, deployment)]
    return min(
        fitting,
        key=lambda index: (
            _apart(records[index], deployment),
            -records[index].started.timestamp(),
        ),
        default=None,
    )


def _explains(record: Record, deployment: DeploymentEvent) -> bool:
    if record.status is Status.UNCHANGED or not _may_be(record, deployment):
        return False
    own = {record.version_id, record.previous_version_id}
    named = any(share.version_id in own for share in deployment.versions)
    return named and _apart(record, deployment) <= CLOCK_SKEW


def _may_be(record: Record, deployment: DeploymentEvent) -> bool:
    """Whether the words of a deployment are those of a run of edgefleet.

    All that it makes has its message, but for a script upload, which is live at once: that has
    Cloudflare's words, or none.
    """
    if own_message(deployment.message):
        return True
    whole = [share.version_id for share in deployment.versions] == [record.version_id]
    return whole and deployment.message in (None, AUTOMATIC)


def _apart(record: Record, deployment: DeploymentEvent) -> timedelta:
    """Return how far outside of a run a deployment was made; zero within it."""
    noted = [record.started, *(step.started for step in record.canary)]
    end = record.finished or max(noted) + LONGEST_RUN
    made = deployment.created_on
    return max(record.started - made, made - end, timedelta())


def _recorded(record: Record, deployments: Sequence[DeploymentEvent] | None) -> HistoryEntry:
    seconds = None
    if record.finished:
        seconds = round((record.finished - record.started).total_seconds(), 1)
    said = [record.reason, _canary_words(record), record.error.message if record.error else None]
    return HistoryEntry(
        tenant=record.tenant,
        environment=record.environment,
        recorded=True,
        when=record.started,
        who=record.actor,
        commit=record.git_commit,
        dirty=record.dirty,
        version_id=record.version_id,
        action=record.action,
        result=record.status,
        proof=record.proof,
        canary=record.canary[-1].verdict if record.canary else None,
        seconds=seconds,
        why=": ".join(filter(None, said)) or None,
        deployments=None if deployments is None else tuple(deployments),
    )


def _canary_words(record: Record) -> str | None:
    """Return the steps of a canary that went well; an error has the words of any other."""
    if not record.canary or not record.status.good:
        return None
    return f"canary good at {', '.join(f'{step.share:g} %' for step in record.canary)}"


def unlocked(one: Unlocked) -> HistoryEntry:
    """Return the entry of a lock that a person freed."""
    return HistoryEntry(
        tenant=one.tenant,
        environment=one.environment,
        recorded=True,
        when=one.when,
        who=one.actor,
        action="unlock",
        result="freed",
        why=f"{one.reason}; it was held by {one.lock}",
    )
