"""Data points of Analytics Engine, which leave a Worker as lines of its log."""

import json
from collections.abc import Callable, Mapping

from localedge.model import Json, ScriptRef
from localedge.state.traces.logs import LogStore

WritePoint = Callable[[str, str, Mapping[str, Json]], None]
"""Stores a data point: account id, dataset, and what the Worker wrote."""


class DataPoints:
    """Takes the log of all instances, keeps data points apart, and hands on the other lines."""

    def __init__(self, key: str, logs: LogStore, write: WritePoint) -> None:
        self._mark = point_mark(key)
        self._logs = logs
        self._write = write

    def record(self, instance: str, level: str, message: str) -> None:
        """Take one line of an instance, named `<account id>/<script>#<number>`."""
        place, number, _ = instance.rpartition("#")
        account, _, script = place.partition("/")
        if message.startswith(self._mark):
            line = json.loads(message.removeprefix(self._mark))
            self._write(account, line["dataset"], line["point"])
        elif number:  # other instances have no script: they inspect uploads
            self._logs.add(ScriptRef(account, script), level, message)


def point_mark(key: str) -> str:
    """Return what a data point's line begins with; a Worker does not know the key."""
    return f"localedge-point:{key}:"
