"""The contents of R2 objects and parts: a file each, written and read in pieces."""

import hashlib
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from localedge.state.r2.rules import MAX_OBJECT_BYTES, ByteRange
from localedge.wire.r2_errors import R2EntityTooLarge

PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Blob:
    """A file that is complete: its name, its size in bytes, its digests in hexadecimal digits."""

    name: str
    size: int
    digests: Mapping[str, str]


class BlobFiles:
    """The files of one server; those that nothing refers to are what a killed upload left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def write(
        self,
        pieces: AsyncIterable[bytes],
        algorithms: Collection[str] = (),
        limit: int = MAX_OBJECT_BYTES,
    ) -> Blob:
        """Store what arrives, with its MD5 and the digests of `algorithms`.

        What has arrived is removed where the rest does not, or where it has more than `limit`
        bytes (`R2EntityTooLarge`).
        """
        writer = _Writer(self._folder / uuid4().hex, {"md5", *algorithms}, limit)
        try:
            async for piece in pieces:
                writer.write(piece)
        except BaseException:
            writer.discard()
            raise
        return writer.finish()

    def join(self, names: Iterable[str]) -> str:
        """Copy files into a new one, one after the other; return its name."""
        joined = uuid4().hex
        with (self._folder / joined).open("xb") as target:
            for name in names:
                with (self._folder / name).open("rb") as source:
                    shutil.copyfileobj(source, target, PIECE_BYTES)
        return joined

    def read(self, name: str, part: ByteRange) -> AsyncIterator[bytes]:
        """Return a part of a file in pieces; the file may be removed meanwhile."""
        return _pieces((self._folder / name).open("rb"), part)

    def remove(self, *names: str) -> None:
        """Delete files."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def keep_only(self, names: Collection[str]) -> None:
        """Delete every other file."""
        for path in self._folder.iterdir():
            if path.is_file() and path.name not in names:
                path.unlink()


class _Writer:
    def __init__(self, path: Path, algorithms: Collection[str], limit: int) -> None:
        self._path = path
        self._file = path.open("xb")
        self._size = 0
        self._limit = limit
        self._hashes = {it: hashlib.new(it, usedforsecurity=False) for it in algorithms}

    def write(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise R2EntityTooLarge
        self._file.write(piece)
        for it in self._hashes.values():
            it.update(piece)

    def finish(self) -> Blob:
        self._file.close()
        digests = {name: it.hexdigest() for name, it in self._hashes.items()}
        return Blob(self._path.name, self._size, digests)

    def discard(self) -> None:
        self._file.close()
        self._path.unlink()


async def _pieces(file: BinaryIO, part: ByteRange) -> AsyncIterator[bytes]:
    with file:
        file.seek(part.offset)
        left = part.length
        while left and (piece := file.read(min(left, PIECE_BYTES))):
            left -= len(piece)
            yield piece
