"""The newest log lines of each Worker, kept in memory."""

import time
from collections import deque

from localedge.model import LogLine, ScriptRef

_KEPT = 500


class WorkerLogs:
    """A bounded ring of lines for each script."""

    def __init__(self) -> None:
        self._lines: dict[ScriptRef, deque[LogLine]] = {}

    def add(self, ref: ScriptRef, level: str, message: str) -> None:
        """Keep one line."""
        lines = self._lines.setdefault(ref, deque(maxlen=_KEPT))
        lines.append(LogLine(time.time(), level, message))

    def record(self, instance: str, level: str, message: str) -> None:
        """Keep one line of an instance, named `<account id>/<script>#<number>`; no other's."""
        place, number, _ = instance.rpartition("#")
        if number:
            account, _, script = place.partition("/")
            self.add(ScriptRef(account, script), level, message)

    def lines(self, ref: ScriptRef) -> list[LogLine]:
        """Return the lines of one script, oldest first."""
        return list(self._lines.get(ref, ()))

    def clear(self, ref: ScriptRef | None = None) -> None:
        """Drop the lines of one script, or all."""
        if ref is None:
            self._lines.clear()
        else:
            self._lines.pop(ref, None)
