"""A subset of Analytics Engine's SQL, run by SQLite on a copy of an account's data points.

SELECT with WHERE, GROUP BY, HAVING, ORDER BY and LIMIT, the functions below, INTERVAL and SHOW
TABLES. What is missing is refused by the name that SQLite does not know.
"""

import math
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from localedge.model import Json
from localedge.state.analytics.points import MOST_VALUES, DataPoint
from localedge.wire.errors import BadBody

UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}
INTERVAL = re.compile(
    r"\bINTERVAL\s+'(\d{1,9})'\s+(SECOND|MINUTE|HOUR|DAY|WEEK)S?\b", re.IGNORECASE
)
TAIL = re.compile(r"\s+FORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
SHOW_TABLES = re.compile(r"\s*SHOW\s+TABLES\s*;?\s*", re.IGNORECASE)
TIME_ALIAS = re.compile(
    r"\b(?:toStartOfInterval|toDateTime|now)\s*\([^()]*\)\s+AS\s+(\w+)", re.IGNORECASE
)
LONGEST_SECONDS = 10
BLOBS = [f"blob{number}" for number in range(1, MOST_VALUES + 1)]
DOUBLES = [f"double{number}" for number in range(1, MOST_VALUES + 1)]
ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
}
FUNCTIONS: Sequence[tuple[str, int, Callable[..., Json]]] = (
    ("now", 0, lambda: int(time.time())),
    ("if", 3, lambda condition, one, other: one if condition else other),
    ("intDiv", 2, lambda one, other: int(one // other)),
    ("toUInt32", 1, int),
    ("toString", 1, str),
    ("toUnixTimestamp", 1, int),
    ("empty", 1, lambda text: int(text == "")),
    ("startsWith", 2, lambda text, part: int(text.startswith(part))),
    ("endsWith", 2, lambda text, part: int(text.endswith(part))),
    ("position", 2, lambda text, part: text.find(part) + 1),
    ("toDateTime", 1, lambda given: _seconds(given)),
    ("toStartOfInterval", 2, lambda at, step: at - at % step),
)


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """Rows, the names and types of their columns, and the format in which they are wanted."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Json, ...], ...]
    format: str = "JSON"


def run_sql(text: str, points: Iterable[DataPoint]) -> SqlAnswer:
    """Run one statement on data points; raise `BadBody` with what is wrong."""
    match = TAIL.search(text)
    statement = text[: match.start()] if match else text
    wanted = match[1] if match else "JSON"
    tables: dict[str, list[DataPoint]] = {}
    for point in points:
        tables.setdefault(point.dataset, []).append(point)
    if SHOW_TABLES.fullmatch(statement):
        return SqlAnswer((("dataset", "String"),), tuple((it,) for it in sorted(tables)), wanted)
    connection = sqlite3.connect(":memory:")
    try:
        return _run(connection, statement, tables, wanted)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as refused:
        raise BadBody(f"localedge cannot run this SQL: {refused}") from None
    finally:
        connection.close()


def _run(
    connection: sqlite3.Connection,
    statement: str,
    tables: dict[str, list[DataPoint]],
    wanted: str,
) -> SqlAnswer:
    for name, rows in tables.items():
        _fill(connection, name, rows)
    for name, arguments, function in FUNCTIONS:
        connection.create_function(name, arguments, function)
    connection.set_authorizer(_authorize)
    deadline = time.monotonic() + LONGEST_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
    cursor = connection.execute(INTERVAL.sub(_interval, statement))
    found = cursor.fetchall()
    if cursor.description is None:
        raise BadBody("The body must be a statement of SQL.")
    names = [it[0] for it in cursor.description]
    times = {"timestamp", *TIME_ALIAS.findall(statement)}
    return SqlAnswer(
        tuple(
            (name, _type(name, times, [row[at] for row in found])) for at, name in enumerate(names)
        ),
        tuple(
            tuple(
                _date(it) if name in times else _shown(it)
                for name, it in zip(names, row, strict=True)
            )
            for row in found
        ),
        wanted,
    )


def _row(names: Sequence[str], times: set[str], row: Sequence[Json]) -> tuple[Json, ...]:
    named = zip(names, row, strict=True)
    return tuple(_date(value) if name in times else _shown(value) for name, value in named)


def _fill(connection: sqlite3.Connection, name: str, points: Sequence[DataPoint]) -> None:
    """Make the table of a dataset; any name is taken, for it is quoted."""
    columns = ["dataset", "timestamp", "_sample_interval", "index1", *BLOBS, *DOUBLES]
    quoted = name.replace('"', '""')
    connection.execute(f'CREATE TABLE "{quoted}" ({", ".join(columns)})')
    marks = ", ".join("?" * len(columns))
    rows = (
        (name, it.at, 1, it.index1, *_padded(it.blobs, ""), *_padded(it.doubles, 0.0))
        for it in points
    )
    connection.executemany(f'INSERT INTO "{quoted}" VALUES ({marks})', rows)  # noqa: S608 - quoted


def _padded(values: Sequence[Json], empty: Json) -> list[Json]:
    return [*values, *[empty] * (MOST_VALUES - len(values))]


def _authorize(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY


def _interval(match: re.Match[str]) -> str:
    return str(int(match[1]) * UNITS[match[2].upper()])


def _seconds(given: Json) -> int:
    if isinstance(given, int | float):
        return int(given)
    return int(datetime.strptime(given, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def _shown(value: Json) -> Json:
    """Return a value that JSON can carry."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _date(seconds: Json) -> Json:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError, OverflowError, OSError):
        return _shown(seconds)


def _type(name: str, times: set[str], values: Sequence[Json]) -> str:
    if name in times:
        return "DateTime"
    kinds = {type(it) for it in values if it is not None}
    if kinds <= {int} and kinds:
        return "UInt64"
    return "Float64" if kinds <= {int, float} and kinds else "String"
