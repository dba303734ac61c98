"""The dataset `workersInvocationsAdaptive`: what ran, by script, version and status.

https://developers.cloudflare.com/workers/observability/metrics-and-analytics/
"""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
)

from localedge.model import Json, ScriptRef
from localedge.services.graphql.dataset import Aggregate, Dataset, Rows
from localedge.services.graphql.filters import Filter, Row, time_range
from localedge.services.graphql.invocation_rows import BUCKETS, InvocationRow
from localedge.services.graphql.scalars import DATE, NUMBER, TEXT, TIME, WHOLE
from localedge.state.traces.store import TraceStore

NAME = "workersInvocationsAdaptive"
TYPE = "AccountWorkersInvocationsAdaptive"
OLDEST, WIDEST = timedelta(weeks=13), timedelta(weeks=4, days=3)
"""One month at once, of the last three (https://developers.cloudflare.com/analytics/graphql-api/tutorials/querying-workers-metrics/)."""
NO_ERRORS = {"success", "clientDisconnected", "responseStreamDisconnected"}
"""A response of status 500 that a Worker makes itself is a success here, as at Cloudflare."""
DIMENSIONS = {
    "date": DATE,
    "datetime": TIME,
    **{f"datetime{name}": TIME for name in BUCKETS},
    "dispatchNamespaceName": TEXT,
    "environmentName": TEXT,
    "scriptName": TEXT,
    "scriptTag": TEXT,
    "scriptVersion": TEXT,
    "status": TEXT,
    "usageModel": TEXT,
}
MEASURES = {"cpuTime": WHOLE, "wallTime": WHOLE, "duration": NUMBER}
"""Microseconds, and GB-seconds. workerd does not measure CPU time: it is 0."""
PERCENTILES = {"P25": 25, "P50": 50, "P75": 75, "P90": 90, "P95": 95, "P99": 99, "P999": 99.9}


def invocations(traces: TraceStore, tag: Callable[[ScriptRef], str]) -> Dataset:
    """Return the dataset; `tag` returns the id of a script."""

    def rows(account: str, wanted: Filter) -> Rows:
        begin, end = _checked(account, *time_range(wanted))
        ran = traces.stored.invocations(account, _milliseconds(begin), _milliseconds(end))
        stateless = [it for it in ran if it.model == "stateless"]
        seen, interval = traces.analytics.graphql_sample(stateless, int(time.time() * 1000))
        tags = {ref: tag(ref) for ref in {it.ref for it in seen}}
        return [InvocationRow(it, interval, tags[it.ref]) for it in seen]

    return Dataset(NAME, TYPE, DIMENSIONS, FIGURES, rows, {"confidence": _confidence_field()})


def _checked(
    account: str, begin: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    if begin and begin < now - OLDEST:
        raise GraphQLError(
            f'account "{account}" cannot request data older than {_weeks(OLDEST)}, but your query '
            f"requests data from {_weeks(now - begin)} ago"
        )
    begin, end = begin or now - OLDEST, end or now
    if end - begin > WIDEST and begin > now - OLDEST:
        raise GraphQLError(
            f'account "{account}" cannot request a time range wider than {_weeks(WIDEST)}, but '
            f"your query time range spans {_weeks(end - begin)}"
        )
    return begin, end


def _weeks(span: timedelta) -> str:
    """Return a time span as Cloudflare writes it: `4w3d`."""
    seconds = int(span.total_seconds())
    parts = []
    for unit, length in (("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _requests(_: Row) -> int:
    return 1


def _errors(row: Row) -> int:
    return int(row["status"] not in NO_ERRORS)


COUNTED: Mapping[str, Callable[[Row], int]] = {
    "requests": _requests,
    "errors": _errors,
    "clientDisconnects": lambda row: int(row["status"] == "clientDisconnected"),
    # workerd names them to streaming tails alone, which would slow every request.
    "subrequests": lambda _: 0,
}
"""What is counted of an invocation. A row that was sampled counts for those it stands for."""


def _sum(value: Callable[[Row], Json]) -> Callable[[Rows], Json]:
    return lambda rows: sum(value(row) * row["interval"] for row in rows)


def _measured(name: str) -> Callable[[Row], Json]:
    return lambda row: row[name]


def _percentile(name: str, percent: float) -> Callable[[Rows], Json]:
    def found(rows: Rows) -> Json:
        ordered = sorted(row[name] for row in rows)
        return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]

    return found


FIGURES: Mapping[str, Mapping[str, Aggregate]] = {
    "sum": {
        **{name: (WHOLE, _sum(count)) for name, count in COUNTED.items()},
        "cpuTimeUs": (WHOLE, _sum(_measured("cpuTime"))),
        "wallTime": (WHOLE, _sum(_measured("wallTime"))),
        "duration": (NUMBER, _sum(_measured("duration"))),
    },
    "avg": {
        "sampleInterval": (NUMBER, lambda rows: sum(it["interval"] for it in rows) / len(rows))
    },
    "quantiles": {
        f"{name}{suffix}": (kind, _percentile(name, percent))
        for name, kind in MEASURES.items()
        for suffix, percent in PERCENTILES.items()
    },
    **{
        group: {
            name: (kind, lambda rows, name=name, most=most: most(it[name] for it in rows))  # type: ignore[misc]
            for name, kind in MEASURES.items()
        }
        for group, most in (("max", max), ("min", min))
    },
}


def _confidence_field() -> GraphQLField:
    interval = {"estimate": NUMBER, "lower": NUMBER, "upper": NUMBER, "sampleSize": WHOLE}
    fields = {name: GraphQLField(kind) for name, kind in interval.items()}
    kind = GraphQLObjectType(f"{TYPE}ConfidenceInterval", fields)
    sums = GraphQLObjectType(f"{TYPE}ConfidenceSum", {name: GraphQLField(kind) for name in COUNTED})
    return GraphQLField(
        GraphQLObjectType(
            f"{TYPE}Confidence", {"level": GraphQLField(NUMBER), "sum": GraphQLField(sums)}
        ),
        {"level": GraphQLArgument(NUMBER, default_value=0.95)},
        resolve=_confidence,
    )


def _confidence(
    group: Mapping[str, Json], _: GraphQLResolveInfo[Any], level: float
) -> dict[str, Any]:
    """Return the interval that holds each sum with this probability, as the sample allows."""
    if not 0.5 <= level < 1:
        raise GraphQLError("level must be from 0.5 up to 1")
    quantile = NormalDist().inv_cdf((1 + level) / 2)
    sums = {name: _interval(group["rows"], count, quantile) for name, count in COUNTED.items()}
    return {"level": level, "sum": sums}


def _interval(rows: Rows, count: Callable[[Row], int], quantile: float) -> dict[str, float]:
    sampled = sum(count(row) for row in rows)
    interval = rows[0]["interval"]
    estimate = sampled * interval
    margin = quantile * math.sqrt(sampled * interval * (interval - 1))
    lower = max(estimate - margin, sampled)
    return {
        "estimate": estimate,
        "lower": lower,
        "upper": estimate + margin,
        "sampleSize": len(rows),
    }
