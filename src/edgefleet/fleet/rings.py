"""In which order a fleet is changed, and how many failures end it."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from edgefleet.errors import UsageError
from edgefleet.fleet.models import TargetResult

FAILURES = re.compile(r"(?P<count>[0-9]{1,6})(?P<percent>%)?")


def by_ring(members: Iterable[TargetResult]) -> list[tuple[int, tuple[TargetResult, ...]]]:
    """Return the rings, the lowest first, each with its members by name."""
    ordered = sorted(members, key=attrgetter("ring", "tenant"))
    return [(ring, tuple(found)) for ring, found in groupby(ordered, attrgetter("ring"))]


def parse_max_failures(word: str | None, members: Sequence[TargetResult]) -> int:
    """Return how many failures `--max-failures` bears: a number, or a share of all, rounded down.

    Raises `UsageError` for a word that is neither.
    """
    if word is None:
        return 0
    match = FAILURES.fullmatch(word)
    if match is None or (match["percent"] and int(match["count"]) > 100):
        raise UsageError(
            f"--max-failures {word} is neither a number nor a percentage",
            hint="for example: --max-failures 3, or --max-failures 10%",
        )
    count = int(match["count"])
    return len(members) * count // 100 if match["percent"] else count
