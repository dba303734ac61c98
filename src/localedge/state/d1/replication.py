"""The mode of read replication of each D1 database, which is kept and shown."""

from localedge.state.d1.models import D1Database
from localedge.state.database import Database

REPLICATION_MODES = ("auto", "disabled")
SCHEMA = """
CREATE TABLE IF NOT EXISTS d1_replication (
    account_id TEXT NOT NULL, uuid TEXT NOT NULL, mode TEXT NOT NULL,
    PRIMARY KEY (account_id, uuid),
    FOREIGN KEY (account_id, uuid) REFERENCES d1_databases ON DELETE CASCADE
);
"""


class ReplicationStore:
    """Modes by database; a database of which nothing was said has no replicas."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def mode(self, database: D1Database) -> str:
        """Return `auto` or `disabled`."""
        row = self._database.one(
            "SELECT mode FROM d1_replication WHERE account_id = ? AND uuid = ?",
            (database.account_id, database.uuid),
        )
        return row["mode"] if row else "disabled"

    def set(self, database: D1Database, mode: str) -> None:
        """Set the mode."""
        self._database.run(
            "INSERT OR REPLACE INTO d1_replication VALUES (?, ?, ?)",
            (database.account_id, database.uuid, mode),
        )
