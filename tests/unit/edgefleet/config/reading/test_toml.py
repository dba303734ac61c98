"""TOML: what it holds, what is wrong with it, and where each key stands."""

from collections.abc import Iterator
from typing import Any

import pytest

from edgefleet.config.reading import toml
from edgefleet.config.reading.positions import PositionFinder

WRANGLER = '''# The Worker
name = "shop"   # a comment, with = and [
compatibility_date = 2026-01-15
routes = [
  "a.example/*", # first
  { pattern = "b.example", custom_domain = true },
]
vars = { GREETING = """two
lines, with [brackets]""", "A.B" = 'its' }
limits.cpu_ms = 50

[[kv_namespaces]]
binding = "A"
id = "1"

[[kv_namespaces]]
binding = "B"

[env.staging]
[env.staging.vars]
RATE = 1.5
[[env.staging.d1_databases]]
binding = "DB"
[env.staging.d1_databases.extra]
x = [[1, 2], []]
'''


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


def line(*keys: Any) -> str:
    number, column = PositionFinder(WRANGLER, toml.index).line_and_column(keys)
    return WRANGLER.splitlines()[number - 1][column - 1 :]


def test_every_key_and_item_has_a_place() -> None:
    value, faults = toml.parse(WRANGLER)
    assert not faults
    assert set(paths(value)) <= toml.index(WRANGLER).offsets.keys()


def test_a_place_is_where_the_key_stands() -> None:
    assert line("name").startswith("name = ")
    assert line("routes", 1, "pattern").startswith("pattern = ")
    assert line("vars", "A.B").startswith('"A.B" = ')
    assert line("limits", "cpu_ms").startswith("limits.cpu_ms")
    assert line("kv_namespaces", 1).startswith("kv_namespaces]]")
    assert line("kv_namespaces", 0, "id") == 'id = "1"'
    assert line("env", "staging", "vars", "RATE") == "RATE = 1.5"
    assert line("env", "staging", "d1_databases", 0, "extra", "x", 0, 1) == "2], []]"


def test_a_date_is_text_as_wrangler_sends_it() -> None:
    value, _ = toml.parse(WRANGLER)
    assert value is not None
    assert value["compatibility_date"] == "2026-01-15"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "file-empty", (1, 1)),
        ("name = my-worker\n", "toml-syntax", (1, 8)),
        ('name = "a"\nname = "b"\n', "toml-syntax", (2, 11)),
        ('name = "a"\n[limits]\ncpu_ms = inf\n', "toml-value", (3, 1)),
    ],
)
def test_what_is_wrong_has_a_place(text: str, code: str, place: tuple[int, int]) -> None:
    _, (fault,) = toml.parse(text)
    assert (fault.rule.code, PositionFinder(text).line_and_column(fault.offset)) == (code, place)
