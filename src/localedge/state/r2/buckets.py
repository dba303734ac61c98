"""R2 buckets: names, jurisdictions, and settings that are kept and not applied."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.timestamps import now
from localedge.wire.r2_errors import (
    R2BucketExists,
    R2BucketNotFound,
    R2InvalidArgument,
    R2InvalidBucketName,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS r2_buckets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, jurisdiction TEXT NOT NULL, name TEXT NOT NULL,
    created_on TEXT NOT NULL, location TEXT NOT NULL, storage_class TEXT NOT NULL,
    settings TEXT NOT NULL DEFAULT '{}',
    UNIQUE (account_id, jurisdiction, name)
);
"""
FIND = "SELECT * FROM r2_buckets WHERE account_id = ? AND jurisdiction = ? AND name = ?"
ALL = "SELECT * FROM r2_buckets WHERE account_id = ? AND jurisdiction = ? ORDER BY name"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
DEFAULT_JURISDICTION = "default"
JURISDICTIONS = (DEFAULT_JURISDICTION, "eu", "us", "fedramp", "fedramp-high")
LOCATIONS = ("apac", "eeur", "enam", "weur", "wnam", "oc")
STANDARD = "Standard"
STORAGE_CLASSES = (STANDARD, "InfrequentAccess")


@dataclass(frozen=True, slots=True)
class R2Bucket:
    """One bucket; `settings` are documents by subject, such as `cors`."""

    id: int
    account_id: str
    jurisdiction: str
    name: str
    created_on: str
    location: str
    storage_class: str
    settings: Mapping[str, Json]


class R2Buckets:
    """The buckets of all accounts; each jurisdiction has its own names."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def all(self, account_id: str, jurisdiction: str) -> list[R2Bucket]:
        """Return an account's buckets by name."""
        rows = self._database.all(ALL, (account_id, jurisdiction))
        return [_bucket(dict(row)) for row in rows]

    def of_account(self, account_id: str) -> list[R2Bucket]:
        """Return the buckets of all jurisdictions."""
        sql = "SELECT * FROM r2_buckets WHERE account_id = ? ORDER BY id"
        return [_bucket(dict(row)) for row in self._database.all(sql, (account_id,))]

    def find(self, account_id: str, name: str, jurisdiction: str | None) -> R2Bucket | None:
        """Return one bucket."""
        key = (account_id, jurisdiction or DEFAULT_JURISDICTION, name)
        row = self._database.one(FIND, key)
        return _bucket(dict(row)) if row else None

    def require(self, account_id: str, name: str, jurisdiction: str | None) -> R2Bucket:
        """Return one bucket; raise `R2BucketNotFound` where there is none."""
        found = self.find(account_id, name, jurisdiction)
        if found is None:
            raise R2BucketNotFound
        return found

    def create(
        self,
        account_id: str,
        name: str,
        jurisdiction: str,
        *,
        location: str = "wnam",
        storage_class: str = STANDARD,
    ) -> R2Bucket:
        """Make a bucket; raise when the name is taken or unusable."""
        if not NAME.fullmatch(name):
            raise R2InvalidBucketName
        if location not in LOCATIONS:
            raise R2InvalidArgument(f"There is no location {location!r}.")
        check_storage_class(storage_class)
        if self.find(account_id, name, jurisdiction):
            raise R2BucketExists
        return self.ensure(account_id, name, jurisdiction, location, storage_class)

    def ensure(
        self,
        account_id: str,
        name: str,
        jurisdiction: str,
        location: str = "wnam",
        storage_class: str = STANDARD,
    ) -> R2Bucket:
        """Make a bucket, unless it is there."""
        self._database.run(
            "INSERT OR IGNORE INTO r2_buckets"
            " (account_id, jurisdiction, name, created_on, location, storage_class)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (account_id, jurisdiction, name, now(), location, storage_class),
        )
        return self.require(account_id, name, jurisdiction)

    def set_storage_class(self, bucket: R2Bucket, storage_class: str) -> None:
        """Change the class of objects that name none."""
        check_storage_class(storage_class)
        self._database.run(
            "UPDATE r2_buckets SET storage_class = ? WHERE id = ?", (storage_class, bucket.id)
        )

    def set_setting(self, bucket: R2Bucket, subject: str, document: Json) -> None:
        """Keep the settings of one subject; None removes them."""
        settings = {**bucket.settings, subject: document}
        kept = {name: it for name, it in settings.items() if it is not None}
        self._database.run(
            "UPDATE r2_buckets SET settings = ? WHERE id = ?", (json.dumps(kept), bucket.id)
        )

    def remove(self, bucket: R2Bucket) -> None:
        """Delete a bucket, and the rows of all that is in it."""
        self._database.run("DELETE FROM r2_buckets WHERE id = ?", (bucket.id,))

    def clear(self) -> None:
        """Forget every bucket of every account."""
        self._database.run("DELETE FROM r2_buckets")


def check_jurisdiction(given: str | None) -> str:
    """Return the jurisdiction that a request names; raise `R2InvalidArgument` for another."""
    jurisdiction = given or DEFAULT_JURISDICTION
    if jurisdiction not in JURISDICTIONS:
        raise R2InvalidArgument(f"There is no jurisdiction {jurisdiction!r}.")
    return jurisdiction


def check_storage_class(given: str) -> str:
    """Return a storage class; raise `R2InvalidArgument` where R2 has no such class."""
    if given not in STORAGE_CLASSES:
        raise R2InvalidArgument(f"There is no storage class {given!r}.")
    return given


def _bucket(row: dict[str, Json]) -> R2Bucket:
    return R2Bucket(**{**row, "settings": json.loads(row["settings"])})
