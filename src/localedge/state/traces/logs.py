"""The newest log lines of each Worker, in the database, so that a restart keeps them."""

import time
from collections import Counter

from localedge.model import LogLine, ScriptRef
from localedge.state.database import Database

KEPT = 500
"""Lines of a script that are kept; the oldest are dropped."""
BETWEEN_CLEANINGS = 100

SCHEMA = """
CREATE TABLE IF NOT EXISTS log_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, script TEXT NOT NULL,
    at REAL NOT NULL, level TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS log_lines_of ON log_lines (account_id, script, id);
"""
OF_SCRIPT = "account_id = ? AND script = ?"


class LogStore:
    """Keeps what each script logged, and what the runtime logged about it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._added: Counter[ScriptRef] = Counter()
        database.create(SCHEMA)

    def add(self, ref: ScriptRef, level: str, message: str) -> None:
        """Keep one line."""
        place = (ref.account_id, ref.name)
        self._database.run(
            "INSERT INTO log_lines (account_id, script, at, level, message) VALUES (?, ?, ?, ?, ?)",
            # A Worker may log half of a surrogate pair, which SQLite does not take.
            (*place, time.time(), level, message.encode(errors="replace").decode()),
        )
        self._added[ref] += 1
        if self._added[ref] >= BETWEEN_CLEANINGS:
            self._added[ref] = 0
            self._database.run(
                f"DELETE FROM log_lines WHERE {OF_SCRIPT} AND id <= (SELECT id FROM log_lines"  # noqa: S608 - constants
                f" WHERE {OF_SCRIPT} ORDER BY id DESC LIMIT 1 OFFSET {KEPT})",
                (*place, *place),
            )

    def lines(self, ref: ScriptRef) -> list[LogLine]:
        """Return the newest lines of one script, oldest first."""
        rows = self._database.all(
            f"SELECT at, level, message FROM log_lines WHERE {OF_SCRIPT}"  # noqa: S608 - constants
            f" ORDER BY id DESC LIMIT {KEPT}",
            (ref.account_id, ref.name),
        )
        return [LogLine(row["at"], row["level"], row["message"]) for row in reversed(rows)]

    def clear(self, ref: ScriptRef | None = None) -> None:
        """Drop the lines of one script, or all."""
        if ref is None:
            self._database.run("DELETE FROM log_lines")
        else:
            self._database.run(
                f"DELETE FROM log_lines WHERE {OF_SCRIPT}",  # noqa: S608 - constants
                (ref.account_id, ref.name),
            )
