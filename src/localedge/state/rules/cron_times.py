"""When a Cron Trigger is due: whether a cron expression matches a minute, in UTC.

Days of the week count from 1, which is Sunday. Where an expression restricts days of the month and
of the week, one of both has to match (https://github.com/cloudflare/saffron).
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from localedge.state.rules.cron import FIELDS, ITEM

_WEEKDAY_OF_MONTH = re.compile(r"(?P<day>\w+)(?P<last>L)|(?P<nth_day>\w+)#(?P<nth>\d)", re.ASCII)

LONGEST_WAIT = 8 * 366
"""Days between two 29ths of February, at most."""


def is_due(cron: str, minute: datetime) -> bool:
    """Return whether a valid cron expression matches a minute (UTC)."""
    minutes, hours, days, months, weekdays = cron.upper().split()
    return (
        minute.minute in _values(minutes, 0)
        and minute.hour in _values(hours, 1)
        and minute.month in _values(months, 3)
        and _matches_day(days, weekdays, minute.date())
    )


def next_due(cron: str, after: datetime) -> datetime | None:
    """Return the first minute after a moment that a valid expression matches; None for never."""
    minutes, hours, days, months, weekdays = cron.upper().split()
    of_day = [
        time(hour, minute, tzinfo=UTC)
        for hour in sorted(_values(hours, 1))
        for minute in sorted(_values(minutes, 0))
    ]
    for number in range(LONGEST_WAIT):
        today = after.date() + timedelta(days=number)
        if today.month in _values(months, 3) and _matches_day(days, weekdays, today):
            for at in of_day:
                if (found := datetime.combine(today, at)) > after:
                    return found
    return None


def _matches_day(days: str, weekdays: str, today: date) -> bool:
    by_month, by_week = _matches_day_of_month(days, today), _matches_weekday(weekdays, today)
    if days == "*" or weekdays == "*":
        return by_month and by_week
    return by_month or by_week


def _matches_day_of_month(field: str, today: date) -> bool:
    if not re.search(r"[LW]", field):
        return today.day in _values(field, 2)
    last = monthrange(today.year, today.month)[1]
    number = int(re.sub(r"\D", "", field) or 0)
    day = last - number if field.startswith("L") else number
    if not 1 <= day <= last:
        return False
    meant = today.replace(day=day)
    return today == (_nearest_weekday(meant) if "W" in field else meant)


def _nearest_weekday(day: date) -> date:
    """Return the nearest day from Monday to Friday in the same month."""
    last = monthrange(day.year, day.month)[1]
    match day.isoweekday():
        case 6:
            return day.replace(day=day.day - 1 if day.day > 1 else day.day + 2)
        case 7:
            return day.replace(day=day.day + 1 if day.day < last else day.day - 2)
    return day


def _matches_weekday(field: str, today: date) -> bool:
    weekday = today.isoweekday() % 7 + 1
    if field == "L":
        return weekday == 7
    special = _WEEKDAY_OF_MONTH.fullmatch(field)
    if special is None:
        return weekday in _values(field, 4)
    if weekday != _value(special["day"] or special["nth_day"], 4):
        return False
    if special["last"]:
        return today.day + 7 > monthrange(today.year, today.month)[1]
    return (today.day - 1) // 7 + 1 == int(special["nth"])


def _values(field: str, index: int) -> set[int]:
    found: set[int] = set()
    for item in field.split(","):
        found.update(_range(item, index))
    return found


def _range(item: str, index: int) -> list[int]:
    _, low, high, _ = FIELDS[index]
    match = ITEM.fullmatch(item)
    if match is None:
        return []
    first = _value(match["first"], index) if match["first"] else low
    if match["last"]:
        last = _value(match["last"], index)
    else:
        # `5/10` goes on to the end of the field; `5` is one value.
        last = first if match["first"] and not match["step"] else high
    step = int(match["step"] or 1)
    if first <= last:
        return list(range(first, last + 1, step))
    size = high - low + 1  # `FRI-MON` goes over the end of the field
    return [(value - low) % size + low for value in range(first, last + size + 1, step)]


def _value(text: str, index: int) -> int:
    _, low, _, names = FIELDS[index]
    return names.index(text) + low if text in names else int(text)
