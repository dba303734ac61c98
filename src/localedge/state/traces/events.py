"""What ran: an event for each invocation of a Worker, in the database, which survives a restart."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localedge.model import Json, ScriptRef
from localedge.state.database import Database

MOST = 10_000
"""Events of a script that are kept; the oldest are dropped."""
MOST_OVERALL = 200_000
BETWEEN_CLEANINGS = 500

SCHEMA = """
CREATE TABLE IF NOT EXISTS trace_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, script TEXT NOT NULL, version_id TEXT NOT NULL,
    started INTEGER NOT NULL, ended INTEGER NOT NULL, log_interval REAL,
    outcome TEXT NOT NULL, model TEXT NOT NULL, event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS trace_events_of ON trace_events (account_id, script, id);
CREATE INDEX IF NOT EXISTS trace_events_at ON trace_events (account_id, started);
"""

FACTS = "id, account_id, script, version_id, started, ended, log_interval, outcome, model"

Event = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation, without what it logged; times are in milliseconds since the epoch.

    `log_interval` is the number of invocations that stand behind it in Workers Logs, None where
    these do not have it. `model` is workerd's execution model: `stateless` or `durableObject`.
    """

    id: int
    ref: ScriptRef
    version_id: str
    started: int
    ended: int
    outcome: str
    model: str
    log_interval: float | None


class EventStore:
    """Keeps the newest events of each script."""

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._database = database
        self._most = most
        self._added: Counter[ScriptRef] = Counter()
        database.create(SCHEMA)

    def add(
        self, ref: ScriptRef, version_id: str, events: Sequence[tuple[Event, float | None]]
    ) -> None:
        """Keep events of a version, oldest first, each with its interval in Workers Logs."""
        with self._database.transaction():
            for event, log_interval in events:
                started = int(event.get("eventTimestamp") or 0)
                self._database.run(
                    "INSERT INTO trace_events (account_id, script, version_id, started, ended,"
                    " log_interval, outcome, model, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        ref.account_id,
                        ref.name,
                        version_id,
                        started,
                        started + int(event.get("wallTime") or 0),
                        log_interval,
                        str(event.get("outcome")),
                        str(event.get("executionModel") or "stateless"),
                        json.dumps(event),
                    ),
                )
        self._added[ref] += len(events)
        if self._added[ref] >= BETWEEN_CLEANINGS:
            self._drop_oldest(ref)

    def newest(self, ref: ScriptRef, count: int) -> list[Event]:
        """Return the newest events of a script, oldest first."""
        rows = self._database.all(
            "SELECT event FROM trace_events WHERE account_id = ? AND script = ?"
            " ORDER BY id DESC LIMIT ?",
            (ref.account_id, ref.name, count),
        )
        return [json.loads(row["event"]) for row in reversed(rows)]

    def invocations(self, account_id: str, begin: int, end: int) -> list[Invocation]:
        """Return what started in an account from `begin` to `end`, both in milliseconds."""
        rows = self._rows(FACTS, account_id, begin, end)
        return [_invocation(row) for row in rows]

    def with_events(self, account_id: str, begin: int, end: int) -> list[tuple[Invocation, str]]:
        """Return that, each with all that is known of it, as JSON."""
        rows = self._rows(f"{FACTS}, event", account_id, begin, end)
        return [(_invocation(row), row["event"]) for row in rows]

    def _rows(self, columns: str, account_id: str, begin: int, end: int) -> list[sqlite3.Row]:
        return self._database.all(
            f"SELECT {columns} FROM trace_events WHERE account_id = ? AND started BETWEEN ? AND ?"  # noqa: S608 - constants
            " ORDER BY id",
            (account_id, begin, end),
        )

    def clear(self) -> None:
        """Forget everything."""
        self._database.run("DELETE FROM trace_events")
        self._added.clear()

    def _drop_oldest(self, ref: ScriptRef) -> None:
        self._added[ref] = 0
        place = (ref.account_id, ref.name)
        self._database.run(
            "DELETE FROM trace_events WHERE account_id = ? AND script = ? AND id <= ("
            "SELECT id FROM trace_events WHERE account_id = ? AND script = ?"
            " ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (*place, *place, self._most),
        )
        self._database.run(
            "DELETE FROM trace_events WHERE id <= (SELECT max(id) FROM trace_events) - ?",
            (MOST_OVERALL,),
        )


def _invocation(row: sqlite3.Row) -> Invocation:
    return Invocation(
        row["id"],
        ScriptRef(row["account_id"], row["script"]),
        row["version_id"],
        row["started"],
        row["ended"],
        row["outcome"],
        row["model"],
        row["log_interval"],
    )
