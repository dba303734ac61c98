import asyncio
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from localedge.model import Module
from localedge.wire.errors import BadBody, UnsupportedContentType
from localedge.wire.multipart import Upload, read_upload, write_form


def read(body: bytes, content_type: str) -> Upload:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    scope = {"type": "http", "method": "PUT", "path": "/", "headers": headers}
    return asyncio.run(read_upload(Request(scope, receive)))


def sent(files: Any) -> Upload:
    request = httpx.Request("PUT", "http://x/", files=files)
    return read(request.read(), request.headers["content-type"])


def test_modules_are_named_by_their_file_name_in_any_order() -> None:
    upload = sent(
        [
            ("files", ("src/a.js", b"a", "application/javascript+module")),
            ("metadata", (None, b'{"main_module": "src/a.js"}', "application/json")),
            ("b.wasm", ("b.wasm", b"\x00asm", "application/wasm")),
        ]
    )
    assert upload.metadata == {"main_module": "src/a.js"}
    assert upload.modules == (
        Module("src/a.js", "application/javascript+module", b"a"),
        Module("b.wasm", "application/wasm", b"\x00asm"),
    )


def test_metadata_may_come_as_a_file() -> None:
    assert sent({"metadata": ("metadata.json", b"{}", "application/json")}).metadata == {}


@pytest.mark.parametrize("metadata", [b"", b"{", b"[]", b"\xff"])
def test_metadata_that_is_no_json_object_is_refused(metadata: bytes) -> None:
    with pytest.raises(BadBody):
        sent({"metadata": ("m", metadata, "application/json")})


def test_a_form_without_metadata_is_refused() -> None:
    with pytest.raises(BadBody, match="metadata"):
        sent({"index.js": ("index.js", b"", "text/plain")})


def test_a_body_that_is_no_form_is_refused() -> None:
    with pytest.raises(UnsupportedContentType):
        read(b"{}", "application/json")
    with pytest.raises(BadBody):
        read(b"--x", "multipart/form-data")
    with pytest.raises(BadBody):
        read(b"no form at all", "multipart/form-data; boundary=x")


@given(
    st.lists(st.tuples(st.from_regex(r"[\w ./é-]{1,20}", fullmatch=True), st.binary()), max_size=3)
)
def test_what_is_written_can_be_read(pairs: list[tuple[str, bytes]]) -> None:
    modules = tuple(Module(name, "application/octet-stream", content) for name, content in pairs)
    metadata = Module("metadata", "application/json", b"{}")
    assert read(*write_form([*modules, metadata])).modules == tuple(
        item for item in modules if item.name != "metadata"
    )
