"""The messages of workerd's R2 client, as JSON.

Its schema is workerd's `r2-api.capnp`, where 64-bit numbers may come as texts.
"""

import base64
import binascii
import json
from collections.abc import AsyncIterator, Mapping, Sequence

from localedge.model import Json
from localedge.state.r2.objects import ListQuery, ObjectPage, ObjectWrite, R2Object
from localedge.state.r2.rules import ByteRange, Condition, byte_range, page_size, range_of_header
from localedge.wire.r2_errors import R2Error, R2InvalidArgument

METADATA_SIZE = "cf-r2-metadata-size"
REQUEST = "cf-r2-request"
ERROR = "cf-r2-error"
HTTP_METADATA, CUSTOM_METADATA = 0, 1
HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")
"""In the order of their numbers in a message."""
FEWER = 100
"""How many objects a page has at most where it shows metadata."""

Message = Mapping[str, Json]


async def read_prefix(
    pieces: AsyncIterator[bytes], length: int
) -> tuple[bytes, AsyncIterator[bytes]]:
    """Return the first bytes of a body, and an iterator over the rest."""
    found = b""
    while len(found) < length and (piece := await anext(pieces, None)) is not None:
        found += piece

    async def rest() -> AsyncIterator[bytes]:
        yield found[length:]
        async for piece in pieces:
            yield piece

    return found[:length], rest()


def parse(text: str | bytes) -> Message:
    """Read a message; raise `R2InvalidArgument` where it is none."""
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise R2InvalidArgument
    return message


def object_write(message: Message) -> ObjectWrite:
    """Return what `put` and `createMultipartUpload` say of an object."""
    if "ssec" in message:
        raise R2InvalidArgument(
            "localedge does not encrypt objects with a customer's key (ssecKey)"
        )
    http = dict(message.get("httpFields") or {})
    if "cacheExpiry" in http:
        http["cacheExpiry"] = int(http["cacheExpiry"])
    return ObjectWrite(
        message["object"],
        http,
        {it["k"]: it["v"] for it in message.get("customFields") or ()},
        message.get("storageClass") or "",
        condition(message.get("onlyIf")),
        {it: _digest(it, message[it]) for it in HASHES if message.get(it)},
    )


def condition(given: Message | None) -> Condition | None:
    """Return the condition of a message."""
    if given is None:
        return None
    before, after = given.get("uploadedBefore"), given.get("uploadedAfter")
    return Condition(
        _etags(given.get("etagMatches")),
        _etags(given.get("etagDoesNotMatch")),
        None if before is None else int(before),
        None if after is None else int(after),
        bool(given.get("secondsGranularity")),
    )


def asked_range(message: Message, size: int) -> ByteRange:
    """Return the part of an object that `get` asks for."""
    if "rangeHeader" in message:
        return range_of_header(message["rangeHeader"], size)
    if "range" in message:
        asked = {name: int(value) for name, value in message["range"].items()}
        return byte_range(size, **asked)
    return ByteRange(0, size)


def list_query(message: Message) -> ListQuery:
    """Return the query of `list`."""
    limit = page_size(message.get("limit"))
    texts = {it: message.get(it) or "" for it in ("prefix", "delimiter", "cursor")}
    return ListQuery(
        **texts,
        start_after=message.get("startAfter") or "",
        limit=min(limit, FEWER) if message.get("include") else limit,
    )


def described(found: R2Object, part: ByteRange | None = None) -> dict[str, Json]:
    """Return an object as the client reads it."""
    shown: dict[str, Json] = {
        "name": found.key,
        "version": found.version,
        "size": found.size,
        "etag": found.etag,
        "uploaded": found.uploaded,
        "httpFields": dict(found.http),
        "customFields": [{"k": name, "v": value} for name, value in found.custom.items()],
        "checksums": {str(HASHES.index(it)): value for it, value in found.checksums.items()},
        "storageClass": found.storage_class,
    }
    if part:
        shown["range"] = {"offset": part.offset, "length": part.length}
    return shown


def listed(page: ObjectPage, include: Sequence[int]) -> dict[str, Json]:
    """Return a page as the client reads it; metadata is shown where it is asked for."""
    objects = [described(it) for it in page.objects]
    for it in objects:
        if HTTP_METADATA not in include:
            it["httpFields"] = {}
        if CUSTOM_METADATA not in include:
            it["customFields"] = []
    shown: dict[str, Json] = {
        "objects": objects,
        "truncated": page.cursor is not None,
        "delimitedPrefixes": list(page.prefixes),
    }
    if page.cursor is not None:
        shown["cursor"] = page.cursor
    return shown


def error_header(error: R2Error) -> str:
    """Return the value of the header that names an error; it is ASCII."""
    return json.dumps({"message": error.message, "version": 1, "v4code": error.code})


def _etags(given: Sequence[Message] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    return tuple(_etag(it) for it in given)


def _etag(given: Message) -> str:
    if given["type"] == "wildcard":
        return "*"
    return f"W/{given['value']}" if given["type"] == "weak" else str(given["value"])


def _digest(algorithm: str, given: str) -> str:
    """Return a digest in hexadecimal digits; an MD5 comes in base64."""
    try:
        return base64.b64decode(given).hex() if algorithm == "md5" else given.lower()
    except binascii.Error:
        raise R2InvalidArgument from None
