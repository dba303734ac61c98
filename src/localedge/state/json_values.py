"""JSON that can be written again: Python reads more than JSON's writers and UTF-8 can carry."""

import json

from localedge.model import Json


def as_text(value: Json) -> str:
    """Write a value; raise `ValueError` for infinite numbers and lone surrogates."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text.encode()
    return text


def well_formed(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
