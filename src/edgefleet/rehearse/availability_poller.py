"""A visitor who asks again and again, and remembers every answer."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from edgefleet.health.probe import get_json
from edgefleet.health.rules import version_of
from edgefleet.http.connection import TransportError
from edgefleet.rehearse.models import Availability

PER_SECOND = 20
OK = 200


class AvailabilityPoller:
    """Counts answers by version, and what was no good answer."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._versions: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    def visits(self) -> Availability:
        """Return what was seen so far."""
        return Availability(versions=dict(self._versions), failures=dict(self._failures))

    def ask(self) -> None:
        """Ask once."""
        try:
            status, body = get_json(self._url + "/health")
        except TransportError as error:
            self._failures[str(error)] += 1
            return
        version = version_of(body)
        if status == OK and version:
            self._versions[version] += 1
        else:
            self._failures[f"HTTP {status}"] += 1


@contextmanager
def visitor(url: str) -> Iterator[AvailabilityPoller]:
    """Ask `url`/health all the time, in the background, until the block ends."""
    one = AvailabilityPoller(url)
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
