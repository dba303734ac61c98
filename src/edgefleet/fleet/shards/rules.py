"""Pack targets into as few runners as will do, by how long each takes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from edgefleet.config.target import Environment, Target
from edgefleet.deploy.request import NO_UPLOAD
from edgefleet.errors import UsageError
from edgefleet.fleet.shards.models import Shard, TargetCost
from edgefleet.records.models import Action, Record, Status

LARGEST_MATRIX = 256
"""Jobs in a matrix: https://docs.github.com/actions/reference/limits"""

GUESS_SECONDS = 10.0
"""For a deploy, where no record of any tells; a guess, on the long side."""

NEWEST = 5
"""How many of a target's deploys, the newest, its seconds are the median of."""

GROWTH = 1.1


def measured(records: Iterable[Record]) -> dict[Target, float]:
    """Return the seconds of each target's deploy, as the median of its newest ones."""
    found: dict[Target, list[Record]] = defaultdict(list)
    for record in records:
        good = record.action is Action.DEPLOY and record.status is Status.SUCCEEDED
        if good and record.finished and record.engine != NO_UPLOAD:
            found[record.target].append(record)
    return {target: median(map(_seconds, _newest(all_of))) for target, all_of in found.items()}


def expected(target: Target, known: Mapping[Target, float]) -> float:
    """Return how long a deploy will take: as before, as that of others, or a guess."""
    if target in known:
        return known[target]
    return median(known.values()) if known else GUESS_SECONDS


def shards(loads: Sequence[TargetCost], *, seconds: float, most: int) -> tuple[Shard, ...]:
    """Pack all targets, each once, into shards of about `seconds`, and at most `most` of them.

    Targets of one owner stay together: they share one limit on requests, which a second runner
    could neither raise nor see. A shard is longer than `seconds` where an owner is, or where
    there would be too many.
    """
    room = seconds
    fewest = len({load.target.environment for load in loads})
    if most < fewest:
        raise UsageError(f"{fewest} environments need as many shards, and --max-shards is {most}")
    while len(packed := tuple(_packed(loads, room))) > most:
        room *= GROWTH
    return packed


def _packed(loads: Sequence[TargetCost], room: float) -> Iterator[Shard]:
    for environment in sorted({load.target.environment for load in loads}):
        own = [load for load in loads if load.target.environment == environment]
        yield from (_shard(environment, bin_) for bin_ in _bins(_units(own), room))


def _units(loads: Sequence[TargetCost]) -> list[list[TargetCost]]:
    """Return what cannot be parted: the targets of an owner together, others by themselves."""
    found: dict[str, list[TargetCost]] = defaultdict(list)
    for load in loads:
        # A tenant's name has no slash: no owner is mistaken for a tenant.
        found[f"owner/{load.owner}" if load.owner else load.target.tenant].append(load)
    return list(found.values())


def _bins(units: Sequence[list[TargetCost]], room: float) -> list[list[TargetCost]]:
    """Pack by first fit, the longest first."""
    bins: list[list[TargetCost]] = []
    left: list[float] = []
    for unit in sorted(units, key=lambda unit: (-_sum(unit), unit[0].target.tenant)):
        need = _sum(unit)
        fit = next((index for index, free in enumerate(left) if free >= need), None)
        if fit is None:
            bins.append(list(unit))
            left.append(room - need)
        else:
            bins[fit] += unit
            left[fit] -= need
    return bins


def _shard(environment: Environment, loads: Sequence[TargetCost]) -> Shard:
    names = tuple(sorted(load.target.tenant for load in loads))
    return Shard(environment=environment, tenants=names, seconds=round(_sum(loads), 1))


def _sum(loads: Iterable[TargetCost]) -> float:
    return sum(load.seconds for load in loads)


def _newest(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.started, reverse=True)[:NEWEST]


def _seconds(record: Record) -> float:
    assert record.finished is not None  # noqa: S101 - only finished ones are measured
    return (record.finished - record.started).total_seconds()
