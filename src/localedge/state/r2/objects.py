"""R2 objects: their metadata in the database, their contents in files."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.r2 import rules
from localedge.state.r2.blobs import Blob, BlobFiles
from localedge.state.r2.buckets import R2Bucket
from localedge.state.r2.rules import Condition
from localedge.wire.r2_errors import R2BadDigest, R2ObjectNotFound, R2PreconditionFailed

SCHEMA = """
CREATE TABLE IF NOT EXISTS r2_objects (
    bucket INTEGER NOT NULL REFERENCES r2_buckets ON DELETE CASCADE,
    key BLOB NOT NULL, blob TEXT NOT NULL, version TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, uploaded INTEGER NOT NULL, checksums TEXT NOT NULL,
    http TEXT NOT NULL, custom TEXT NOT NULL, storage_class TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
);
"""
PUT = "INSERT OR REPLACE INTO r2_objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
FIRST = "SELECT * FROM r2_objects WHERE bucket = ? AND key >= ? ORDER BY key LIMIT 1"
AFTER = "SELECT * FROM r2_objects WHERE bucket = ? AND key >= ? ORDER BY key"
TOTALS = "SELECT count(*), coalesce(sum(size), 0) FROM r2_objects WHERE bucket = ?"
HASHES = {
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}


@dataclass(frozen=True, slots=True)
class R2Object:
    """One object; `uploaded` is in milliseconds since 1970.

    `http` are the fields of its HTTP metadata (`contentType`, `cacheExpiry`, ...), `checksums` its
    digests in hexadecimal digits by algorithm, `blob` the file that holds its content.
    """

    key: str
    blob: str
    version: str
    size: int
    etag: str
    uploaded: int
    checksums: Mapping[str, str]
    http: Mapping[str, Json]
    custom: Mapping[str, str]
    storage_class: str


@dataclass(frozen=True, slots=True)
class ObjectWrite:
    """What a client says of an object that it stores; `checksums` are those that it expects."""

    key: str
    http: Mapping[str, Json] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = ""
    condition: Condition | None = None
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which objects of a bucket a client lists, and how many at once."""

    prefix: str = ""
    delimiter: str = ""
    start_after: str = ""
    cursor: str = ""
    limit: int = rules.MAX_PAGE


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Objects in the order of their keys' bytes; `cursor` leads on, and is None at the end.

    `prefixes` stand for the keys that go on after a delimiter.
    """

    objects: Sequence[R2Object]
    prefixes: Sequence[str]
    cursor: str | None


class R2Objects:
    """The objects of all buckets. `clock` gives seconds since 1970."""

    def __init__(
        self, database: Database, files: BlobFiles, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._files = files
        self._clock = clock
        database.create(SCHEMA)

    def get(self, bucket: R2Bucket, key: str) -> R2Object:
        """Return one object; raise `R2ObjectNotFound` where there is none."""
        found = self._find(bucket, rules.key_bytes(key))
        if found is None:
            raise R2ObjectNotFound
        return found

    def put(self, bucket: R2Bucket, write: ObjectWrite, blob: Blob) -> R2Object:
        """Store an object with its content; the content is removed where that is refused."""
        try:
            rules.check_metadata(write.custom)
            _check_digests(write.checksums, blob)
            with self._database.transaction():
                replaced = self.place(bucket, write, blob, blob.digests["md5"])
        except BaseException:
            self._files.remove(blob.name)
            raise
        self._files.remove(*replaced)
        return self.get(bucket, write.key)

    def place(self, bucket: R2Bucket, write: ObjectWrite, blob: Blob, etag: str) -> list[str]:
        """Put an object in the place of the one that has its key, if the condition holds.

        The caller has begun a transaction. Returns the files to remove when it is committed.
        """
        key = rules.key_bytes(write.key)
        old = self._find(bucket, key)
        check_condition(write.condition, old)
        row = (
            bucket.id,
            key,
            blob.name,
            token_hex(16),
            blob.size,
            etag,
            int(self._clock() * 1000),
            json.dumps({"md5": blob.digests["md5"], **write.checksums} if blob.digests else {}),
            json.dumps(write.http),
            json.dumps(write.custom),
            write.storage_class or bucket.storage_class,
        )
        self._database.run(PUT, row)
        return [old.blob] if old else []

    def delete(self, bucket: R2Bucket, keys: Sequence[str]) -> None:
        """Delete objects; a key that is absent is no error."""
        stored = [rules.key_bytes(key) for key in keys]
        with self._database.transaction():
            found = [self._find(bucket, key) for key in stored]
            for key in stored:
                self._database.run(
                    "DELETE FROM r2_objects WHERE bucket = ? AND key = ?", (bucket.id, key)
                )
        self._files.remove(*(it.blob for it in found if it))

    def page(self, bucket: R2Bucket, query: ListQuery) -> ObjectPage:
        """Return a page of a bucket's objects."""
        objects: list[R2Object] = []
        prefixes: list[str] = []
        position = _start(query)
        for found, after in self._entries(bucket, query, position):
            if len(objects) + len(prefixes) == query.limit:
                return ObjectPage(objects, prefixes, rules.to_cursor(position))
            if isinstance(found, R2Object):
                objects.append(found)
            else:
                prefixes.append(found)
            position = after
        return ObjectPage(objects, prefixes, None)

    def totals(self, bucket: R2Bucket) -> tuple[int, int]:
        """Return how many objects a bucket has, and their bytes."""
        row = self._database.one(TOTALS, (bucket.id,))
        return (row[0], row[1]) if row else (0, 0)

    def blobs(self) -> set[str]:
        """Return the names of all files that objects refer to."""
        return {row["blob"] for row in self._database.all("SELECT blob FROM r2_objects")}

    def _find(self, bucket: R2Bucket, key: bytes) -> R2Object | None:
        row = self._database.one(
            "SELECT * FROM r2_objects WHERE bucket = ? AND key = ?", (bucket.id, key)
        )
        return _object(dict(row)) if row else None

    def _entries(
        self, bucket: R2Bucket, query: ListQuery, position: bytes
    ) -> Iterator[tuple[R2Object | str, bytes]]:
        """Yield objects and prefixes from a position on, each with the position after it."""
        prefix, delimiter = _bytes(query.prefix), _bytes(query.delimiter)
        sql = f"{AFTER} LIMIT {query.limit + 1}" if not delimiter else FIRST
        while rows := self._database.all(sql, (bucket.id, position)):
            for row in rows:
                key = row["key"]
                if not key.startswith(prefix):
                    return
                found: R2Object | str = _object(dict(row))
                position = key + b"\0"
                if delimiter and (end := key.find(delimiter, len(prefix))) >= 0:
                    group = key[: end + len(delimiter)]
                    found, position = group.decode(errors="replace"), _after_prefix(group)
                yield found, position


