"""D1: a SQLite file for each database, one store for the API and for running Workers."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from localedge.state.d1.dump import DumpOptions, dump
from localedge.state.d1.models import D1Database
from localedge.state.d1.replication import ReplicationStore
from localedge.state.d1.sql_file import D1Query, SqlFile, StatementResult
from localedge.state.database import Database
from localedge.state.json_values import well_formed
from localedge.wire.d1_errors import D1BadRequest, D1DatabaseExists, D1NotFound

SCHEMA = """
CREATE TABLE IF NOT EXISTS d1_databases (
    account_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (account_id, uuid)
);
"""
FIND = """
SELECT account_id, uuid, name, created_at FROM d1_databases
WHERE account_id = ? AND (uuid = ? OR name = ?) ORDER BY uuid = ? DESC
"""
TABLE_COUNT = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
PLAIN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _OpenDatabase:
    """An open file and the one thread that uses it, so that calls on a database queue up."""

    file: SqlFile
    thread: ThreadPoolExecutor

    def close(self) -> None:
        self.file.interrupt()
        self.thread.shutdown(cancel_futures=True)
        self.file.close()


class D1Store:
    """Every D1 database of every account; SQL runs outside the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folder = database.folder / "d1"
        self._open: dict[tuple[str, str], _OpenDatabase] = {}
        database.create(SCHEMA)
        self.replication = ReplicationStore(database)

    def databases(self, account_id: str) -> list[D1Database]:
        """Return the account's databases, the newest first."""
        rows = self._database.all(
            "SELECT account_id, uuid, name, created_at FROM d1_databases WHERE account_id = ?"
            " ORDER BY created_at DESC, rowid DESC",
            (account_id,),
        )
        return [D1Database(*row) for row in rows]

    def database(self, account_id: str, uuid_or_name: str) -> D1Database | None:
        """Return one database by its id, or else by its name."""
        row = self._database.one(FIND, (account_id, uuid_or_name, uuid_or_name, uuid_or_name))
        return D1Database(*row) if row else None

    def require(self, account_id: str, uuid_or_name: str) -> D1Database:
        """Return one database; raise `D1NotFound` where there is none."""
        found = self.database(account_id, uuid_or_name)
        if found is None:
            raise D1NotFound(f"The database {uuid_or_name} could not be found")
        return found

    def create(self, account_id: str, name: str) -> D1Database:
        """Make a database with a new id; raise when the name is taken or unusable."""
        if not name or name != well_formed(name):
            raise D1BadRequest(f"Not a name for a database: {name!r}")
        if any(database.name == name for database in self.databases(account_id)):
            raise D1DatabaseExists
        return self.ensure(account_id, str(uuid4()), name)

    def ensure(self, account_id: str, uuid: str, name: str) -> D1Database:
        """Make a database with a given id, unless it is there.

        Ids name files, so nothing but letters, digits, `-` and `_` is taken.
        """
        if not PLAIN_ID.fullmatch(uuid) or not PLAIN_ID.fullmatch(account_id):
            raise D1BadRequest(f"Not an id: {account_id!r}, {uuid!r}")
        created_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._database.run(
            "INSERT OR IGNORE INTO d1_databases VALUES (?, ?, ?, ?)",
            (account_id, uuid, name, created_at),
        )
        return self.require(account_id, uuid)

    def delete(self, database: D1Database) -> None:
        """Drop a database and its file."""
        self._database.run(
            "DELETE FROM d1_databases WHERE account_id = ? AND uuid = ?",
            (database.account_id, database.uuid),
        )
        opened = self._open.pop((database.account_id, database.uuid), None)
        if opened:
            opened.close()
        path = self._path(database)
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()

    def clear(self) -> None:
        """Drop every database of every account."""
        for row in self._database.all(
            "SELECT account_id, uuid, name, created_at FROM d1_databases"
        ):
            self.delete(D1Database(*row))

    def close(self) -> None:
        """End what runs and close every file."""
        for opened in self._open.values():
            opened.close()
        self._open.clear()

    async def query(
        self, database: D1Database, queries: Sequence[D1Query], *, read_only: bool = False
    ) -> list[list[StatementResult]]:
        """Run queries in one transaction; return, for each, the result of each statement.

        Raises `D1SqlError`, and `AuthenticationError` for a statement that writes where that is not
        allowed; then nothing has changed.
        """
        return await self._call(database, lambda file: file.execute(queries, read_only=read_only))

    async def export(self, database: D1Database, options: DumpOptions) -> str:
        """Return the database as SQL text."""
        return await self._call(database, lambda file: "".join(dump(file, options)))

    async def statistics(self, database: D1Database) -> tuple[int, int]:
        """Return the number of tables and the size in bytes."""
        return await self._call(database, lambda file: (file.number(TABLE_COUNT), file.size()))

    async def _call(self, database: D1Database, work: Callable[[SqlFile], T]) -> T:
        key = (database.account_id, database.uuid)
        if key not in self._open:
            path = self._path(database)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[key] = _OpenDatabase(SqlFile(path), ThreadPoolExecutor(1, "d1"))
        opened = self._open[key]
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(opened.thread, work, opened.file)

    def _path(self, database: D1Database) -> Path:
        return self._folder / database.account_id / f"{database.uuid}.sqlite"


def new_bookmark() -> str:
    """Return a bookmark in D1's form; a later one compares greater."""
    now = f"{time.time_ns():016x}"
    return f"{now[:8]}-{now[8:]}-00000000-{'0' * 32}"
