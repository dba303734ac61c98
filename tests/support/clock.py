"""Clocks that do not wait, or not long."""

import time
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Starts at noon of a fixed day; sleeping moves it."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.elapsed += seconds


class FastClock:
    """A clock for several threads: its seconds are short, and sleeping takes time."""

    def __init__(self, times: float = 50.0) -> None:
        self._times = times
        self._began = time.monotonic()

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._times

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._times)
