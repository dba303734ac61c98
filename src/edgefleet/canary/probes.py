"""Evidence from edgefleet's own requests to each version, where visitors send too few."""

from collections.abc import Callable

from edgefleet.canary.models import Counts, Table, Window
from edgefleet.http.connection import TransportError

ProbeVersion = Callable[[str], str]
"""Sends one request to a version, by version override; returns what is wrong with the answer.

It raises `TransportError` where none came.
"""


def probe_both(probe: ProbeVersion, versions: tuple[str, str], count: int) -> Window:
    """Send `count` requests to the old and to the new version, in turn."""
    failed = [0, 0]
    for _ in range(count):
        for place, version in enumerate(versions):
            failed[place] += _fails(probe, version)
    return Window(Table(*(Counts(count, errors) for errors in failed)))


def _fails(probe: ProbeVersion, version: str) -> bool:
    try:
        return bool(probe(version))
    except TransportError:
        return True
