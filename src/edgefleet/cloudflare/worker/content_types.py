"""The content type of a static asset, by the extension of its name, as wrangler names it."""

from functools import cache
from importlib.resources import files

TABLE = "content_types.txt"


def extension(name: str) -> str:
    """Return a name's extension as Node.js finds it: none in `.profile`."""
    stem, dot, found = name.rpartition("/")[2].rpartition(".")
    return found if stem and dot else ""


def content_type(name: str) -> str | None:
    """Return the content type of a file; None where its extension says nothing.

    Cloudflare serves such a file without a `Content-Type`.
    """
    found = _types().get(extension(name).lower())
    if found and found.startswith("text/"):
        return f"{found}; charset=utf-8"
    return found


@cache
def _types() -> dict[str, str]:
    text = (files("edgefleet.cloudflare.worker") / TABLE).read_text()
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {one: kind for kind, *extensions in rows for one in extensions}
