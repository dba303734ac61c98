"""Join records with Cloudflare's deployments: who explains what."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from edgefleet.model.history import Deployed, Entry
from edgefleet.model.record import Record, Status

CLOCK_SKEW = timedelta(seconds=5)
"""By how much the clock of this machine and Cloudflare's may differ."""

LONGEST_RUN = timedelta(hours=2)
"""When a run that noted no end was over at the latest: two probes, each an hour at most."""


def joined(records: Sequence[Record], deployments: Sequence[Deployed] | None) -> tuple[Entry, ...]:
    """Return the entries of one target, newest first.

    There is one for each record, with the deployments that it explains, and one for each
    deployment that no record explains. `deployments` None: Cloudflare was not asked.
    """
    explained: dict[int | None, list[Deployed]] = defaultdict(list)
    for deployment in deployments or ():
        explained[explanation(deployment, records)].append(deployment)
    entries = [
        _recorded(record, None if deployments is None else explained[index])
        for index, record in enumerate(records)
    ]
    return newest_first([*entries, *map(_unrecorded, explained[None])])


