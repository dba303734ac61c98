"""Set, append and remove in a JSONC text, which must be valid; all else stays byte for byte.

A comment goes only with the value that it is in. What is new takes the layout around it: one line
or several, indentation, line ends, and a trailing comma where there was one.
"""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from edgefleet.config.editing.layout import Layout
from edgefleet.config.editing.spans import ValueSpan, spans
from edgefleet.config.reading.jsonc import parse
from edgefleet.config.reading.rule import KeyPath
from edgefleet.config.reading.schema_errors import dotted
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError


class Splice(NamedTuple):
    """A piece of a text, and what takes its place."""

    start: int
    end: int
    text: str


def set_value(text: str, path: KeyPath, value: Json) -> str:
    """Return the text with `value` at `path`; objects and lists on the way there are made.

    The number behind a list's last entry appends. Where the value is there already, the text stays
    as it is. Raises `ConfigError` where something else than an object or a list is in the way.
    """
    root = spans(text)
    layout = Layout.of(text, root)
    chain, missing = _walk(root, path)
    if missing:
        return _spliced(text, _inserted(layout, chain, path, _nested(missing[1:], value)))
    if _same(_value_in(text, path), value):
        return text
    here = chain[-1]
    # In a container of one line nothing gets a second one.
    flat = len(chain) > 1 and not layout.is_spread(chain[-2])
    in_list = isinstance(path[-1], int) if path else False
    new = layout.written(value, layout.indent(here.start), flat=flat, in_list=in_list)
    return _spliced(text, [Splice(here.start, here.end, new)])


def append(text: str, path: KeyPath, value: Json) -> str:
    """Return the text with `value` as last entry of the list at `path`, which is made if missing.

    Raises `ConfigError` where something else than a list stands there.
    """
    chain, missing = _walk(spans(text), path)
    if missing:
        return set_value(text, path, [value])
    if chain[-1].bracket != "[":
        raise ConfigError(f"{dotted(path)} is no list")
    return set_value(text, (*path, len(chain[-1].items)), value)


def remove(text: str, path: KeyPath) -> str:
    """Return the text without the key or entry at `path`; comments around it stay.

    A line on which nothing else stands goes with it. A path that is not there changes nothing.
    """
    root = spans(text)
    chain, missing = _walk(root, path)
    if missing or not path:
        return text
    return _spliced(text, _removed(Layout.of(text, root), chain[-2], path[-1]))


def _walk(root: ValueSpan, path: KeyPath) -> tuple[list[ValueSpan], KeyPath]:
    """Return the values along a path as far as they exist, and the keys that are left."""
    chain = [root]
    for depth, key in enumerate(path):
        found = chain[-1].item(key)
        if found is None:
            return chain, path[depth:]
        chain.append(found.value)
    return chain, ()


def _nested(keys: KeyPath, value: Json) -> Json:
    for key in reversed(keys):
        value = [value] if isinstance(key, int) else {key: value}
    return value


def _value_in(text: str, path: KeyPath) -> Json:
    value: Json = parse(text)[0]
    for key in path:
        value = value[key]
    return value


def _same(one: Json, other: Json) -> bool:
    """Whether two values are the same JSON; Python takes true for 1."""
    first, second = (json.dumps(each, sort_keys=True) for each in (one, other))
    return first == second


def _inserted(
    layout: Layout, chain: list[ValueSpan], path: KeyPath, value: Json
) -> Iterable[Splice]:
    """Put a value behind the last one of the innermost container, which lacks the next key."""
    container, key = chain[-1], path[len(chain) - 1]
    fits = container.bracket == ("{" if isinstance(key, str) else "[")
    if not fits or (isinstance(key, int) and key != len(container.items)):
        where = dotted(path[: len(chain) - 1]) or "the file"
        raise ConfigError(f"{where} is nothing that can take {dotted((key,))}")
    if container.items:
        return _behind_last(layout, container, key, value)
    return [_into_empty(layout, chain, key, value)]


def _behind_last(
    layout: Layout, container: ValueSpan, key: str | int, value: Json
) -> Iterator[Splice]:
    last = container.items[-1]
    behind = last.value.end if last.comma is None else last.comma + 1
    place, ends_line = layout.behind_comments(behind)
    spread = layout.is_spread(container)
    indent = layout.indent(container.items[0].start if spread else container.start)
    gap = f"{layout.line_end}{indent}" if spread or ends_line else " "
    new = f"{gap}{layout.named(key, value, indent, flat=not spread)}"
    if last.comma is None:
        yield Splice(last.value.end, last.value.end, ",")
    yield Splice(place, place, new if last.comma is None else f"{new},")


def _into_empty(layout: Layout, chain: list[ValueSpan], key: str | int, value: Json) -> Splice:
    container = chain[-1]
    outer = layout.indent(container.start)
    inner = outer + layout.unit
    in_one_line = len(chain) > 1 and not layout.is_spread(chain[-2])
    new = layout.named(key, value, inner, flat=in_one_line)
    is_list = container.bracket == "["
    short = in_one_line or (is_list and not isinstance(value, dict | list))
    spread = layout.is_spread(container) or not short
    place = layout.behind_last_comment(container)
    commented = place > container.start + 1
    before = f"{layout.line_end}{inner}" if spread else " " * (commented or not is_list)
    after = f"{layout.line_end}{outer}" if spread else " " * (not is_list)
    return Splice(place, container.end - 1, f"{before}{new}{after}")


def _removed(layout: Layout, container: ValueSpan, key: str | int) -> Iterator[Splice]:
    number = key if isinstance(key, int) else [each.key for each in container.items].index(key)
    item = container.items[number]
    before = container.items[number - 1] if number else None
    start, end, comma = item.start, item.value.end, item.comma
    if comma is not None and not layout.text[end:comma].strip():
        end, comma = comma + 1, None
    elif comma is None and before is not None:
        comma = before.comma
    if comma is not None:
        yield Splice(comma, comma + 1, "")
    yield Splice(*layout.with_blanks(start, end, left=comma is not None), "")


def _spliced(text: str, splices: Iterable[Splice]) -> str:
    ordered = sorted(splices, key=lambda each: (each.start, each.end))
    for splice in reversed(ordered):  # of two at one place, the first one stands first
        text = f"{text[: splice.start]}{splice.text}{text[splice.end :]}"
    return text
