"""Where each value of a JSONC text begins and ends, and where the commas between them stand.

The text must be valid; `reading.jsonc` has checked that.
"""

import json
from dataclasses import dataclass, field

from edgefleet.config.reading.positions import TOKEN


@dataclass(slots=True)
class ValueSpan:
    """A value from its first character to behind its last one."""

    start: int
    end: int
    bracket: str = ""
    """What opens it: `{` of an object, `[` of a list, nothing of anything else."""
    items: list["ItemSpan"] = field(default_factory=list)

    def item(self, key: str | int) -> "ItemSpan | None":
        """Return the member of an object, or the entry of a list, with this key or number."""
        if isinstance(key, int):
            known = self.bracket == "[" and 0 <= key < len(self.items)
            return self.items[key] if known else None
        return next((each for each in self.items if each.key == key), None)


@dataclass(slots=True)
class ItemSpan:
    """A member of an object (it begins with its key), or an entry of a list (its `key` is None)."""

    start: int
    key: str | None
    value: ValueSpan
    comma: int | None = None
    """Where the comma stands that follows; None for a last one without."""


def spans(text: str) -> ValueSpan:
    """Return the value that a text holds, with all that is in it."""
    root = ValueSpan(0, 0)
    open_values = [root]
    key: tuple[int, str] | None = None
    for token in TOKEN.finditer(text):
        inside, kind = open_values[-1], token.lastgroup
        if kind == "key":
            key = (token.start(), json.loads(token[0]))
        elif kind in {"open", "value"}:
            bracket = token[0] if kind == "open" else ""
            value = ValueSpan(token.start(), token.end(), bracket)
            start, name = key or (token.start(), None)
            inside.items.append(ItemSpan(start, name, value))
            key = None
            if bracket:
                open_values.append(value)
        elif kind == "close":
            inside.end = token.end()
            open_values.pop()
        elif token[0] == ",":
            inside.items[-1].comma = token.start()
    return root.items[0].value
