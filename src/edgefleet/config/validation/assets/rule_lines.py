"""The lines of `_headers` and `_redirects`: what Cloudflare refuses of them, and where.

wrangler uploads both files unread (4.164.0), and only `wrangler dev` warns of a wrong line; the
upload of a version is refused for it. See
https://developers.cloudflare.com/workers/static-assets/headers/ and .../redirects/.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from edgefleet.cloudflare.limits import ASSET_RULES

LONGEST_LINE = 2000
DYNAMIC_REDIRECTS = 100
STATIC_REDIRECTS = ASSET_RULES["_redirects"] - DYNAMIC_REDIRECTS
STATUSES = ("200", "301", "302", "303", "307", "308")
REWRITE = "200"

_PATH = re.compile(r"[^\s:]+://|/")
_HOST = re.compile(r"https://+([^/]+)")
_DYNAMIC = re.compile(r"\*|:[A-Za-z]\w*")
_SPLAT = re.compile(r":splat(?!\w)")
_INDEX = re.compile(r"/index(\.html)?$")
_COMMENT = re.compile(r"\s+#.*$")


class WrongLine(NamedTuple):
    """What is wrong with a line, and where the line's words begin in the text."""

    offset: int
    message: str


class _Line(NamedTuple):
    offset: int
    text: str


def _lines(text: str) -> Iterator[_Line]:
    """Yield what is neither empty nor a comment."""
    offset = 0
    for raw in text.split("\n"):
        line = raw.strip()
        if line and not line.startswith("#"):
            yield _Line(offset + raw.index(line), line)
        offset += len(raw) + 1


def wrong_headers(text: str) -> Iterator[WrongLine]:
    """Yield each line of a file `_headers` that Cloudflare refuses."""
    path: _Line | None = None
    rules, empty, skipped = 0, False, False
    for line in _lines(text):
        if len(line.text) > LONGEST_LINE:
            yield _too_long(line)
        elif _PATH.match(line.text):
            if path and empty:
                yield WrongLine(path.offset, "the path has no headers")
            rules += 1
            wrong = _header_path(line.text, rules)
            if wrong:
                yield WrongLine(line.offset, wrong)
            path, empty, skipped = (None if wrong else line), True, bool(wrong)
        elif path is None:
            if not skipped:
                yield WrongLine(line.offset, "a path must stand before headers")
        elif wrong := _header(line.text):
            yield WrongLine(line.offset, wrong)
        else:
            empty = False
    if path and empty:
        yield WrongLine(path.offset, "the path has no headers")


def _header_path(text: str, number: int) -> str:
    most = ASSET_RULES["_headers"]
    if number > most:
        return f"it is path {number}; Cloudflare takes {most}"
    host = _HOST.match(text)
    if not host and not text.startswith("/"):
        return "a path must begin with / or https://"
    if host and re.search(r":\d+$", host[1]):
        return "a host may have no port"
    if text.count("*") > 1:
        return "only one * is allowed; use a placeholder such as :name for others"
    if "*" in text and _SPLAT.search(text):
        return "* and :splat are the same, and may not stand in one path"
    return ""


def _header(text: str) -> str:
    name, colon, value = text.partition(":")
    if not colon:
        return "" if text.startswith("! ") else "a header is written as name: value"
    if " " in name.strip():
        return "a header's name may have no spaces"
    return "" if name.strip() and value.strip() else "a header needs a name and a value"


def wrong_redirects(text: str, html_handling: str | None) -> Iterator[WrongLine]:
    """Yield each line of a file `_redirects` that Cloudflare refuses."""
    known: set[str] = set()
    static, dynamic = 0, 0
    for line in _lines(text):
        if len(line.text) > LONGEST_LINE:
            yield _too_long(line)
            continue
        wrong, source = _redirect(line.text, html_handling)
        if not wrong and source in known:
            wrong = f"there is a redirect of {source} already"
        if wrong:
            yield WrongLine(line.offset, wrong)
            continue
        known.add(source)
        # A rule after the first dynamic one counts as dynamic.
        if dynamic or _DYNAMIC.search(source):
            dynamic += 1
        else:
            static += 1
        if dynamic > DYNAMIC_REDIRECTS:
            message = f"it is dynamic redirect {dynamic}; Cloudflare takes {DYNAMIC_REDIRECTS}"
            yield WrongLine(line.offset, message)
        elif static > STATIC_REDIRECTS:
            message = f"it is static redirect {static}; Cloudflare takes {STATIC_REDIRECTS}"
            yield WrongLine(line.offset, message)


def _redirect(line: str, html_handling: str | None) -> tuple[str, str]:
    """Return what is wrong with a redirect, and the path that it is for."""
    words = _COMMENT.sub("", line).split()
    if len(words) not in (2, 3):
        return f"a redirect is written as source target [status], and this has {len(words)}", ""
    source, target, status = words[0], words[1], words[2] if words[2:] else "302"
    if _HOST.match(source):
        return "the source may have no host", ""
    source, host = _path(source), _HOST.match(target)
    if not host and not target.startswith("/"):
        return "the target must begin with / or https://", source
    if status not in STATUSES:
        return f"the status is {status}, and must be one of {', '.join(STATUSES)}", source
    if not host and _loops(source, _path(target), html_handling):
        return "it leads to itself: Cloudflare serves /index.html as /", source
    if status == REWRITE and host:
        return f"status {REWRITE} serves another path of the assets, and takes no host", source
    return "", source


def _loops(source: str, target: str, html_handling: str | None) -> bool:
    from_root = source.endswith("/") and html_handling != "none"
    return bool((source.endswith("/*") or from_root) and _INDEX.search(target))


def _path(text: str) -> str:
    """Return the path of a URL, as far as two of them can be the same."""
    path = urlsplit("//host/" + text.removeprefix("/")).path
    normal = posixpath.normpath(path)
    return f"{normal}/" if path.endswith("/") and normal != "/" else normal


def _too_long(line: _Line) -> WrongLine:
    return WrongLine(line.offset, f"it has {len(line.text):,} characters; {LONGEST_LINE:,} at most")
