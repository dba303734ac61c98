"""Transfers of Durable Object classes between scripts: expected ones, and those that were made."""

from localedge.model import ScriptRef
from localedge.state.database import Database
from localedge.state.exports.models import Transfer

SCHEMA = """
CREATE TABLE IF NOT EXISTS class_transfers (
    account_id TEXT NOT NULL, script TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL,
    committed INTEGER NOT NULL,
    PRIMARY KEY (account_id, script, name),
    FOREIGN KEY (account_id, script) REFERENCES scripts ON DELETE CASCADE
);
"""


class TransferStore:
    """Keeps transfers by the script that gets the class; they go when their script goes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def of(self, ref: ScriptRef) -> tuple[Transfer, ...]:
        """Return the transfers to a script."""
        rows = self._database.all(
            "SELECT name, source, committed FROM class_transfers"
            " WHERE account_id = ? AND script = ? ORDER BY name",
            (ref.account_id, ref.name),
        )
        return tuple(Transfer(row["name"], row["source"], bool(row["committed"])) for row in rows)

    def expecting(self, source: ScriptRef, name: str) -> list[str]:
        """Return the scripts that expect a class from `source`."""
        rows = self._database.all(
            "SELECT script FROM class_transfers WHERE account_id = ? AND source = ? AND name = ?"
            " AND NOT committed ORDER BY script",
            (source.account_id, source.name, name),
        )
        return [row["script"] for row in rows]

    def replace(self, ref: ScriptRef, transfers: list[Transfer]) -> None:
        """Keep exactly these transfers to a script."""
        self._database.run(
            "DELETE FROM class_transfers WHERE account_id = ? AND script = ?",
            (ref.account_id, ref.name),
        )
        for it in transfers:
            self._database.run(
                "INSERT INTO class_transfers VALUES (?, ?, ?, ?, ?)",
                (ref.account_id, ref.name, it.name, it.source, it.committed),
            )

    def commit(self, ref: ScriptRef, name: str) -> None:
        """Note that a class has come."""
        self._database.run(
            "UPDATE class_transfers SET committed = 1"
            " WHERE account_id = ? AND script = ? AND name = ?",
            (ref.account_id, ref.name, name),
        )
