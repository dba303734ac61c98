"""The `_redirects` file: redirects and rewrites ahead of the assets.

https://developers.cloudflare.com/workers/static-assets/redirects/
"""

import re

from localedge.model import Json
from localedge.state.assets.urls import InvalidUrl, has_host, parse_url
from localedge.wire.asset_errors import InvalidAssetRules

MOST_STATIC = 2000
MOST_DYNAMIC = 100
LONGEST_LINE = 2000
STATUSES = frozenset({200, 301, 302, 303, 307, 308})
REWRITE = 200

_DYNAMIC = re.compile(r"\*|:[A-Za-z]\w*")
_INDEX = re.compile(r"/index(.html)?$")
_COMMENT = re.compile(r"\s+#.*$")


class _InvalidLine(Exception):
    """A line that means nothing; the message says why."""


def parse_redirects(text: str, *, html_handling: str | None = None) -> Json:
    """Return the rules as Cloudflare's asset Worker takes them, None where there are none.

    Raises `InvalidAssetRules` with each line that is wrong, as Cloudflare does.
    """
    reader = _Reader(strips_index=html_handling != "none")
    problems = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        try:
            reader.read(number, line)
        except (_InvalidLine, InvalidUrl) as invalid:
            problems.append(f"Line {number}: {invalid}")
    if problems:
        raise InvalidAssetRules("\n".join(["Invalid _redirects configuration:", *problems]))
    if not (reader.static or reader.dynamic):
        return None
    return {"version": 1, "staticRules": reader.static, "rules": reader.dynamic}


class _Reader:
    """Takes lines; a rule counts as static until the first dynamic one."""

    def __init__(self, *, strips_index: bool) -> None:
        self.static: dict[str, Json] = {}
        self.dynamic: dict[str, Json] = {}
        self._strips_index = strips_index

    def read(self, number: int, line: str) -> None:
        """Take one line that is neither empty nor a comment."""
        if len(line) > LONGEST_LINE:
            raise _InvalidLine(f"The line is longer than {LONGEST_LINE} characters.")
        tokens = _COMMENT.sub("", line).split()
        if len(tokens) not in {2, 3}:
            raise _InvalidLine(
                f"Expected exactly 2 or 3 whitespace-separated tokens. Got {len(tokens)}."
            )
        source = parse_url(tokens[0], relative=True, ports=False, whole=False)
        target = parse_url(tokens[1], relative=False, ports=True, whole=True)
        rule: Json = {"status": _status(tokens[2] if tokens[2:] else "302"), "to": target}
        self._check(source, target, rule["status"])
        if _DYNAMIC.search(source) or self.dynamic:
            self.dynamic[source] = rule
        else:
            self.static[source] = {**rule, "lineNumber": number}

    def _check(self, source: str, target: str, status: int) -> None:
        if not has_host(target) and self._loops(source, target):
            raise _InvalidLine(
                "Infinite loop detected in this rule. This would cause a redirect to strip `.html` "
                "or `/index` and end up triggering this rule again."
            )
        if source in self.static or source in self.dynamic:
            raise _InvalidLine(f"Ignoring duplicate rule for path {source}.")
        if status == REWRITE and has_host(target):
            raise _InvalidLine(
                f"Proxy (200) redirects can only point to relative paths. Got {target}"
            )
        dynamic = bool(_DYNAMIC.search(source) or self.dynamic)
        kind, rules = ("dynamic", self.dynamic) if dynamic else ("static", self.static)
        most = MOST_DYNAMIC if dynamic else MOST_STATIC
        if len(rules) == most:
            raise _InvalidLine(f"Maximum number of {kind} rules supported is {most}.")

    def _loops(self, source: str, target: str) -> bool:
        from_root = source.endswith("/") and self._strips_index
        return bool((source.endswith("/*") or from_root) and _INDEX.search(target))


def _status(text: str) -> int:
    if not text.isdecimal() or int(text) not in STATUSES:
        raise _InvalidLine(
            f"Valid status codes are 200, 301, 302 (default), 303, 307, or 308. Got {text}."
        )
    return int(text)
