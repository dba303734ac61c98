from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from edgefleet.canary.late_source import LateSource
from edgefleet.canary.models import Counts, Window
from edgefleet.canary.sources import SourceUnread
from edgefleet.cloudflare.models import ServedByVersion
from edgefleet.errors import CloudflareError
from support.clock import FakeClock

OLD, NEW = "old", "new"
DELAY = 60.0


def row(version: str, requests: int, errors: int = 0, interval: float = 1.0) -> ServedByVersion:
    return ServedByVersion(
        version_id=version, requests=requests, errors=errors, sample_interval=interval
    )


class FakeCloudflare:
    """Tells the same of each window, and keeps which windows it was asked for."""

    def __init__(self, *rows: ServedByVersion, error: CloudflareError | None = None) -> None:
        self.rows, self.error = rows, error
        self.windows: list[tuple[datetime, datetime]] = []

    def __call__(
        self, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        assert list(versions) == [OLD, NEW]
        if self.error:
            raise self.error
        self.windows.append((since, until))
        return self.rows


def source(cloudflare: FakeCloudflare, clock: FakeClock) -> LateSource:
    made = LateSource("analytics", cloudflare, (OLD, NEW), DELAY, clock)
    made.begin()
    return made


def test_nothing_counts_before_the_delay_is_over() -> None:
    cloudflare, clock = FakeCloudflare(row(OLD, 9)), FakeClock()
    analytics = source(cloudflare, clock)

    clock.sleep(DELAY)
    taken = analytics.take()

    assert (taken.window, taken.covered, cloudflare.windows) == (Window(), 0, [])


def test_windows_follow_each_other_without_a_gap() -> None:
    cloudflare, clock = FakeCloudflare(row(OLD, 9, 1), row(NEW, 3)), FakeClock()
    analytics = source(cloudflare, clock)
    began = clock.now() + timedelta(seconds=1)

    clock.sleep(DELAY + 11)
    first = analytics.take()
    clock.sleep(10.4)
    second = analytics.take()

    assert (first.window.errors.old, first.window.errors.new) == (Counts(9, 1), Counts(3))
    ends = [began, began + timedelta(seconds=10), began + timedelta(seconds=20)]
    assert cloudflare.windows == [(ends[0], ends[1]), (ends[1], ends[2])]
    assert (first.covered, second.covered) == (10, 20)


def test_a_sampled_number_counts_as_what_was_sampled() -> None:
    sampled = FakeCloudflare(row(OLD, 900, 20, interval=10), row(NEW, 100, 10, interval=10))
    clock = FakeClock()
    analytics = source(sampled, clock)

    clock.sleep(DELAY + 11)
    taken = analytics.take()

    assert (taken.window.errors.old, taken.window.errors.new) == (Counts(90, 2), Counts(10, 1))
    assert taken.sample_interval == 10


def test_a_window_that_could_not_be_read_is_read_later() -> None:
    cloudflare, clock = FakeCloudflare(row(OLD, 9)), FakeClock()
    analytics = source(cloudflare, clock)
    cloudflare.error = CloudflareError("refused", hint="the token needs more")

    clock.sleep(DELAY + 11)
    with pytest.raises(SourceUnread, match=r"refused \(the token needs more\)"):
        analytics.take()
    cloudflare.error = None
    clock.sleep(10)
    analytics.take()

    ((since, until),) = cloudflare.windows
    assert until - since == timedelta(seconds=20)


def test_another_command_reads_on_from_the_mark() -> None:
    cloudflare, clock = FakeCloudflare(row(OLD, 90)), FakeClock()
    began = clock.now()
    first = source(cloudflare, clock)
    first.resume(began, ())
    clock.sleep(DELAY + 30)
    first.take()
    second = source(cloudflare, clock)
    clock.sleep(30)

    second.resume(began, first.mark())
    taken = second.take()

    at = [began + timedelta(seconds=seconds) for seconds in (1, 30, 60)]
    assert cloudflare.windows == [(at[0], at[1]), (at[1], at[2])]
    assert taken.covered == 59
