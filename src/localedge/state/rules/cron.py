"""Cron expressions as Cron Triggers take them.

See https://developers.cloudflare.com/workers/configuration/cron-triggers/.
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
ITEM = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)
SPECIAL = re.compile(r"L|LW|W|\d+[LW]|(?:\d+|[A-Z]{3})L|(?:\d+|[A-Z]{3})#[1-5]")


def check_cron(cron: str) -> None:
    """Refuse what is no cron expression of five fields; raises `InvalidCron`."""
    values = cron.split()
    if len(values) != len(FIELDS):
        raise InvalidCron(f"'{cron}' is not a cron expression: it needs five fields.")
    for value, (what, low, high, names) in zip(values, FIELDS, strict=True):
        for item in value.upper().split(","):
            if not _valid(item, low, high, names, special=what.startswith("day")):
                raise InvalidCron(f"'{cron}' is not a cron expression: '{item}' is no {what}.")


def _valid(item: str, low: int, high: int, names: list[str], *, special: bool) -> bool:
    if special and SPECIAL.fullmatch(item):
        return True
    match = ITEM.fullmatch(item)
    if not match or match["step"] == "0":
        return False
    bounds = [match[key] for key in ("first", "last") if match[key]]
    return all(
        bound in names or (bound.isdigit() and low <= int(bound) <= high) for bound in bounds
    )
