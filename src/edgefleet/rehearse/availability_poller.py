"""A visitor who asks again and again, and remembers every answer."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from edgefleet.health.models import Expectation
from edgefleet.health.probe import ask_health
from edgefleet.health.rules import fault, version_of
from edgefleet.http.connection import TransportError
from edgefleet.rehearse.models import Availability

PER_SECOND = 20
UNTOLD = "untold"
"""Stands for the version of a good answer that does not tell it."""


class AvailabilityPoller:
    """Counts good answers by version, and what was no good answer.

    `expected` says what a good answer is, of whatever version.
    """

    def __init__(self, url: str, expected: Expectation) -> None:
        self._url = url
        self._expected = expected
        self._versions: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    def visits(self) -> Availability:
        """Return what was seen so far."""
        return Availability(versions=dict(self._versions), failures=dict(self._failures))

    def ask(self) -> None:
        """Ask once."""
        try:
            answer = ask_health(self._url, self._expected)
        except TransportError as error:
            self._failures[str(error)] += 1
            return
        wrong = fault(answer, self._expected)
        if wrong:
            self._failures[wrong] += 1
        else:
            self._versions[version_of(answer, self._expected.contract) or UNTOLD] += 1


@contextmanager
def visitor(url: str, expected: Expectation) -> Iterator[AvailabilityPoller]:
    """Ask for the health of the Worker at `url` all the time, in the background.

    It ends with the block.
    """
    one = AvailabilityPoller(url, expected)
    over = threading.Event()

    def keep_asking() -> None:
        while not over.is_set():
            started = time.monotonic()
            one.ask()
            over.wait(max(1 / PER_SECOND - (time.monotonic() - started), 0))

    thread = threading.Thread(target=keep_asking)
    thread.start()
    try:
        yield one
    finally:
        over.set()
        thread.join()
