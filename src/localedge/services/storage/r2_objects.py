"""Objects of an R2 bucket: `/accounts/{id}/r2/buckets/{name}/objects`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from localedge.model import Json
from localedge.state.r2.buckets import R2Bucket, check_jurisdiction, check_storage_class
from localedge.state.r2.objects import ListQuery, ObjectWrite, R2Object
from localedge.state.r2.rules import ByteRange, Condition, key_bytes, page_size, range_of_header
from localedge.state.r2.store import R2Store
from localedge.wire.envelope import success
from localedge.wire.request import whole_number

OBJECTS = "/accounts/{account_id}/r2/buckets/{bucket}/objects"
MAX_UPLOAD_BYTES = 300 * 1024**2
"""What the API takes at once; larger objects go through S3's API or a Worker.

https://developers.cloudflare.com/api/resources/r2/subresources/buckets/subresources/objects/
"""
HEADERS = {
    "content-type": "contentType",
    "content-language": "contentLanguage",
    "content-disposition": "contentDisposition",
    "content-encoding": "contentEncoding",
    "cache-control": "cacheControl",
}


def routes(r2: R2Store) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(r2)
    return [
        Route(OBJECTS, service.list_objects, methods=["GET"]),
        Route(OBJECTS + "/{key:path}", service.read, methods=["GET"]),
        Route(OBJECTS + "/{key:path}", service.write, methods=["PUT"]),
        Route(OBJECTS + "/{key:path}", service.delete, methods=["DELETE"]),
    ]


class _Service:
    def __init__(self, r2: R2Store) -> None:
        self._r2 = r2

    async def list_objects(self, request: Request) -> Response:
        given = {
            name: request.query_params.get(name, "")
            for name in ("prefix", "delimiter", "start_after", "cursor")
        }
        size = request.query_params.get("per_page")
        limit = page_size(None if size is None else whole_number(size) or 0)
        query = ListQuery(**given, limit=limit)
        page = self._r2.objects.page(self._bucket(request), query)
        info: dict[str, Json] = {
            "per_page": query.limit,
            "is_truncated": page.cursor is not None,
            "delimited": list(page.prefixes),
        }
        if page.cursor is not None:
            info["cursor"] = page.cursor
        return success([_listed(it) for it in page.objects], result_info=info)

    async def read(self, request: Request) -> Response:
        found = self._r2.objects.get(self._bucket(request), request.path_params["key"])
        headers = _headers(found)
        condition = _condition(request.headers)
        if condition and not condition.holds(found.etag, found.uploaded):
            return Response(status_code=304, headers=headers)
        asked = request.headers.get("range")
        part = range_of_header(asked, found.size) if asked else ByteRange(0, found.size)
        headers["content-length"] = str(part.length)
        status = 200
        if asked and part.length < found.size:
            status, last = 206, part.offset + part.length - 1
            headers["content-range"] = f"bytes {part.offset}-{last}/{found.size}"
        return StreamingResponse(self._r2.files.read(found.blob, part), status, headers)

    async def write(self, request: Request) -> Response:
        bucket, key = self._bucket(request), request.path_params["key"]
        key_bytes(key)
        storage_class = request.headers.get("cf-r2-storage-class", bucket.storage_class)
        write = ObjectWrite(
            key, _metadata(request.headers), storage_class=check_storage_class(storage_class)
        )
        blob = await self._r2.files.write(request.stream(), limit=MAX_UPLOAD_BYTES)
        return success(_stored(self._r2.objects.put(bucket, write, blob)))

    async def delete(self, request: Request) -> Response:
        key = request.path_params["key"]
        self._r2.objects.delete(self._bucket(request), [key])
        return success({"key": key})

    def _bucket(self, request: Request) -> R2Bucket:
        jurisdiction = check_jurisdiction(request.headers.get("cf-r2-jurisdiction"))
        account, name = request.path_params["account_id"], request.path_params["bucket"]
        return self._r2.buckets.require(account, name, jurisdiction)


def _metadata(headers: Mapping[str, str]) -> dict[str, Json]:
    found: dict[str, Json] = {
        field: headers[name] for name, field in HEADERS.items() if name in headers
    }
    expires = _milliseconds(headers.get("expires"))
    return found if expires is None else {**found, "cacheExpiry": expires}


def _condition(headers: Mapping[str, str]) -> Condition | None:
    etags, since = headers.get("if-none-match"), _milliseconds(headers.get("if-modified-since"))
    if etags is None and since is None:
        return None
    named = etags and tuple(it.strip().replace('"', "") for it in etags.split(","))
    return Condition(does_not_match=named or None, after=since, whole_seconds=True)


def _headers(found: R2Object) -> dict[str, str]:
    shown = {
        name: _header_value(found.http[field])
        for name, field in HEADERS.items()
        if field in found.http
    }
    if "cacheExpiry" in found.http:
        shown["expires"] = _http_date(found.http["cacheExpiry"])
    return {
        "content-type": "application/octet-stream",
        **shown,
        "etag": f'"{found.etag}"',
        "last-modified": _http_date(found.uploaded),
        "accept-ranges": "bytes",
    }


def _listed(found: R2Object) -> Json:
    http = dict(found.http)
    if "cacheExpiry" in http:
        http["cacheExpiry"] = _timestamp(http["cacheExpiry"])
    return {
        "key": found.key,
        "size": found.size,
        "etag": found.etag,
        "last_modified": _timestamp(found.uploaded),
        "http_metadata": http,
        "custom_metadata": dict(found.custom),
        "storage_class": found.storage_class,
        "ssec": False,
    }


def _stored(found: R2Object) -> Json:
    return {
        "key": found.key,
        "etag": found.etag,
        "size": str(found.size),
        "version": found.version,
        "uploaded": _timestamp(found.uploaded),
        "storage_class": found.storage_class,
    }


def _milliseconds(date: str | None) -> int | None:
    """Return an HTTP date in milliseconds since 1970; None where it is none."""
    try:
        return int(parsedate_to_datetime(date).timestamp() * 1000) if date else None
    except (ValueError, OverflowError):
        return None


def _http_date(milliseconds: int) -> str:
    return format_datetime(_datetime(milliseconds), usegmt=True)


def _timestamp(milliseconds: int) -> str:
    return _datetime(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _datetime(milliseconds: int) -> datetime:
    """Return a time; one that has no year of four digits becomes the nearest that has."""
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    seconds = min(max(milliseconds / 1000, first.timestamp()), last.timestamp())
    return datetime.fromtimestamp(seconds, UTC)


def _header_value(text: str) -> str:
    """Return a text that a header can carry: a Worker may store any."""
    line = "".join(it for it in text if it.isprintable())
    return line.encode("latin-1", "xmlcharrefreplace").decode("latin-1")
