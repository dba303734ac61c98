"""One SQLite file in the state folder; it survives a restart and a kill -9."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

FILE = "localedge.sqlite"


class StateInUse(Exception):
    """Another server uses the state folder; the message names the folder."""


class Database:
    """The server's only database connection.

    The server is one process with one event loop, and no statement waits for anything but the
    disk, so one connection in autocommit mode serves all; writes that belong together go through
    `transaction`. The folder is its owner's alone, for secrets stand in it. WAL keeps every
    committed transaction when the process is killed (https://sqlite.org/wal.html). The folder is
    locked as long as the process lives; raises `StateInUse` where another one has it.
    """

    def __init__(self, folder: Path) -> None:
        _make_private(folder)
        self.folder = folder
        self._lock = _lock(folder)
        # SQLite gives the files beside its own (WAL) the same mode.
        os.close(os.open(folder / FILE, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        (folder / FILE).chmod(0o600)
        self._connection = sqlite3.connect(
            folder / FILE, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def create(self, schema: str) -> None:
        """Make the tables of one store; `schema` says `CREATE TABLE IF NOT EXISTS`."""
        self._connection.executescript(schema)

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one write; return how many rows it touched."""
        return self._connection.execute(sql, parameters).rowcount

    def all(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Return every row."""
        return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Row | None:
        """Return the first row, if any."""
        row: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all writes within, or none. Must not be held across an `await`."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file and release the folder."""
        self._connection.close()
        self._lock.close()


def _make_private(folder: Path) -> None:
    """Make the folder, readable by its owner alone; one that holds other things stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / FILE).exists() or not any(folder.iterdir()):
        folder.chmod(0o700)


def _lock(folder: Path) -> IO[str]:
    # The system releases the lock when the process ends, also after a kill.
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise StateInUse(
            f"the state folder {folder} is in use by another localedge: stop that one first, "
            "or choose another folder"
        ) from None
    return file
