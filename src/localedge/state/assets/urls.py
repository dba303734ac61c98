"""URLs in `_headers` and `_redirects`, as Cloudflare reads them."""

import re
from urllib.parse import quote, urlsplit

_ABSOLUTE = re.compile(r"https://+(?P<host>[^/]+)/?(?P<path>.*)")
_PORT = re.compile(r".*:\d+")
_SAFE = "/:@!$&'()*;=,-+._~%[]^\\|"
"""What a browser leaves as it is in a path (https://url.spec.whatwg.org/#path-percent-encode-set).
"""


class InvalidUrl(Exception):
    """A URL that the file must not name; the message says why."""


def has_host(url: str) -> bool:
    """Return whether a URL names a host."""
    return _ABSOLUTE.match(url) is not None


def parse_url(token: str, *, relative: bool, ports: bool, whole: bool) -> str:
    """Return the URL in its canonical form; raises `InvalidUrl`.

    `relative` refuses a host, `ports` allows one with a port; `whole` keeps query and fragment.
    """
    absolute = _ABSOLUTE.match(token)
    if absolute:
        if relative:
            raise InvalidUrl(f"Only relative URLs are allowed. Skipping absolute URL {token}.")
        if not ports and _PORT.fullmatch(absolute["host"]):
            raise InvalidUrl(f"Specifying ports is not supported. Skipping absolute URL {token}.")
        return f"https://{absolute['host']}{_path(absolute['path'], whole=whole)}"
    if relative or token.startswith("/"):
        return _path(token, whole=whole)
    raise InvalidUrl(
        "URLs should either be relative (e.g. begin with a forward-slash), or use HTTPS "
        '(e.g. begin with "https://").'
    )


def _path(text: str, *, whole: bool) -> str:
    split = urlsplit("//host/" + text.removeprefix("/"))
    path = quote("/" + "/".join(_resolved(split.path)), safe=_SAFE)
    query = "?" + quote(split.query, safe=_SAFE + "?{}`") if split.query else ""
    fragment = "#" + quote(split.fragment, safe=_SAFE + "?{}#") if split.fragment else ""
    return path + query + fragment if whole else path


def _resolved(path: str) -> list[str]:
    """Return the segments without `.` and `..`."""
    segments: list[str] = []
    given = path.split("/")[1:]
    for position, segment in enumerate(given):
        last = position == len(given) - 1
        if segment in {".", ".."}:
            if segment == ".." and segments:
                segments.pop()
            if last:
                segments.append("")
        else:
            segments.append(segment)
    return segments
