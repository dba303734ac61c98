"""One running Miniflare instance and its requests in flight."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """What an instance runs: version ids, and the owner of each Durable Object namespace."""

    versions: frozenset[str]
    owners: Mapping[str, str]

    def covers(self, wanted: "InstanceSpec") -> bool:
        """Return whether an instance with this spec can serve the `wanted` spec."""
        return wanted.versions <= self.versions and all(
            self.owners.get(namespace) == owner for namespace, owner in wanted.owners.items()
        )


@dataclass(slots=True, eq=False)
class Instance:
    """A name for the host, a port on 127.0.0.1, a spec, and the requests in flight.

    `settle` is how many seconds after its last request an instance counts as busy: work that a
    Worker left to `waitUntil` goes on when the answer is out, and cannot be seen from here.
    `broken` says that nothing listens on the port any more.
    """

    name: str
    port: int
    spec: InstanceSpec
    settle: float = 0.25
    in_flight: int = 0
    last_used: float = field(default_factory=time.monotonic)
    broken: bool = False
    _free: asyncio.Event = field(default_factory=asyncio.Event)

    def acquire(self) -> None:
        """Count one request as in flight."""
        self.in_flight += 1
        self._free.clear()

    def release(self) -> None:
        """Count it as done."""
        self.in_flight -= 1
        self.last_used = time.monotonic()
        if not self.in_flight:
            self._free.set()

    async def quiet(self, seconds: float) -> None:
        """Wait until no request is in flight and background work had its time, or `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.in_flight or self._unsettled() > 0:
                    await (
                        self._free.wait() if self.in_flight else asyncio.sleep(self._unsettled())
                    )

    def _unsettled(self) -> float:
        return self.last_used + self.settle - time.monotonic()
