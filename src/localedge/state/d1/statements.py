"""SQL as text: cutting it into statements, and values on their way in and out."""

import math
import re
import sqlite3

from localedge.model import Json
from localedge.state.d1.rules import MAX_STATEMENT_BYTES
from localedge.state.json_values import well_formed
from localedge.wire.d1_errors import D1BadRequest

MAX_BYTE = 255
BLANK = re.compile(r"(?:\s|;|--[^\n]*(?:\n|$)|/\*(?:(?!\*/).)*(?:\*/|$))*", re.DOTALL)


def split_statements(sql: str) -> list[str]:
    """Return the statements of `sql`, without the blank ones.

    SQLite itself says where a statement ends (https://sqlite.org/c3ref/complete.html), so that
    semicolons in strings, comments and trigger bodies stay where they are. A statement longer
    than D1 takes is cut off there; SQLite then refuses it for its length.
    """
    pieces, start, at = [], 0, 0
    while (end := sql.find(";", at)) >= 0:
        at = end + 1
        piece = sql[start:at]
        if len(piece) > MAX_STATEMENT_BYTES or sqlite3.complete_statement(piece):
            pieces.append(piece)
            start = at
    pieces.append(sql[start:])
    return [piece.strip() for piece in pieces if not BLANK.fullmatch(piece)]


def to_sqlite(value: Json) -> float | str | bytes | None:
    """Return a JSON parameter as SQLite takes it.

    A number becomes REAL, as every JavaScript number does in D1; an array of bytes a BLOB.
    """
    if value is None:
        return None
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list) and all(
        type(byte) is int and 0 <= byte <= MAX_BYTE for byte in value
    ):
        return bytes(value)
    raise D1BadRequest(f"Parameters are null, numbers, strings or arrays of bytes; got {value!r}")


def to_json(value: float | str | bytes | None) -> Json:
    """Return a cell as JSON: a BLOB is an array of bytes, an infinite number is null."""
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
