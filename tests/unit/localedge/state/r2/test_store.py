import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from localedge.state.database import Database
from localedge.state.r2.blobs import Blob
from localedge.state.r2.buckets import R2Bucket
from localedge.state.r2.objects import ListQuery, ObjectWrite
from localedge.state.r2.rules import ByteRange, Condition
from localedge.state.r2.store import R2Store
from localedge.state.r2.uploads import R2Uploads
from localedge.wire.r2_errors import (
    R2BadDigest,
    R2BadUpload,
    R2BucketNotEmpty,
    R2EntityTooLarge,
    R2EntityTooSmall,
    R2InvalidPart,
    R2ObjectNotFound,
    R2PreconditionFailed,
    R2UploadNotFound,
)

ACCOUNT = "a" * 32


class Shelf:
    """A store with one bucket, whose parts may be small."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder)
        self.store = R2Store(self.database)
        self.bucket: R2Bucket = self.store.buckets.ensure(ACCOUNT, "files", "default")
        self.uploads = R2Uploads(
            self.database, self.store.files, self.store.objects, min_part_bytes=4
        )

    def blob(self, content: bytes, *algorithms: str, limit: int = 99) -> Blob:
        return asyncio.run(self.store.files.write(pieces(content), algorithms, limit))

    def put(self, key: str, content: bytes, **said: Condition | dict[str, str]) -> str:
        write = ObjectWrite(key, **said)  # type: ignore[arg-type]  # as the test names them
        blob = self.blob(content, *write.checksums)
        return self.store.objects.put(self.bucket, write, blob).etag

    def read(self, key: str) -> bytes:
        found = self.store.objects.get(self.bucket, key)

        async def whole() -> bytes:
            part = ByteRange(0, found.size)
            return b"".join([it async for it in self.store.files.read(found.blob, part)])

        return asyncio.run(whole())

    def part(self, upload: str, number: int, content: bytes) -> tuple[int, str]:
        etag = self.uploads.put_part(self.bucket, "big", upload, number, self.blob(content))
        return number, etag

    def complete(self, upload: str, *parts: tuple[int, str]) -> None:
        asyncio.run(self.uploads.complete(self.bucket, "big", upload, parts))

    def names(self) -> set[str]:
        return {it.name for it in (self.folder / "r2").iterdir()}


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content[:3]
    yield content[3:]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    opened = Shelf(tmp_path)
    yield opened
    opened.database.close()


def test_put_replaces_the_object_and_leaves_no_file(shelf: Shelf) -> None:
    shelf.put("a", b"first")
    shelf.put("a", b"second")
    assert shelf.read("a") == b"second"
    assert len(shelf.names()) == 1
    shelf.store.objects.delete(shelf.bucket, ["a", "absent"])
    assert shelf.names() == set()


def test_a_refused_object_changes_nothing_and_leaves_no_file(shelf: Shelf) -> None:
    etag = shelf.put("a", b"first")
    with pytest.raises(R2PreconditionFailed):
        shelf.put("a", b"second", condition=Condition(does_not_match=(etag,)))
    with pytest.raises(R2BadDigest):
        shelf.put("a", b"second", checksums={"sha1": "0" * 40})
    with pytest.raises(R2EntityTooLarge):
        shelf.blob(b"second", limit=5)
    assert shelf.read("a") == b"first"
    assert len(shelf.names()) == 1


def test_an_upload_that_breaks_off_leaves_no_file(shelf: Shelf) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(shelf.store.files.write(broken()))
    assert shelf.names() == set()


def test_what_a_kill_left_is_removed_at_the_next_start(shelf: Shelf) -> None:
    shelf.put("a", b"kept")
    upload = shelf.uploads.begin(shelf.bucket, ObjectWrite("big"))
    first = shelf.part(upload, 1, b"part")
    shelf.blob(b"a file that no row names")
    shelf.database.close()
    again = Shelf(shelf.folder)
    assert len(again.names()) == 2
    assert again.read("a") == b"kept"
    again.complete(upload, first)
    assert again.read("big") == b"part"
    again.database.close()


def test_a_bucket_with_objects_is_kept(shelf: Shelf) -> None:
    shelf.put("a", b"")
    with pytest.raises(R2BucketNotEmpty):
        shelf.store.delete_bucket(shelf.bucket)
    shelf.store.objects.delete(shelf.bucket, ["a"])
    upload = shelf.uploads.begin(shelf.bucket, ObjectWrite("big"))
    shelf.part(upload, 1, b"part")
    shelf.store.delete_bucket(shelf.bucket)
    assert shelf.names() == set()


def test_keys_are_in_the_order_of_their_bytes(shelf: Shelf) -> None:
    keys = ["\U0001f600", "ü", "z", "a", "a\0", "a/"]
    for key in keys:
        shelf.put(key, b"")
    page = shelf.store.objects.page(shelf.bucket, ListQuery())
    assert [it.key for it in page.objects] == sorted(keys, key=str.encode)


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.parametrize("delimiter", ["", "/", "//"])
def test_pages_of_any_size_hold_every_key_once(shelf: Shelf, limit: int, delimiter: str) -> None:
    keys = ["p", "p/", "p//1", "p//2", "p/1", "p/1/2", "p\U0010ffff/1", "q"]
    for key in keys:
        shelf.put(key, b"")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = ListQuery("p", delimiter, cursor=cursor, limit=limit)
        page = shelf.store.objects.page(shelf.bucket, query)
        assert len(page.objects) + len(page.prefixes) <= limit
        seen += [*(it.key for it in page.objects), *page.prefixes]
        cursor = page.cursor
    grouped = {it.split(delimiter)[0] + delimiter if delimiter in it[1:] else it
               for it in keys[:-1]} if delimiter else set(keys[:-1])  # fmt: skip
    assert sorted(seen) == sorted(grouped)


def test_parts_become_one_object(shelf: Shelf) -> None:
    upload = shelf.uploads.begin(shelf.bucket, ObjectWrite("big", custom={"a": "1"}))
    shelf.part(upload, 1, b"other")
    parts = shelf.part(upload, 1, b"abcd"), shelf.part(upload, 2, b"ef")
    shelf.part(upload, 3, b"left out")
    shelf.complete(upload, *parts)
    found = shelf.store.objects.get(shelf.bucket, "big")
    assert (found.size, found.custom, found.etag[-2:]) == (6, {"a": "1"}, "-2")
    assert shelf.read("big") == b"abcdef"
    assert len(shelf.names()) == 1
    with pytest.raises(R2UploadNotFound):
        shelf.complete(upload, *parts)
    shelf.uploads.abort(shelf.bucket, "big", upload)
    assert shelf.read("big") == b"abcdef"


def test_an_upload_is_completed_by_its_own_parts_alone(shelf: Shelf) -> None:
    upload = shelf.uploads.begin(shelf.bucket, ObjectWrite("big"))
    one, two, three = (
        shelf.part(upload, number, text) for number, text in enumerate([b"abcd", b"a", b"abcde"], 1)
    )
    for parts, refusal in (
        ([(1, "x")], R2InvalidPart),
        ([one, one], R2InvalidPart),
        ([two, one], R2EntityTooSmall),
        ([one, three], R2BadUpload),
    ):
        with pytest.raises(refusal):
            shelf.complete(upload, *parts)
    with pytest.raises(R2ObjectNotFound):
        shelf.read("big")


def test_an_aborted_upload_is_gone(shelf: Shelf) -> None:
    upload = shelf.uploads.begin(shelf.bucket, ObjectWrite("big"))
    shelf.part(upload, 1, b"abcd")
    shelf.uploads.abort(shelf.bucket, "big", upload)
    shelf.uploads.abort(shelf.bucket, "big", upload)
    assert shelf.names() == set()
    with pytest.raises(R2UploadNotFound):
        shelf.part(upload, 1, b"abcd")
    assert shelf.names() == set()
    with pytest.raises(R2UploadNotFound):
        shelf.uploads.abort(shelf.bucket, "other", upload)
