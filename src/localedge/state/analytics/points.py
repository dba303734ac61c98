"""Data points as Workers write them, kept until they are cleared.

Columns: https://developers.cloudflare.com/analytics/analytics-engine/sql-api/#table-structure.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localedge.model import Json
from localedge.state.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS analytics_points (
    account_id TEXT NOT NULL, dataset TEXT NOT NULL, at INTEGER NOT NULL,
    index1 TEXT NOT NULL, blobs TEXT NOT NULL, doubles TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS analytics_points_of ON analytics_points (account_id, dataset);
"""
SELECT = "SELECT dataset, at, index1, blobs, doubles FROM analytics_points WHERE account_id = ?"
MOST_VALUES = 20
"""Blobs, and doubles, of a data point."""


@dataclass(frozen=True, slots=True)
class DataPoint:
    """One data point; `at` is in seconds since 1970."""

    dataset: str
    at: int
    index1: str
    blobs: tuple[str, ...]
    doubles: tuple[float, ...]


class AnalyticsStore:
    """The data points of all accounts. `clock` gives seconds since 1970."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        database.create(SCHEMA)

    def write(self, account_id: str, dataset: str, point: Mapping[str, Json]) -> None:
        """Store a data point, as the binding has checked it."""
        indexes = point.get("indexes") or [""]
        self._database.run(
            "INSERT INTO analytics_points VALUES (?, ?, ?, ?, ?, ?)",
            (
                account_id,
                dataset,
                int(self._clock()),
                str(indexes[0] or ""),
                json.dumps([str(it or "") for it in point.get("blobs") or ()][:MOST_VALUES]),
                json.dumps([float(it or 0) for it in point.get("doubles") or ()][:MOST_VALUES]),
            ),
        )

    def points(self, account_id: str) -> list[DataPoint]:
        """Return an account's data points, in the order in which they were written."""
        return [
            DataPoint(
                row["dataset"],
                row["at"],
                row["index1"],
                tuple(json.loads(row["blobs"])),
                tuple(json.loads(row["doubles"])),
            )
            for row in self._database.all(SELECT, (account_id,))
        ]

    def clear(self) -> None:
        """Forget every data point."""
        self._database.run("DELETE FROM analytics_points")
