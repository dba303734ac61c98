"""R2's multipart uploads: parts that become one object when the upload is completed."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from secrets import token_urlsafe

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.r2 import rules
from localedge.state.r2.blobs import Blob, BlobFiles
from localedge.state.r2.buckets import R2Bucket
from localedge.state.r2.objects import ObjectWrite, R2Object, R2Objects
from localedge.wire.r2_errors import (
    R2BadUpload,
    R2EntityTooSmall,
    R2InvalidArgument,
    R2InvalidPart,
    R2UploadNotFound,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS r2_uploads (
    id TEXT PRIMARY KEY,
    bucket INTEGER NOT NULL REFERENCES r2_buckets ON DELETE CASCADE,
    key BLOB NOT NULL, http TEXT NOT NULL, custom TEXT NOT NULL, storage_class TEXT NOT NULL,
    state INTEGER NOT NULL, created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS r2_parts (
    upload TEXT NOT NULL REFERENCES r2_uploads ON DELETE CASCADE,
    number INTEGER NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, md5 TEXT NOT NULL,
    PRIMARY KEY (upload, number)
);
"""


class UploadState(IntEnum):
    """How far an upload is; one that has ended is remembered, for it can be aborted again."""

    IN_PROGRESS = 0
    COMPLETED = 1
    ABORTED = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was uploaded; `md5` is its digest in hexadecimal digits."""

    number: int
    blob: str
    size: int
    etag: str
    md5: str


class R2Uploads:
    """The multipart uploads of all buckets. `clock` gives seconds since 1970."""

    def __init__(
        self,
        database: Database,
        files: BlobFiles,
        objects: R2Objects,
        *,
        clock: Callable[[], float] = time.time,
        min_part_bytes: int = rules.MIN_PART_BYTES,
    ) -> None:
        self._database = database
        self._files = files
        self._objects = objects
        self._clock = clock
        self._min_part_bytes = min_part_bytes
        database.create(SCHEMA)

    def begin(self, bucket: R2Bucket, write: ObjectWrite) -> str:
        """Begin an upload; return its id."""
        rules.check_metadata(write.custom)
        upload = token_urlsafe(128)
        row = (
            upload,
            bucket.id,
            rules.key_bytes(write.key),
            json.dumps(write.http),
            json.dumps(write.custom),
            write.storage_class or bucket.storage_class,
            UploadState.IN_PROGRESS,
            int(self._clock() * 1000),
        )
        self._database.run("INSERT INTO r2_uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return upload

    def check(self, bucket: R2Bucket, key: str, upload: str, number: int) -> None:
        """Raise what a part of this upload is refused with, before its content is read."""
        if not 1 <= number <= rules.MAX_PARTS:
            raise R2InvalidArgument(f"Part number must be between 1 and {rules.MAX_PARTS}.")
        self._in_progress(bucket, key, upload)

    def put_part(self, bucket: R2Bucket, key: str, upload: str, number: int, blob: Blob) -> str:
        """Store a part in the place of the one with its number; return its etag."""
        part = Part(number, blob.name, blob.size, token_urlsafe(96), blob.digests["md5"])
        try:
            with self._database.transaction():
                self._in_progress(bucket, key, upload)
                old = [it.blob for it in self._parts(upload) if it.number == number]
                self._database.run(
                    "INSERT OR REPLACE INTO r2_parts VALUES (?, ?, ?, ?, ?, ?)",
                    (upload, part.number, part.blob, part.size, part.etag, part.md5),
                )
        except BaseException:
            self._files.remove(blob.name)
            raise
        self._files.remove(*old)
        return part.etag

    async def complete(
        self, bucket: R2Bucket, key: str, upload: str, named: Sequence[tuple[int, str]]
    ) -> R2Object:
        """Make the object of the parts that `named` lists by number and etag."""
        row = self._in_progress(bucket, key, upload)
        parts = self._named_parts(upload, named)
        name = await asyncio.to_thread(self._files.join, [it.blob for it in parts])
        write = ObjectWrite(
            key, json.loads(row["http"]), json.loads(row["custom"]), row["storage_class"]
        )
        blob = Blob(name, sum(it.size for it in parts), {})
        try:
            with self._database.transaction():
                # While the parts were joined, another request may have ended the upload.
                self._in_progress(bucket, key, upload)
                unused = self._objects.place(bucket, write, blob, etag_of(parts))
                unused += self._end(upload, UploadState.COMPLETED)
        except BaseException:
            self._files.remove(name)
            raise
        self._files.remove(*unused)
        return self._objects.get(bucket, key)

    def abort(self, bucket: R2Bucket, key: str, upload: str) -> None:
        """End an upload without an object; nothing happens to one that has ended."""
        row = self._require(bucket, key, upload)
        if row["state"] == UploadState.IN_PROGRESS:
            with self._database.transaction():
                unused = self._end(upload, UploadState.ABORTED)
            self._files.remove(*unused)

    def of_bucket(self, bucket: R2Bucket) -> list[str]:
        """Return the names of the files of a bucket's uploads."""
        rows = self._database.all(
            "SELECT blob FROM r2_parts JOIN r2_uploads ON id = upload WHERE bucket = ?",
            (bucket.id,),
        )
        return [row["blob"] for row in rows]

    def blobs(self) -> set[str]:
        """Return the names of all files that parts refer to."""
        return {row["blob"] for row in self._database.all("SELECT blob FROM r2_parts")}

    def _require(self, bucket: R2Bucket, key: str, upload: str) -> Mapping[str, Json]:
        row = self._database.one(
            "SELECT * FROM r2_uploads WHERE id = ? AND bucket = ? AND key = ?",
            (upload.encode(errors="replace").decode(), bucket.id, rules.key_bytes(key)),
        )
        if row is None:
            raise R2UploadNotFound
        return dict(row)

    def _in_progress(self, bucket: R2Bucket, key: str, upload: str) -> Mapping[str, Json]:
        row = self._require(bucket, key, upload)
        if row["state"] != UploadState.IN_PROGRESS:
            raise R2UploadNotFound
        return row

    def _parts(self, upload: str) -> list[Part]:
        rows = self._database.all(
            "SELECT number, blob, size, etag, md5 FROM r2_parts WHERE upload = ? ORDER BY number",
            (upload,),
        )
        return [Part(*row) for row in rows]

    def _named_parts(self, upload: str, named: Sequence[tuple[int, str]]) -> list[Part]:
        known = {it.number: it for it in self._parts(upload)}
        if len({number for number, _ in named}) != len(named):
            raise R2InvalidPart
        parts = []
        for number, etag in named:
            if number not in known or known[number].etag != etag:
                raise R2InvalidPart
            parts.append(known[number])
        check_sizes(parts, self._min_part_bytes)
        return sorted(parts, key=lambda it: it.number)

    def _end(self, upload: str, state: UploadState) -> list[str]:
        """End an upload in the caller's transaction; return the files of its parts."""
        names = [it.blob for it in self._parts(upload)]
        self._database.run("UPDATE r2_uploads SET state = ? WHERE id = ?", (state, upload))
        self._database.run("DELETE FROM r2_parts WHERE upload = ?", (upload,))
        return names


def check_sizes(parts: Sequence[Part], smallest: int) -> None:
    """Raise where a part but the last is too small, or parts differ in size."""
    if any(it.size < smallest for it in parts[:-1]):
        raise R2EntityTooSmall
    ordered = sorted(parts, key=lambda it: it.number)
    if any(it.size < smallest or it.size != ordered[0].size for it in ordered[:-1]):
        raise R2BadUpload
    if len(ordered) > 1 and ordered[-1].size > ordered[0].size:
        raise R2BadUpload


def etag_of(parts: Sequence[Part]) -> str:
    """Return the etag of an object of parts: the digest of their digests, and their number."""
    digest = hashlib.md5(usedforsecurity=False)
    for part in parts:
        digest.update(bytes.fromhex(part.md5))
    return f"{digest.hexdigest()}-{len(parts)}"
