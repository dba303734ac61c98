from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localedge.state.rules.cron_times import is_due


@pytest.mark.parametrize(
    ("cron", "due", "not_due"),
    [
        ("* * * * *", "2026-11-28T08:07", None),
        ("*/15 * * * *", "2026-11-28T08:45", "2026-11-28T08:46"),
        ("5/20 * * * *", "2026-11-28T08:25", "2026-11-28T08:20"),
        ("0 0-6/2,12 * * *", "2026-11-28T04:00", "2026-11-28T05:00"),
        ("0 17 * * SUN", "2026-11-29T17:00", "2026-11-28T17:00"),
        ("0 17 * * 1", "2026-11-29T17:00", "2026-11-30T17:00"),
        ("0 0 * * fri-mon", "2026-11-30T00:00", "2026-12-01T00:00"),
        ("0 0 1 JAN *", "2027-01-01T00:00", "2027-02-01T00:00"),
        ("0 0 15 * MON", "2026-11-15T00:00", "2026-11-17T00:00"),
        ("0 0 15 * MON", "2026-11-16T00:00", "2026-11-18T00:00"),
        ("0 0 L * *", "2028-02-29T00:00", "2028-02-28T00:00"),
        ("0 0 L-3 * *", "2026-11-27T00:00", "2026-11-28T00:00"),
        ("0 0 LW * *", "2026-10-30T00:00", "2026-10-31T00:00"),
        ("0 0 15W * *", "2026-11-16T00:00", "2026-11-15T00:00"),
        ("0 0 1W * *", "2026-08-03T00:00", "2026-08-01T00:00"),
        ("0 0 31W * *", "2026-12-31T00:00", "2026-11-30T00:00"),
        ("0 0 * * L", "2026-11-28T00:00", "2026-11-29T00:00"),
        ("0 0 * * 6L", "2026-11-27T00:00", "2026-11-20T00:00"),
        ("0 0 * * 2#1", "2026-11-02T00:00", "2026-11-09T00:00"),
    ],
)
def test_an_expression_is_due_in_its_minutes(cron: str, due: str, not_due: str | None) -> None:
    assert is_due(cron, datetime.fromisoformat(due).replace(tzinfo=UTC))
    if not_due:
        assert not is_due(cron, datetime.fromisoformat(not_due).replace(tzinfo=UTC))


@given(st.datetimes(), st.integers(0, 59), st.integers(0, 23))
def test_a_daily_time_is_due_once_a_day(moment: datetime, minute: int, hour: int) -> None:
    cron = f"{minute} {hour} * * *"
    assert is_due(cron, moment) == ((moment.hour, moment.minute) == (hour, minute))
