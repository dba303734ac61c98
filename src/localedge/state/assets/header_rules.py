"""The `_headers` file: headers that Cloudflare sets or removes on answers with assets.

https://developers.cloudflare.com/workers/static-assets/headers/
"""

import re
from dataclasses import dataclass, field

from localedge.model import Json
from localedge.state.assets.urls import InvalidUrl, parse_url
from localedge.wire.asset_errors import InvalidAssetRules

MOST_RULES = 100
LONGEST_LINE = 2000

_PATH = re.compile(r"\S+://|/")
_SPLAT = re.compile(r":splat(?!\w)")
_REMOVE = "! "


class _InvalidLine(Exception):
    """A line that means nothing; the message says why."""


@dataclass(slots=True)
class _Rule:
    line: int
    headers: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


def parse_headers(text: str) -> Json:
    """Return the rules as Cloudflare's asset Worker takes them, None where there are none.

    Raises `InvalidAssetRules` with each line that is wrong, as Cloudflare does.
    """
    reader = _Reader()
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line and not line.startswith("#"):
            reader.read(number, line)
    rules = reader.finish()
    if reader.problems:
        raise InvalidAssetRules("\n".join(["Invalid _headers configuration:", *reader.problems]))
    shown = {path: _shown(rule) for path, rule in rules.items()}
    return {"version": 2, "rules": shown} if shown else None


class _Reader:
    def __init__(self) -> None:
        self.problems: list[str] = []
        self._rules: dict[str, _Rule] = {}
        self._count = 0
        self._path = ""
        self._rule: _Rule | None = None
        self._skipping = False

    def read(self, number: int, line: str) -> None:
        """Take one line that is neither empty nor a comment."""
        try:
            _check_length(line)
            if _PATH.match(line):
                self._begin(number, line)
            elif not self._skipping:
                self._header(line)
        except (_InvalidLine, InvalidUrl) as invalid:
            self.problems.append(f"Line {number}: {invalid}")

    def finish(self) -> dict[str, _Rule]:
        """Return the rules by their paths, after the last line."""
        if self._rule and not (self._rule.headers or self._rule.removed):
            self.problems.append(f"Line {self._rule.line}: No headers specified")
        elif self._rule:
            self._rules[self._path] = self._rule
        self._rule = None
        return self._rules

    def _begin(self, number: int, line: str) -> None:
        self.finish()
        self._skipping = True
        self._count += 1
        if self._count > MOST_RULES:
            raise _InvalidLine(f"Maximum number of rules supported is {MOST_RULES}.")
        self._path = _checked_path(parse_url(line, relative=False, ports=False, whole=False))
        self._rule, self._skipping = _Rule(number), False

    def _header(self, line: str) -> None:
        name, colon, value = line.partition(":")
        if self._rule is None:
            raise _InvalidLine("Expected a path before headers")
        if not colon:
            if not line.startswith(_REMOVE):
                raise _InvalidLine("Expected a colon-separated header pair (e.g. name: value)")
            self._rule.removed.append(line.removeprefix(_REMOVE))
            return
        name, value = name.strip().lower(), value.strip()
        if " " in name:
            raise _InvalidLine("Header name cannot include spaces")
        if not name or not value:
            raise _InvalidLine(f"No header {'value' if name else 'name'} specified")
        known = self._rule.headers.get(name)
        self._rule.headers[name] = f"{known}, {value}" if known else value


def _check_length(line: str) -> None:
    if len(line) > LONGEST_LINE:
        raise _InvalidLine(f"The line is longer than {LONGEST_LINE} characters.")


def _checked_path(path: str) -> str:
    wildcards = path.count("*")
    if wildcards > 1:
        raise _InvalidLine(
            "Only one wildcard is allowed per rule. "
            "Use a named placeholder (e.g. :project) instead."
        )
    if wildcards and _SPLAT.search(path):
        raise _InvalidLine("Cannot combine a wildcard * with a :splat placeholder.")
    return path


def _shown(rule: _Rule) -> Json:
    given = {"set": rule.headers} if rule.headers else {}
    return given | ({"unset": rule.removed} if rule.removed else {})
