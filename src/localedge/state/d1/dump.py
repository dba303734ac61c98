"""A D1 database as SQL text, which `wrangler d1 export` downloads."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from localedge.state.d1.sql_file import SqlFile

TABLES = """
SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql NOT NULL
AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid
"""
REST = """
SELECT tbl_name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger', 'view')
AND sql NOT NULL ORDER BY type
"""


@dataclass(frozen=True, slots=True)
class DumpOptions:
    """What to leave out; an empty `tables` means all."""

    schema: bool = True
    data: bool = True
    tables: frozenset[str] = frozenset()


def dump(file: SqlFile, options: DumpOptions) -> Iterator[str]:
    """Yield the statements that make the database again, each ending in a newline."""
    yield "PRAGMA defer_foreign_keys=TRUE;\n"
    for name, sql in _wanted(file.run_trusted(TABLES), options):
        if options.schema:
            yield re.sub(r"^CREATE TABLE (?=['\"])", "CREATE TABLE IF NOT EXISTS ", sql) + ";\n"
        if options.data:
            table = _identifier(name)
            for row in file.run_trusted(f"SELECT * FROM {table}"):  # noqa: S608 - quoted
                values = ",".join(_literal(cell) for cell in row)
                yield f"INSERT INTO {table} VALUES({values});\n"
    if options.schema:
        for _, sql in _wanted(file.run_trusted(REST), options):
            yield sql + ";\n"


def _wanted(rows: Iterable[tuple[str, ...]], options: DumpOptions) -> Iterator[tuple[str, str]]:
    for name, sql in rows:
        if not options.tables or name in options.tables:
            yield name, sql


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(cell: float | str | bytes | None) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, bytes):
        return f"X'{cell.hex()}'"
    if isinstance(cell, str):
        return "'" + cell.replace("'", "''") + "'"
    if math.isinf(cell):
        return "9e999" if cell > 0 else "-9e999"
    return repr(cell)
