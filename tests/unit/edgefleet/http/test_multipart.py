"""Forms: what is written is what is read."""

import pytest

from edgefleet.http.multipart import FORM_TYPE, FormPart, read_form, write_form


@pytest.mark.parametrize("name", ["index.js", "wörker.js", "a b/c.wasm", "名.txt"])
def test_what_is_written_is_what_is_read(name: str) -> None:
    part = FormPart(name, "application/octet-stream", bytes(range(256)) + b"\r\n--x")
    metadata, read = read_form(write_form('{"main": 1}', [part]), FORM_TYPE.encode())
    assert (metadata.name, metadata.content) == (None, b'{"main": 1}')
    assert read == part


def test_a_quote_in_a_name_breaks_no_form() -> None:
    form = write_form("{}", [FormPart('a"b\r\n.js', "text/plain", b"x")])
    assert [part.name for part in read_form(form, FORM_TYPE.encode())] == [None, "a%22b%0D%0A.js"]


def test_what_is_no_form_has_no_parts() -> None:
    assert read_form(b"{}", b"application/json") == []
