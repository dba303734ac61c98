"""One SQLite file under D1's rules: how a batch runs, and what it reports."""

import math
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localedge.model import Json
from localedge.state.d1.rules import LIMITS, MAX_SECONDS, NO_TRANSACTIONS, Authorizer
from localedge.state.d1.statements import split_statements, to_json, to_sqlite
from localedge.state.json_values import well_formed
from localedge.wire.d1_errors import D1SqlError
from localedge.wire.errors import AuthenticationError

SERVED_BY = "localedge"
SUMMED = ("duration", "changes", "rows_read", "rows_written")


@dataclass(frozen=True, slots=True)
class D1Query:
    """SQL text of one or more statements; the parameters are the last one's."""

    sql: str
    params: Sequence[Json] = ()


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What one statement gave: rows of JSON values, and D1's `meta`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Json, ...], ...]
    meta: dict[str, Json]

    def objects(self) -> list[dict[str, Json]]:
        """Return each row as an object."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def combined_meta(results: Sequence[StatementResult]) -> dict[str, Json]:
    """Return one `meta` for several statements: their sums, and the rest of the last one."""
    sums = {key: sum(result.meta[key] for result in results) for key in SUMMED}
    changed = any(result.meta["changed_db"] for result in results)
    return results[-1].meta | sums | {"changed_db": changed}


class SqlFile:
    """One open database; calls must not overlap, `interrupt` alone may come at any time."""

    def __init__(self, path: Path) -> None:
        # No cached statements: SQLite calls the authorizer when it prepares a statement, so a
        # statement that the server ran for itself must not be reused for a user.
        self._connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=0
        )
        self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        self._guard = Authorizer()
        self._deadline = math.inf
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        for limit, value in LIMITS.items():
            self._connection.setlimit(limit, value)
        self._connection.set_authorizer(self._guard.decide)
        self._connection.set_progress_handler(lambda: time.monotonic() > self._deadline, 10_000)

    def execute(
        self, queries: Sequence[D1Query], *, read_only: bool = False
    ) -> list[list[StatementResult]]:
        """Run every query in one transaction; return, for each, what its statements gave.

        Raises `D1SqlError` with the position of the query that failed, and `AuthenticationError`
        for a statement that writes where that is not allowed; then nothing has changed.
        """
        results: list[list[StatementResult]] = []
        self._guard.read_only, self._guard.refused_write = read_only, False
        self._deadline = time.monotonic() + MAX_SECONDS
        try:
            with self._transaction():
                results.extend(map(self._run, queries))
        except (sqlite3.Error, sqlite3.Warning) as error:
            if self._guard.refused_write:
                raise AuthenticationError from error
            position = min(len(results), len(queries) - 1)
            raise D1SqlError(self._message(error), position=position) from error
        finally:
            self._deadline = math.inf
            self._guard.read_only = False
        return results

    def run_trusted(self, sql: str) -> Iterator[tuple[Json, ...]]:
        """Run SQL of the server's, past the guard; rows hold Python values."""
        self._guard.trusted = True
        try:
            cursor = self._connection.execute(sql)
        finally:
            self._guard.trusted = False
        yield from cursor

    def number(self, sql: str) -> int:
        """Return the single integer that SQL of the server's gives."""
        return int(next(self.run_trusted(sql))[0])

    def size(self) -> int:
        """Return the size of the database in bytes."""
        return self.number("PRAGMA page_count") * self.number("PRAGMA page_size")

    def interrupt(self) -> None:
        """End the statement that runs, from another thread."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _run(self, query: D1Query) -> list[StatementResult]:
        statements = split_statements(well_formed(query.sql))
        if not statements:
            raise sqlite3.ProgrammingError("No SQL statements detected.")
        params = [to_sqlite(value) for value in query.params]
        last = len(statements) - 1
        return [
            self._statement(statement, params if index == last else [])
            for index, statement in enumerate(statements)
        ]

    def _statement(self, sql: str, params: Sequence[float | str | bytes | None]) -> StatementResult:
        before = self._state()
        started = time.perf_counter()
        cursor = self._connection.execute(sql, params)
        rows = tuple(tuple(to_json(cell) for cell in row) for row in cursor.fetchall())
        milliseconds = (time.perf_counter() - started) * 1000
        columns = tuple(column[0] for column in cursor.description or ())
        after = self._state()
        written = after[0] - before[0]
        meta = {
            "served_by": SERVED_BY,
            "served_by_primary": True,
            "duration": milliseconds,
            "timings": {"sql_duration_ms": milliseconds},
            "changes": written,
            "last_row_id": self.number("SELECT last_insert_rowid()"),
            "changed_db": after != before,
            "size_after": self.size(),
            # D1 counts the rows that were scanned, with those of indexes; Python's SQLite cannot.
            "rows_read": len(rows),
            "rows_written": written,
        }
        return StatementResult(columns, rows, meta)

    def _state(self) -> tuple[int, int]:
        """Count all rows written so far, and all changes of the schema."""
        return self._connection.total_changes, self.number("PRAGMA schema_version")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        list(self.run_trusted("BEGIN IMMEDIATE"))
        try:
            yield
            list(self.run_trusted("COMMIT"))
        except BaseException:
            if self._connection.in_transaction:
                list(self.run_trusted("ROLLBACK"))
            raise

    def _message(self, error: sqlite3.Error | sqlite3.Warning) -> str:
        """Say it as workerd does: SQLite's message and its error name."""
        if self._guard.refused_transaction:
            self._guard.refused_transaction = False
            return NO_TRANSACTIONS
        if "Incorrect number of bindings" in str(error):
            return "Wrong number of parameter bindings for SQL query."
        if "query string is too large" in str(error):
            return "statement too long: SQLITE_TOOBIG"
        name: str | None = getattr(error, "sqlite_errorname", None)
        if name is None:
            return str(error)
        if name.startswith("SQLITE_INTERRUPT"):
            return "D1 DB storage operation exceeded timeout which caused object to be reset."
        return f"{error}: {'_'.join(name.split('_')[:2])}"
