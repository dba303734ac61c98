"""Locks as a table and as JSON."""

from collections.abc import Mapping

from edgefleet.core.model import Json
from edgefleet.core.output.table import table
from edgefleet.locks.models import Lock

HEADINGS = ("target", "action", "who", "from", "since (UTC)", "until", "run", "why")
NOTHING = "-"


def locks_text(locks: Mapping[str, Lock | None], width: int | None = None) -> str:
    """Return a table with one line for each lock."""
    if not locks:
        return "no target is locked"
    return table(HEADINGS, [_row(target, lock) for target, lock in locks.items()], width)


def locks_json(locks: Mapping[str, Lock | None]) -> Json:
    """Return all locks as a JSON value; `lock` is null if this version cannot read it."""
    return [
        {
            "schema_version": 1,
            "target": target,
            "lock": lock.model_dump(mode="json") if lock else None,
        }
        for target, lock in locks.items()
    ]


def _row(target: str, lock: Lock | None) -> list[str]:
    if lock is None:
        return [target, "a lock that this edgefleet cannot read", *([NOTHING] * 6)]
    return [
        target,
        lock.action,
        lock.actor or NOTHING,
        lock.run_url or lock.host,
        f"{lock.since:%Y-%m-%d %H:%M:%S}",
        f"{lock.until:%H:%M:%S}",
        lock.id,
        lock.reason or "",
    ]
