"""Make the texts of a record harmless: anyone may have written the file that it was read from."""

from typing import Any, TypeVar

from pydantic import BaseModel

from edgefleet.core.foreign.text import foreign_lines, foreign_text

T = TypeVar("T", bound=BaseModel)

IN_LINES = frozenset({"message", "hint"})
"""Fields that may have several lines, such as what wrangler said last."""
AS_IT_IS = frozenset({"plan", "change", "ignored"})
"""Fields whose values are escaped wherever they are shown."""


def harmless(model: T) -> T:
    """Return a record, or another model, whose texts are harmless wherever they are printed."""
    changed = {
        name: found
        for name, value in model
        if name not in AS_IT_IS and (found := _harmless(value, name)) is not value
    }
    return model.model_copy(update=changed) if changed else model


def _harmless(value: Any, name: str) -> Any:
    if type(value) is str:  # a word of an enumeration is one of ours
        found = foreign_lines(value) if name in IN_LINES else foreign_text(value)
        return value if found == value else found
    if isinstance(value, BaseModel):
        return harmless(value)
    if isinstance(value, tuple):
        made = tuple(_harmless(each, name) for each in value)
        same = all(one is other for one, other in zip(made, value, strict=True))
        return value if same else made
    return value
