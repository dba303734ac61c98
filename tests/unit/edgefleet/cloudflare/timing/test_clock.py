"""The time that Cloudflare's answers tell."""

from datetime import UTC, datetime, timedelta

import pytest

from edgefleet.cloudflare.timing.clock import ServerClock
from edgefleet.errors import CloudflareError
from support.clock import FakeClock

DATE = "Fri, 27 Nov 2026 12:00:00 GMT"
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_time_goes_on_from_the_newest_answer() -> None:
    clock = FakeClock()
    server = ServerClock(clock.monotonic)
    server.note(DATE)
    clock.sleep(90)
    assert server.now() == NOON + timedelta(seconds=90)
    server.note(DATE)
    assert server.now() == NOON


@pytest.mark.parametrize("odd", [None, "", "soon", "Fri, 99 Nov 2026 12:00:00 GMT", "2026-11-27"])
def test_a_date_that_is_none_changes_nothing(odd: str | None) -> None:
    server = ServerClock(FakeClock().monotonic)
    server.note(odd)
    with pytest.raises(CloudflareError, match="in its 'Date' header"):
        server.now()
    server.note(DATE)
    server.note(odd)
    assert server.now() == NOON
