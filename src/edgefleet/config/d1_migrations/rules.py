"""Which files are D1 migrations, and in which order they are applied: as wrangler says it.

wrangler 4.164.0 matches `migrations_pattern`, by default the `*.sql` files of `migrations_dir`, and
puts the files in the order of the numbers with which their names begin.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from edgefleet.cloudflare.d1.migrations import DEFAULT_TABLE
from edgefleet.core.foreign.values import entries
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError

DEFAULT_FOLDER = "migrations"
UNNUMBERED = float("inf")
"""Files without a number come after all others."""

_UNREADABLE = frozenset("\\!()")
"""Characters of globs that edgefleet does not read."""


class MigrationSource(NamedTuple):
    """Where the migrations of one database are, in a resolved configuration."""

    number: int
    """Which entry of `d1_databases` it is."""
    binding: str
    database_id: str
    table: str
    folder: str
    """Relative to the folder of the wrangler file."""
    pattern: str
    """Relative to `folder`."""
    named: bool
    """Whether the file names the folder: then it must be there."""


def sources(resolved: Mapping[str, Json]) -> Iterator[MigrationSource]:
    """Yield where the migrations of each D1 database are; raises `ConfigError`.

    wrangler's default folder counts for a single database: of several, each names its own.
    """
    found = list(bound(resolved))
    for number, one in found:
        if len(found) == 1 or one.get("migrations_dir") or one.get("migrations_pattern"):
            yield source(number, one)


def bound(resolved: Mapping[str, Json]) -> Iterator[tuple[int, Mapping[str, Json]]]:
    """Yield each complete entry of `d1_databases`, with its number."""
    for number, one in entries(resolved, "d1_databases"):
        if one.get("database_id") and one.get("binding"):
            yield number, one


def source(number: int, database: Mapping[str, Json]) -> MigrationSource:
    """Return where the migrations of a D1 database are; raises `ConfigError`."""
    named, pattern = database.get("migrations_dir"), database.get("migrations_pattern")
    table = database.get("migrations_table")
    for key, value in (("dir", named), ("pattern", pattern), ("table", table)):
        if value is not None and (not isinstance(value, str) or not value):
            raise ConfigError(f"migrations_{key} must be text in double quotes")
    if pattern is not None and named is None:
        raise ConfigError("migrations_pattern needs a migrations_dir, with which it begins")
    folder = _normal(named or DEFAULT_FOLDER)
    if folder.startswith(("/", "../")) or folder == "..":
        raise ConfigError(f"migrations_dir {folder} lies beside the wrangler file, not below it")
    whole = _normal(pattern) if pattern else posixpath.normpath(f"{folder}/*.sql")
    if folder != "." and not whole.startswith(f"{folder}/"):
        raise ConfigError(f"migrations_pattern must begin with migrations_dir: {folder}/")
    within = whole if folder == "." else whole.removeprefix(f"{folder}/")
    if _UNREADABLE & {*within}:
        raise ConfigError("migrations_pattern may have *, **, ?, [abc] and {one,two} alone")
    binding, database_id = str(database["binding"]), str(database["database_id"])
    table = DEFAULT_TABLE if table is None else table
    return MigrationSource(number, binding, database_id, table, folder, within, named is not None)


def order(name: str) -> tuple[tuple[float, str], ...]:
    """Return what a migration is sorted by: the number that begins each part of its path, then it.

    wrangler takes the leading integer of what stands before the first `_`.
    """
    return tuple((_number(part), part) for part in name.split("/"))


def matches(pattern: str, path: str) -> bool:
    """Whether a path is one that a glob means; wildcards match no dot at the beginning."""
    return _expression(pattern).fullmatch(path) is not None


def _number(part: str) -> float:
    found = re.match(r"\s*([+-]?\d+)", part.split("_")[0])
    return int(found[1]) if found else UNNUMBERED


def _normal(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/"))


@lru_cache(maxsize=64)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = [_part(part) for part in pattern.split("/")]
    return re.compile("".join(parts).removesuffix("/"))


def _part(part: str) -> str:
    if part == "**":
        return r"(?:(?!\.)[^/]+/)*"
    hidden = "" if part.startswith(".") else r"(?!\.)"
    return f"{hidden}{_wildcards(part)}/"


def _wildcards(part: str) -> str:
    """Return a part of a glob as a regular expression."""
    found = re.split(r"(\*+|\?|\[[^\]]+\]|\{[^{}]*\})", part)
    return "".join(_wildcard(piece) for piece in found)


def _wildcard(piece: str) -> str:
    if piece.startswith("*"):
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and len(piece) > 1:
        inner = re.escape(piece[1:-1]).replace(r"\-", "-")
        return f"[^{inner[2:]}]" if inner.startswith(r"\^") else f"[{inner}]"
    if piece.startswith("{") and len(piece) > 1:
        return f"(?:{'|'.join(_wildcards(one) for one in piece[1:-1].split(','))})"
    return re.escape(piece)
