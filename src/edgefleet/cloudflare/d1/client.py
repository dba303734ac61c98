"""A D1 database, as far as migrations need it: wrangler's table of those that were applied.

A migration is applied as `wrangler d1 migrations apply --remote` does it (seen with 4.164.0): its
SQL and the row that says so are one request, which Cloudflare carries out whole or not at all
(https://developers.cloudflare.com/d1/reference/migrations/). So wrangler and edgefleet may take
turns at one database.
"""

from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.d1 import schemas as wire
from edgefleet.cloudflare.d1.migrations import D1Migration
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.permissions import D1_WRITE
from edgefleet.core.model import Json
from edgefleet.http.connection import HttpRequest

_TABLE = """CREATE TABLE IF NOT EXISTS {table}(
		id         INTEGER PRIMARY KEY AUTOINCREMENT,
		name       TEXT UNIQUE,
		applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);"""
"""As wrangler makes it, so that a dump of the database is the same with both tools."""


class D1Client:
    """The database `database_id` of an account. Writes are made once and raise `ApiError`."""

    def __init__(self, api: Cloudflare, account_id: str, database_id: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}/d1/database/{segment(database_id)}/query"

    def applied(self, table: str) -> tuple[str, ...]:
        """Return the names of applied migrations, oldest first; none where there is no table."""
        there = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?"
        if not self._rows(there, table):
            return ()
        names = f"SELECT name FROM {_identifier(table)} ORDER BY id"  # noqa: S608 - it is quoted
        return tuple(self._rows(names))

    def apply(self, table: str, migration: D1Migration) -> None:
        """Apply a migration and note it in the table, which is made where there is none."""
        self._make(_TABLE.format(table=_identifier(table)))
        name = migration.name.replace("'", "''")
        noted = f"INSERT INTO {_identifier(table)} (name)\nvalues ('{name}');"
        self._make(f"{migration.sql}\n{noted}")

    def _rows(self, sql: str, *params: str) -> list[str]:
        body: dict[str, Json] = {"sql": sql, "params": [*params]}
        (result,) = self._api.ask(self._path, body, tuple[wire.NamedRows])
        return [row.name for row in result.results]

    def _make(self, sql: str) -> None:
        call = HttpRequest("POST", self._path, body={"sql": sql})
        try:
            results = self._api.send(call, list[wire.SqlResult])
        except ApiError as error:
            if error.permission:
                error.lacks(D1_WRITE)
            raise
        if not all(result.success for result in results):
            raise ApiError(f"{call}: a statement did not succeed", status=400)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
