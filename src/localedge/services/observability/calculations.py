"""Counts, sums and percentiles over events, by group and over time, weighted by their samples."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from localedge.model import Json
from localedge.services.observability.documents import Document
from localedge.services.observability.filters import COMPARED, typed
from localedge.services.observability.parameters import (
    Calculation,
    GroupBy,
    Parameters,
    Timeframe,
)
from localedge.wire.errors import BadBody

SAME = {"count_distinct": "uniq", "median": "p50"}
Weighted = Sequence[tuple[float, float]]
"""Values, each with how many events it stands for."""
Groups = Mapping[tuple[Json, ...], list[Document]]


def calculated(
    found: Sequence[Document], parameters: Parameters, timeframe: Timeframe, buckets: int
) -> list[Json]:
    """Return each calculation of a query; `buckets` is the number of points in time, 0 for none."""
    calculations = parameters.calculations or [Calculation(operator="count")]
    _check(calculations)
    groups = _chosen(_grouped(found, parameters.group_bys), calculations, parameters)
    return [
        {
            "calculation": it.operator,
            **({"alias": it.alias} if it.alias else {}),
            "aggregates": [
                _aggregate(it, values, inside, parameters.group_bys)
                for values, inside in groups.items()
            ],
            "series": _series(it, groups, parameters.group_bys, timeframe, buckets),
        }
        for it in calculations
    ]


def iso(at: float) -> str:
    """Return milliseconds since the epoch as Cloudflare shows a time."""
    shown = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return shown.replace("+00:00", "Z")


def _check(calculations: Sequence[Calculation]) -> None:
    for it in calculations:
        if it.key is None and it.operator.lower() != "count":
            raise BadBody(f"the calculation {it.operator} needs a key.")


def _grouped(found: Sequence[Document], by: Sequence[GroupBy]) -> Groups:
    groups: dict[tuple[Json, ...], list[Document]] = {}
    for document in found:
        values = tuple(typed(document.get(it.value), it.type) for it in by)
        if None not in values:
            groups.setdefault(values, []).append(document)
    return groups


def _chosen(groups: Groups, calculations: Sequence[Calculation], given: Parameters) -> Groups:
    """Return the groups that `havings` leave, in order, as many as the limit says."""
    named = {it.name: it for it in reversed(calculations)}
    kept = dict(groups)
    for having in given.havings:
        calculation = _named(named, having.key)
        kept = {
            values: inside
            for values, inside in kept.items()
            if COMPARED[having.operation](_value(calculation, inside), having.value)
        }
    if given.group_bys:
        order = given.order_by
        by = _named(named, order.value) if order else calculations[0]
        descending = order is None or order.order == "desc"
        pairs = sorted(kept.items(), key=lambda it: _value(by, it[1]), reverse=descending)
        kept = dict(pairs[: given.limit])
    return kept


def _named(calculations: Mapping[str, Calculation], name: str) -> Calculation:
    if name not in calculations:
        raise BadBody(f"no calculation has the name {name}.")
    return calculations[name]


def _aggregate(
    calculation: Calculation,
    values: tuple[Json, ...],
    inside: Sequence[Document],
    by: Sequence[GroupBy],
) -> dict[str, Json]:
    count = sum(it.interval for it in inside)
    interval = count / len(inside) if inside else 1
    groups = [{"key": it.value, "value": value} for it, value in zip(by, values, strict=True)]
    return {
        "value": _value(calculation, inside),
        "count": count,
        "interval": interval,
        "sampleInterval": interval,
        **({"groups": groups} if groups else {}),
    }


def _series(
    calculation: Calculation,
    groups: Groups,
    by: Sequence[GroupBy],
    timeframe: Timeframe,
    buckets: int,
) -> list[Json]:
    if not buckets:
        return []
    length = max((timeframe.to - timeframe.begin) / buckets, 1)
    points: list[list[Json]] = [[] for _ in range(buckets)]
    for values, inside in groups.items():
        for number, part in _by_time(inside, timeframe.begin, length, buckets).items():
            seen = {"firstSeen": iso(part[0].at), "lastSeen": iso(part[-1].at)}
            points[number].append({**_aggregate(calculation, values, part, by), **seen})
    return [
        {"time": iso(timeframe.begin + number * length), "data": data}
        for number, data in enumerate(points)
    ]


def _by_time(
    inside: Sequence[Document], begin: float, length: float, buckets: int
) -> dict[int, list[Document]]:
    parts: dict[int, list[Document]] = {}
    for document in sorted(inside, key=lambda it: it.at):
        number = min(int((document.at - begin) / length), buckets - 1)
        parts.setdefault(number, []).append(document)
    return parts


def _value(calculation: Calculation, inside: Sequence[Document]) -> float:
    """Return a figure; 0 where no event has the field."""
    name = SAME.get(calculation.operator.lower(), calculation.operator.lower())
    key = calculation.key
    if key is None:
        return sum(it.interval for it in inside)
    found = [(it.get(key), it.interval) for it in inside]
    having = [it for it in found if it[0] is not None]
    if name == "count":
        return sum(interval for _, interval in having)
    if name == "uniq":
        return len({value for value, _ in having})
    numbers = [
        (value, interval) for value, interval in having if typed(value, "number") is not None
    ]
    if not numbers:
        return 0
    if name in FIGURES:
        return FIGURES[name](numbers)
    return _percentile(numbers, float(f"0.{name[1:]}"))


def _mean(numbers: Weighted) -> float:
    return _total(numbers) / sum(weight for _, weight in numbers)


def _total(numbers: Weighted) -> float:
    return sum(value * weight for value, weight in numbers)


def _variance(numbers: Weighted) -> float:
    mean = _mean(numbers)
    return _mean([((value - mean) ** 2, weight) for value, weight in numbers])


FIGURES: Mapping[str, Callable[[Weighted], float]] = {
    "sum": _total,
    "avg": _mean,
    "max": lambda numbers: max(value for value, _ in numbers),
    "min": lambda numbers: min(value for value, _ in numbers),
    "variance": _variance,
    "stddev": lambda numbers: math.sqrt(_variance(numbers)),
}


def _percentile(numbers: Weighted, share: float) -> float:
    ordered = sorted(numbers)
    wanted, seen = share * sum(weight for _, weight in ordered), 0.0
    for value, weight in ordered:
        seen += weight
        if seen >= wanted:
            return value
    return ordered[-1][0]