def check_condition(condition: Condition | None, found: R2Object | None) -> None:
    """Raise `R2PreconditionFailed` where a condition does not hold for an object."""
    if condition is None:
        return
    if not condition.holds(found.etag if found else None, found.uploaded if found else 0):
        raise R2PreconditionFailed


def _check_digests(expected: Mapping[str, str], blob: Blob) -> None:
    for algorithm, digest in expected.items():
        actual, name = blob.digests[algorithm], HASHES[algorithm]
        if digest != actual:
            raise R2BadDigest(
                f"The {name} checksum you specified did not match what we received.\n"
                f"You provided a {name} checksum with value: {digest}\nActual {name} was: {actual}"
            )


def _start(query: ListQuery) -> bytes:
    after = _bytes(query.start_after) + b"\0" if query.start_after else b""
    cursor = rules.from_cursor(query.cursor) if query.cursor else b""
    return max(_bytes(query.prefix), after, cursor)


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")


def _after_prefix(prefix: bytes) -> bytes:
    """Return the first position after all keys with this prefix; no UTF-8 has a byte of 255."""
    return prefix[:-1] + bytes([prefix[-1] + 1])


def _object(row: dict[str, Json]) -> R2Object:
    del row["bucket"]
    row["key"] = row["key"].decode()
    for name in ("checksums", "http", "custom"):
        row[name] = json.loads(row[name])
    return R2Object(**row)
