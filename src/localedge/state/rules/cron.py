"""Cron expressions as Cron Triggers take them.

See https://developers.cloudflare.com/workers/configuration/cron-triggers/; what that page leaves
open is as in https://github.com/cloudflare/saffron.
"""

import re

from localedge.wire.script_errors import InvalidCron

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of the month", 1, 31, []),
    ("month", 1, 12, MONTHS),
    ("day of the week", 1, 7, DAYS),
)
ITEM = re.compile(
    r"(?:\*|(?P<first>\w{1,9})(?:-(?P<last>\w{1,9}))?)(?:/(?P<step>\d{1,9}))?", re.ASCII
)
SPECIAL = {
    "day of the month": re.compile(r"L|LW|L-\d{1,2}W?|\d{1,2}W", re.ASCII),
    "day of the week": re.compile(r"L|(?:[1-7]|[A-Z]{3})(?:L|#[1-5])", re.ASCII),
}
"""What else these fields may hold, alone."""


def check_cron(cron: str) -> None:
    """Reject a string that is not a cron expression of five fields; raises `InvalidCron`."""
    values = cron.split()
    if len(values) != len(FIELDS):
        raise InvalidCron(f"'{cron}' is not a cron expression: it needs five fields.")
    for value, (what, low, high, names) in zip(values, FIELDS, strict=True):
        if what in SPECIAL and SPECIAL[what].fullmatch(value.upper()):
            continue
        for item in value.upper().split(","):
            if not _valid(item, low, high, names):
                raise InvalidCron(f"'{cron}' is not a cron expression: '{item}' is no {what}.")


def _valid(item: str, low: int, high: int, names: list[str]) -> bool:
    match = ITEM.fullmatch(item)
    # A step is at most as long as the way from the first value to the last.
    if not match or (match["step"] and not 1 <= int(match["step"]) <= high - low):
        return False
    bounds = [match[key] for key in ("first", "last") if match[key]]
    return all(
        bound in names or (bound.isdigit() and low <= int(bound) <= high) for bound in bounds
    )
