"""How many targets are worked at, where many more wait for the steps of their canaries."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LEAST_AT_STEPS = 16
"""How many targets shift traffic, are looked at or are restored at once, whatever `--parallel`
says: what a bad version does to visitors ends the sooner. Other commands read as many at once."""


class Turns:
    """Gives threads their turns. A thread has one at a time, and none while it waits."""

    def __init__(self, parallel: int) -> None:
        """`parallel` targets are deployed at once."""
        self._deploys = threading.Semaphore(parallel)
        self._steps = threading.Semaphore(max(parallel, LEAST_AT_STEPS))
        self._local = threading.local()

    def deploy(self) -> None:
        """Wait for a turn to deploy, in place of the one that this thread has."""
        self._take(self._deploys)

    @property
    def held(self) -> threading.Semaphore | None:
        """The turn that this thread has, if any."""
        held: threading.Semaphore | None = getattr(self._local, "held", None)
        return held

    def end(self) -> None:
        """Give the turn of this thread back, if it has one."""
        held = self.held
        self._local.held = None
        if held is not None:
            held.release()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Have no turn in the block, and one at the steps of canaries after it."""
        self.end()
        try:
            yield
        finally:
            self._take(self._steps)

    def _take(self, turns: threading.Semaphore) -> None:
        if self.held is turns:
            return
        self.end()
        turns.acquire()
        self._local.held = turns
