"""Workers Logs: what the versions of a script have served, with the status of each answer.

https://developers.cloudflare.com/api/resources/workers/subresources/observability/subresources/telemetry/
It needs Workers Observability: Edit though it only reads, and `observability` of the script.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from edgefleet.cloudflare.models import ServedByVersion
from edgefleet.core.model import Json

VERSION = "$workers.scriptVersion.id"
GOOD_OUTCOMES = "ok,canceled,responseStreamDisconnected"
"""A client that leaves is no error of the Worker's."""
INVOCATION = "cf-worker-event"
"""The type of the event that stands for a whole invocation, beside what it logged."""


class _Telemetry(BaseModel):
    """A part of a response, of which edgefleet reads some fields."""

    model_config = ConfigDict(extra="ignore")


class _Group(_Telemetry):
    value: str | float | bool | None


class _Aggregate(_Telemetry):
    value: float = Field(ge=0, allow_inf_nan=False)
    sample_interval: float = Field(alias="sampleInterval", ge=1, allow_inf_nan=False)
    groups: tuple[_Group, ...] = ()


class _Calculation(_Telemetry):
    aggregates: tuple[_Aggregate, ...]


class Calculations(_Telemetry):
    """The result of a query that counts."""

    calculations: tuple[_Calculation, ...]

    def by_version(self) -> dict[str, tuple[float, float]]:
        """Return how many were counted of each version, and of how many one was sampled."""
        found = (row for one in self.calculations[:1] for row in one.aggregates)
        return {
            str(row.groups[0].value): (row.value, row.sample_interval)
            for row in found
            if row.groups
        }


def counting(
    script: str, versions: Sequence[str], since: datetime, until: datetime, *, failed: bool
) -> Json:
    """Return a query that counts the requests to these versions, or those that failed.

    A request failed if its invocation did not end well, or was answered with 500 or more.
    """
    filters = [
        _where("$workers.scriptName", "eq", script),
        _where("$metadata.type", "eq", INVOCATION),
        _where("$workers.eventType", "eq", "fetch"),
        _where(VERSION, "in", ",".join(versions)),
    ]
    wrong = [
        _where("$workers.outcome", "not_in", GOOD_OUTCOMES),
        _where("$workers.event.response.status", "gte", 500, "number"),
    ]
    if failed:
        filters.append({"kind": "group", "filterCombination": "or", "filters": wrong})
    return {
        "queryId": "edgefleet-canary",
        "view": "calculations",
        "ignoreSeries": True,
        "timeframe": {"from": _milliseconds(since), "to": _milliseconds(until) - 1},
        "parameters": {
            "calculations": [{"operator": "count"}],
            "groupBys": [{"type": "string", "value": VERSION}],
            "filterCombination": "and",
            "filters": filters,
        },
    }


def served(requests: Calculations, failures: Calculations) -> Iterable[ServedByVersion]:
    """Yield what each version served, of two queries about the same window."""
    failed = failures.by_version()
    for version, (count, interval) in requests.by_version().items():
        yield ServedByVersion(
            version_id=version,
            requests=round(count),
            errors=round(failed.get(version, (0.0, 1.0))[0]),
            sample_interval=interval,
        )


def _where(key: str, operation: str, value: Json, kind: str = "string") -> Json:
    return {"key": key, "operation": operation, "value": value, "type": kind}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
