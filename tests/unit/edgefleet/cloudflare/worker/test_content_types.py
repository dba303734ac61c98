"""The content type of an asset is the one that wrangler names."""

import re

import pytest

from edgefleet.cloudflare.worker.content_types import content_type
from support.project import ROOT

BUNDLED = ROOT / "node_modules" / "wrangler" / "wrangler-dist" / "cli.js"
TABLES = ('mime/dist/types/standard.js"()', 'mime/dist/types/other.js"()')


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("/index.html", "text/html; charset=utf-8"),
        ("/a/b.JS", "text/javascript; charset=utf-8"),
        ("/favicon.ico", "image/vnd.microsoft.icon"),
        ("/data.json", "application/json"),
        ("/font.woff2", "font/woff2"),
        ("/page.min.css", "text/css; charset=utf-8"),
        ("/html", None),
        ("/.html", None),
        ("/a.html/b", None),
        ("/a.unheard-of", None),
    ],
)
def test_the_extension_decides(name: str, kind: str | None) -> None:
    assert content_type(name) == kind


def test_every_type_is_that_of_the_installed_wrangler() -> None:
    text = BUNDLED.read_text()
    rows: list[tuple[str, str]] = []
    for table in TABLES:
        start = text.index(table)
        rows += re.findall(r'"([\w.+/-]+)": \[([^\]]*)\]', text[start : text.index("};", start)])
    types = {
        extension: kind
        for kind, listed in rows
        for extension in re.findall(r'"([^"]+)"', listed)
        if not extension.startswith("*")
    }
    found = {extension: content_type(f"/a.{extension}") for extension in types}
    assert len(types) > 1000
    assert {name: kind and kind.partition(";")[0] for name, kind in found.items()} == types
