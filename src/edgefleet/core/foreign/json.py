"""Parse JSON from outside, with limits on its size, depth and numbers."""

import json
import math
from typing import NoReturn

from edgefleet.core.foreign.text import well_formed
from edgefleet.core.model import Json

DEEPEST = 64
"""Levels of objects and lists; Cloudflare's own answers have about ten."""

LARGEST = 32 * 1024 * 1024
"""Bytes or characters; network clients have a narrower limit."""


def parse_json(data: str | bytes, *, deepest: int = DEEPEST, largest: int = LARGEST) -> Json:
    """Return the value that `data` holds; every string in it can be written as UTF-8.

    Raises `ValueError` for data that is not JSON (RFC 8259), is not UTF-8, is larger than
    `largest`, nested deeper than `deepest` levels, names a key twice in one object, or
    holds a number that is not finite.
    """
    if len(data) > largest:
        raise ValueError(f"it is larger than {largest:,} bytes")
    text = data if isinstance(data, str) else data.decode("utf-8-sig")
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_not_finite, parse_float=_finite
        )
    except RecursionError:
        raise ValueError(f"it is nested deeper than {deepest} levels") from None
    _require_depth(value, deepest)
    return _well_formed(value) if "\\ud" in text.lower() or isinstance(data, str) else value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def _not_finite(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _require_depth(value: Json, left: int) -> None:
    if not isinstance(value, dict | list):
        return
    if left == 0:
        raise ValueError("it is nested too deep")
    for each in value.values() if isinstance(value, dict) else value:
        if type(each) is dict or type(each) is list:  # as json makes them; quicker
            _require_depth(each, left - 1)


def _well_formed(value: Json) -> Json:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list):
        return [_well_formed(each) for each in value]
    if isinstance(value, dict):
        return _object([(well_formed(key), _well_formed(each)) for key, each in value.items()])
    return value
