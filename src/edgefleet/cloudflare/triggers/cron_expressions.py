"""Cron expressions as Cron Triggers take them, and one spelling for each schedule.

https://developers.cloudflare.com/workers/configuration/cron-triggers/; what that page leaves open
is as in the parser that Cloudflare published (https://github.com/cloudflare/saffron).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * SUN",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""What other schedulers know and Cloudflare does not -> how Cloudflare wants it."""

_ITEM = re.compile(r"(?:(\*)|([0-9]{1,3}|[A-Za-z]{3})(?:-([0-9]{1,3}|[A-Za-z]{3}))?)(?:/([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five fields: its values are numbers, or names counted from `low`."""

    what: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    special: str = r"(?!)"
    """A regular expression of what else may stand there, alone."""

    def number(self, text: str) -> int | None:
        """Return a value as a number; None where it is no value of this field."""
        if text.upper() in self.names:
            return self.low + self.names.index(text.upper())
        return int(text) if text.isdigit() and self.low <= int(text) <= self.high else None

    def name(self, number: int) -> str:
        """Return a value as it is read without a doubt: a month or a weekday by its name."""
        return self.names[number - self.low] if self.names else str(number)


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31, special=r"L|LW|L-[0-9]{1,2}W?|[0-9]{1,2}W"),
    Field("month", 1, 12, MONTHS),
    Field("day of the week", 1, 7, DAYS, special=r"L|([1-7]|[A-Za-z]{3})(L|#[1-5])"),
)
NAMES = "minute, hour, day of the month, month, day of the week"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with an expression, and how it would be right, where that is known."""

    words: str
    right: str = ""


@lru_cache(maxsize=4096)
def wrong(cron: str) -> Wrong | None:
    """Return why Cloudflare would refuse an expression (error 10100); None where it takes it."""
    if cron.strip().lower() in SHORTHANDS:
        return Wrong("Cloudflare knows no such shorthand", SHORTHANDS[cron.strip().lower()])
    parts = cron.split()
    if len(parts) != len(FIELDS):
        return Wrong(f"it has {len(parts)} fields, and needs five: {NAMES}")
    if cron != cron.strip():
        return Wrong("it begins or ends with a blank", " ".join(parts))
    for position, (part, field) in enumerate(zip(parts, FIELDS, strict=True)):
        words = _wrong_field(part, field)
        if words:
            right = _sunday_first(part) if field.names is DAYS else ""
            fixed = [*parts[:position], right, *parts[position + 1 :]]
            return Wrong(words, " ".join(fixed) if right else "")
    return None


@lru_cache(maxsize=4096)
def same(cron: str) -> str:
    """Return the one spelling of a schedule: equal for two that start a Worker at equal times.

    What Cloudflare would refuse stays as it is, but for blanks.
    """
    parts = cron.split()
    if wrong(" ".join(parts)):
        return " ".join(parts)
    return " ".join(_spelt(part, field) for part, field in zip(parts, FIELDS, strict=True))


def _wrong_field(part: str, field: Field) -> str:
    if part == "*" or re.fullmatch(field.special, part):
        return ""
    items = part.split(",")
    for item in items:
        match = _ITEM.fullmatch(item)
        if not match:
            return f"'{item}' is no {field.what}"
        star, first, last, step = match.groups()
        if star and not step:
            return f"'*' stands alone, or before a step such as */5, as {field.what}"
        for value in filter(None, (first, last)):
            if field.number(value) is None:
                return f"'{value}' is no {field.what}{_counted(value, field)}"
        if step and not 1 <= int(step) <= field.high - field.low:
            most = field.high - field.low
            return f"the step of '{item}' must be 1 to {most} as {field.what}"
    return ""


def _counted(value: str, field: Field) -> str:
    if field.names is DAYS and value.isdigit():
        return ": Cloudflare counts from 1 (SUN) to 7 (SAT)"
    return f": {field.low} to {field.high}" if value.isdigit() else ""


def _sunday_first(part: str) -> str:
    """Return a field with weekdays from 0, as other schedulers count them, with names."""
    if re.fullmatch(r"[0-7](?:[-,][0-7])*", part) is None:
        return ""
    return re.sub(r"[0-7]", lambda found: DAYS[int(found[0]) % 7], part)


def _spelt(part: str, field: Field) -> str:
    if part == "*":
        return part
    if re.fullmatch(field.special, part):
        return re.sub(r"^[1-7](?=[L#])", lambda found: DAYS[int(found[0]) - 1], part.upper())
    times = set[int]()
    for item in part.split(","):
        times |= _times(item, field)
    return _compact(sorted(times), field)


def _times(item: str, field: Field) -> set[int]:
    match = _ITEM.fullmatch(item)
    assert match is not None  # noqa: S101 - `wrong` has seen the item
    star, first, last, step = match.groups()
    low = field.low if star else field.number(first)
    high = field.number(last) if last else field.high if star or step else low
    assert low is not None  # noqa: S101 - as above
    assert high is not None  # noqa: S101 - as above
    every = int(step or 1)
    if low <= high:
        return set(range(low, high + 1, every))
    # FRI-MON goes round the end of the week.
    around = [*range(low, field.high + 1), *range(field.low, high + 1)]
    return set(around[::every])


def _compact(times: Sequence[int], field: Field) -> str:
    """Return a set of values as shortly as a person would write it."""
    if len(times) == field.high - field.low + 1:
        return "*"
    gaps = {later - sooner for sooner, later in pairwise(times)}
    # Two values are no row.
    if len(gaps) == 1 and len(times) > 2:
        (gap,) = gaps
        if gap > 1 and times[0] == field.low and times[-1] + gap > field.high:
            return f"*/{gap}"
        if gap == 1:
            return f"{field.name(times[0])}-{field.name(times[-1])}"
    return ",".join(field.name(time) for time in times)
