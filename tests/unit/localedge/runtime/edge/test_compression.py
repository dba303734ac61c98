"""Which responses the edge compresses, and what a client then gets."""

import zlib

import pytest

from localedge.runtime.edge.compression import (
    Compressor,
    accepts,
    compressed_headers,
    compresses,
    without_encoding,
)

HTML = [(b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Length", b"500")]


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("br", False),
        ("identity", False),
        ("", False),
        (";;q=,=", False),
    ],
)
def test_what_accepts_gzip(header: str, accepted: bool) -> None:
    assert accepts(header, "gzip") is accepted


def test_a_client_that_names_no_coding_takes_none() -> None:
    assert without_encoding("")
    assert without_encoding("identity, zstd")
    assert not without_encoding("br")
    assert not without_encoding("*")


def test_a_page_is_compressed_for_who_accepts_it() -> None:
    assert compresses("gzip, br", "GET", 200, HTML)
    assert not compresses("br", "GET", 200, HTML)


@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [
        ("HEAD", 200, HTML),
        ("GET", 206, HTML),
        ("GET", 304, HTML),
        ("GET", 200, [(b"content-type", b"image/png")]),
        ("GET", 200, [(b"content-type", b"text/event-stream")]),
        ("GET", 200, []),
        ("GET", 200, [*HTML, (b"Content-Encoding", b"br")]),
        ("GET", 200, [*HTML, (b"Cache-Control", b"public, No-Transform")]),
        ("GET", 200, [HTML[0], (b"Content-Length", b"47")]),
    ],
)
def test_what_stays_as_it_is(method: str, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    assert not compresses("gzip", method, status, headers)


def test_each_chunk_can_be_read_before_the_next_one_comes() -> None:
    compressor, decompressor = Compressor(), zlib.decompressobj(31)

    assert decompressor.decompress(compressor.chunk(b"one ")) == b"one "
    assert decompressor.decompress(compressor.chunk(b"two")) == b"two"
    assert decompressor.decompress(compressor.end()) == b""
    assert decompressor.eof


def test_the_length_goes_and_the_etag_gets_weak() -> None:
    headers = compressed_headers([*HTML, (b"ETag", b'"a"'), (b"Set-Cookie", b"b=c")])

    assert headers == [
        HTML[0],
        (b"ETag", b'W/"a"'),
        (b"Set-Cookie", b"b=c"),
        (b"Content-Encoding", b"gzip"),
        (b"Vary", b"Accept-Encoding"),
    ]
