"""An invocation as a row of a dataset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from localedge.model import Json
from localedge.state.traces.events import Invocation

STATUSES: Mapping[str, str] = {
    "ok": "success",
    "exception": "scriptThrewException",
    "canceled": "clientDisconnected",
    "responseStreamDisconnected": "responseStreamDisconnected",
    "exceededCpu": "exceededResources",
    "exceededMemory": "exceededResources",
    "loadShed": "loadShed",
    "scriptNotFound": "scriptNotFound",
}
"""workerd's outcomes, and what the dataset calls them; another one is an `internalError`."""
BUCKETS = {"Minute": 1, "FiveMinutes": 5, "FifteenMinutes": 15, "Hour": 60, "SixHours": 360}
GIGABYTES = 0.128
"""The memory that durations are counted with, in GB."""


@dataclass(frozen=True, slots=True)
class InvocationRow:
    """One invocation, whose fields are made when they are asked for."""

    ran: Invocation
    interval: int
    tag: str

    def __getitem__(self, name: str) -> Json:
        return FIELDS[name](self)


def _bucket(row: InvocationRow, minutes: int) -> datetime:
    seconds = row.ran.started // 1000
    return datetime.fromtimestamp(seconds - seconds % (60 * minutes), UTC)


def _at(row: InvocationRow) -> datetime:
    return datetime.fromtimestamp(row.ran.started // 1000, UTC)


def _wall_time(row: InvocationRow) -> int:
    return (row.ran.ended - row.ran.started) * 1000


FIELDS: Mapping[str, Callable[[InvocationRow], Json]] = {
    "interval": lambda row: row.interval,
    "date": lambda row: _at(row).date(),
    "datetime": _at,
    **{f"datetime{name}": partial(_bucket, minutes=minutes) for name, minutes in BUCKETS.items()},
    "dispatchNamespaceName": lambda row: row.ran.ref.namespace,
    "environmentName": lambda _: "production",
    "scriptName": lambda row: row.ran.ref.own_name,
    "scriptTag": lambda row: row.tag,
    "scriptVersion": lambda row: row.ran.version_id,
    "status": lambda row: STATUSES.get(row.ran.outcome, "internalError"),
    "usageModel": lambda _: "standard",
    "cpuTime": lambda _: 0,
    "wallTime": _wall_time,
    "duration": lambda row: _wall_time(row) / 1e6 * GIGABYTES,
}
