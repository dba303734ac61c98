"""Data points of Analytics Engine, which leave a Worker as lines of its log."""

import json
from collections.abc import Callable, Mapping

from localedge.model import Json
from localedge.runtime.worker_logs import WorkerLogs

WritePoint = Callable[[str, str, Mapping[str, Json]], None]
"""Stores a data point: account id, dataset, and what the Worker wrote."""


class DataPoints:
    """Takes the log of all instances, keeps data points apart, and hands on the other lines."""

    def __init__(self, key: str, logs: WorkerLogs, write: WritePoint) -> None:
        self._mark = point_mark(key)
        self._logs = logs
        self._write = write

    def record(self, instance: str, level: str, message: str) -> None:
        """Take one line of an instance, named `<account id>/<script>#<number>`."""
        if not message.startswith(self._mark):
            self._logs.record(instance, level, message)
            return
        line = json.loads(message.removeprefix(self._mark))
        self._write(instance.partition("/")[0], line["dataset"], line["point"])


def point_mark(key: str) -> str:
    """Return what a data point's line begins with; a Worker does not know the key."""
    return f"localedge-point:{key}:"
