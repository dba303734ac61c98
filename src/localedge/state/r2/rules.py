"""R2's limits, conditions and ranges, as Miniflare's R2 has them.

Limits: https://developers.cloudflare.com/r2/platform/limits/.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from localedge.wire.r2_errors import (
    R2InvalidArgument,
    R2InvalidMaxKeys,
    R2InvalidObjectName,
    R2InvalidRange,
    R2MetadataTooLarge,
)

MAX_KEY_BYTES = 1024
MAX_OBJECT_BYTES = 5 * 1024**3 - 5 * 1024**2
MAX_METADATA_BYTES = 2048
MIN_PART_BYTES = 5 * 1024**2
MAX_PARTS = 10_000
MAX_PAGE = 1000
RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)
MILLISECONDS = 1000
LATIN_1 = 256


@dataclass(frozen=True, slots=True)
class Condition:
    """When an operation may run: etags (`*` is any) and times, in milliseconds since 1970.

    A weak etag is written `W/etag`; it never holds in `matches`. `whole_seconds` compares times
    as HTTP's headers spell them.
    """

    matches: tuple[str, ...] | None = None
    does_not_match: tuple[str, ...] | None = None
    before: int | None = None
    after: int | None = None
    whole_seconds: bool = False

    def holds(self, etag: str | None, uploaded: int = 0) -> bool:
        """Say whether it holds for an object; `etag` is None where there is none."""
        if etag is None:
            return self.matches is None and self.after is None
        match = self.matches is None or bool({"*", etag} & set(self.matches))
        weak = {it.removeprefix("W/") for it in self.does_not_match or ()}
        no_match = self.does_not_match is None or not {"*", etag} & weak
        after = self.after is None or self._time(self.after) < self._time(uploaded)
        before = self.before is None or self._time(uploaded) < self._time(self.before)
        # An etag decides where both are given (RFC 9110, 13.2.2).
        after = after or (self.does_not_match is not None and no_match)
        before = before or (self.matches is not None and match)
        return match and no_match and after and before

    def _time(self, milliseconds: int) -> int:
        return milliseconds // MILLISECONDS if self.whole_seconds else milliseconds


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of an object: `offset` from its start, `length` in bytes."""

    offset: int
    length: int


def key_bytes(key: str) -> bytes:
    """Return a key as it is stored; raise `R2InvalidObjectName` where it cannot be one."""
    try:
        encoded = key.encode()
    except UnicodeEncodeError:
        raise R2InvalidObjectName from None
    if not 1 <= len(encoded) <= MAX_KEY_BYTES:
        raise R2InvalidObjectName
    return encoded


def check_metadata(custom: Mapping[str, str]) -> None:
    """Raise `R2MetadataTooLarge` beyond 2048 bytes, and where a text is no Unicode."""
    try:
        total = sum(_metadata_length(text) for pair in custom.items() for text in pair)
    except UnicodeEncodeError:
        raise R2InvalidArgument from None
    if total > MAX_METADATA_BYTES:
        raise R2MetadataTooLarge


def page_size(limit: int | None) -> int:
    """Return how many objects one page holds; 1000 where nothing is said."""
    if limit is None:
        return MAX_PAGE
    if not 1 <= limit <= MAX_PAGE:
        raise R2InvalidMaxKeys
    return limit


def byte_range(
    size: int, offset: int | None = None, length: int | None = None, suffix: int | None = None
) -> ByteRange:
    """Return the part that a range asks for; raise `R2InvalidRange` where there is none."""
    if suffix is not None:
        length = min(suffix, size) if suffix > 0 else -1
        offset = size - length
    offset = offset or 0
    length = size - offset if length is None else length
    if not 0 <= offset <= size or length <= 0:
        raise R2InvalidRange
    return ByteRange(offset, min(length, size - offset))


def range_of_header(text: str, size: int) -> ByteRange:
    """Return what a Range header asks for: all where it is broken, or has many ranges.

    Raises `R2InvalidRange` where the range begins after the object's end.
    """
    match = RANGE.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return ByteRange(0, size)
    if not match[1]:
        return byte_range(size, suffix=int(match[2]))
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if last < first and match[2]:
        return ByteRange(0, size)
    return byte_range(size, first, last - first + 1)


def to_cursor(position: bytes) -> str:
    """Return the cursor of the page that begins at a position."""
    return base64.urlsafe_b64encode(position).decode()


def from_cursor(cursor: str) -> bytes:
    """Return the position of a cursor; raise `R2InvalidArgument` where it is none."""
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise R2InvalidArgument("The cursor is not valid.") from None


def _metadata_length(text: str) -> int:
    text.encode()
    # As the gateway counts: two bytes a character where one of them is not Latin-1.
    return len(text) * (2 if any(ord(it) >= LATIN_1 for it in text) else 1)
