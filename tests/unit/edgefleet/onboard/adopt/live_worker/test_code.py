"""The code of a live version becomes a bundle, or is named where no bundle can hold it."""

from email.message import Message

import pytest

from edgefleet.cloudflare.client import Content
from edgefleet.http.multipart import FormPart, write_form
from edgefleet.onboard.adopt.live_worker.code import code_of

ES_MODULE = "application/javascript+module"


def content(*modules: tuple[str, str], main: str | None = "index.js", kind: str = "") -> Content:
    """Return what Cloudflare answers for these modules (name, content type)."""
    parts = [FormPart(name, of, b"// code") for name, of in modules]
    form = write_form(None, parts)
    boundary = form.split(b"\r\n", 1)[0].removeprefix(b"--").decode()
    headers = Message()
    headers["Content-Type"] = kind or f"multipart/form-data; boundary={boundary}"
    if main:
        headers["cf-entrypoint"] = main
    return Content("/content", headers, form)


def test_modules_become_a_bundle_with_their_main_module() -> None:
    found, why = code_of(
        content(("index.js", ES_MODULE), ("./a.wasm", "application/wasm")), "Cloudflare"
    )
    assert found is not None
    assert (found.main_module, why) == ("index.js", "")
    assert [one.name for one in found.modules] == ["index.js", "a.wasm"]


def test_source_maps_are_left_out() -> None:
    found, _ = code_of(
        content(("index.js", ES_MODULE), ("index.js.map", "application/source-map")), "c"
    )
    assert found is not None
    assert [one.name for one in found.modules] == ["index.js"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (content(kind="application/javascript"), "it is a service worker"),
        (content(("index.py", "text/x-python"), main="index.py"), "index.py (text/x-python) is of"),
        (content(("../index.js", ES_MODULE), main="../index.js"), "is of a kind that"),
        (content(("index.js", ES_MODULE), main="other.js"), "which of its modules is the main"),
    ],
    ids=["service worker", "python", "outside", "no main"],
)
def test_code_that_no_bundle_can_hold_is_named(found: Content, why: str) -> None:
    bundle, said = code_of(found, "c")
    assert bundle is None
    assert why in said
