"""Notes about many targets: one that is the same for several of them is printed once."""

import re
import threading

from edgefleet.core.ids import UUID

NOTE = "note: "
"""What a note begins with."""

MOST_NAMES = 3
"""Targets that a line names; of more it says how many there are."""

_VERSION = re.compile(rf"\b{UUID}\b")


class Notes:
    """The notes of a run, by their text; many threads add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[str, list[tuple[str, str]]] = {}

    def add(self, tenant: str, text: str) -> None:
        """Note something about one target; notes that differ in a version alone are the same."""
        with self._lock:
            self._noted.setdefault(_VERSION.sub("VERSION", text), []).append((tenant, text))

    def lines(self) -> list[str]:
        """Return a line for each note, with the targets that it is about, and forget them."""
        with self._lock:
            noted, self._noted = self._noted, {}
        return [f"  {_names(notes)}: {_text(text, notes)}" for text, notes in noted.items()]


def _names(notes: list[tuple[str, str]]) -> str:
    names = sorted({tenant for tenant, _ in notes})
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} tenants"


def _text(text: str, notes: list[tuple[str, str]]) -> str:
    texts = {each for _, each in notes}
    return texts.pop() if len(texts) == 1 else text
