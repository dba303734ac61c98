"""Compresses responses as Cloudflare's edge does, with gzip alone of its algorithms."""

import re
import zlib
from dataclasses import dataclass, field
from typing import Any

from localedge.runtime.edge.headers import Headers

_TYPES = frozenset(
    """
    text/html text/richtext text/plain text/css text/x-script text/x-component text/x-java-source
    text/x-markdown application/javascript application/x-javascript text/javascript text/js
    image/x-icon image/vnd.microsoft.icon application/x-perl application/x-httpd-cgi text/xml
    application/xml application/rss+xml application/vnd.api+json application/x-protobuf
    application/json multipart/bag multipart/mixed application/xhtml+xml font/ttf font/otf
    font/x-woff image/svg+xml application/vnd.ms-fontobject application/ttf application/x-ttf
    application/otf application/x-otf application/truetype application/opentype
    application/x-opentype application/font-woff application/eot application/font
    application/font-sfnt application/wasm application/javascript-binast application/manifest+json
    application/ld+json application/graphql+json application/geo+json
    """.split()
)
"""https://developers.cloudflare.com/speed/optimization/content/compression/"""
_SMALLEST = 48
"""Bytes; what is known to be shorter stays as it is (same page)."""
_ELEMENT = re.compile(r"\s*([a-z0-9*-]+)\s*(?:;\s*q=([0-9.]+)\s*)?", re.IGNORECASE)
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 6


def accepts(header: str, coding: str) -> bool:
    """Return whether an `Accept-Encoding` names the coding (RFC 9110, section 12.5.3)."""
    weights = {}
    for element in header.split(","):
        if match := _ELEMENT.fullmatch(element):
            weights[match[1].lower()] = match[2] is None or bool(match[2].strip("0."))
    return weights.get(coding, weights.get("*", False))


def without_encoding(header: str) -> bool:
    """Return whether a client takes no coding that a Worker may have chosen."""
    return not (accepts(header, "gzip") or accepts(header, "br"))


@dataclass(slots=True)
class Compressor:
    """Compresses one response; what a chunk holds leaves with it, so that streams keep flowing."""

    _deflate: Any = field(default_factory=lambda: zlib.compressobj(_LEVEL, wbits=_GZIP))

    def chunk(self, data: bytes) -> bytes:
        """Compress one chunk."""
        return bytes(self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH))

    def end(self) -> bytes:
        """Return the end of the stream."""
        return bytes(self._deflate.flush())


def compresses(accept_encoding: str, method: str, status: int, headers: Headers) -> bool:
    """Return whether the edge compresses a response with these headers for the client."""
    by_name = {name.lower(): value.decode("latin-1").lower() for name, value in headers}
    kind = by_name.get(b"content-type", "").partition(";")[0].strip()
    length = by_name.get(b"content-length", "")
    return (
        accepts(accept_encoding, "gzip")
        and method != "HEAD"
        and status not in {204, 206, 304}
        and kind in _TYPES
        and b"content-encoding" not in by_name
        and "no-transform" not in by_name.get(b"cache-control", "")
        and not (length.isdigit() and int(length) < _SMALLEST)
    )


def compressed_headers(headers: Headers) -> Headers:
    """Return the headers of a response after compression: a strong ETag becomes a weak one."""
    kept = [
        (name, b"W/" + value if name.lower() == b"etag" and value.startswith(b'"') else value)
        for name, value in headers
        if name.lower() != b"content-length"
    ]
    return [*kept, (b"Content-Encoding", b"gzip"), (b"Vary", b"Accept-Encoding")]
