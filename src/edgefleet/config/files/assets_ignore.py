"""The file `.assetsignore`: which files of an asset folder are not served.

Its lines are those of a .gitignore (https://git-scm.com/docs/gitignore), read without regard to
case, as wrangler reads them.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

META_FILES = ("/.assetsignore", "/_redirects", "/_headers")
"""Patterns of files that say how assets are served, and are none."""


class _Pattern(NamedTuple):
    matches: re.Pattern[str]
    keeps: bool
    """Whether it takes a path back that a pattern before it ignored."""
    folders: bool
    """Whether it means folders alone."""


class AssetsIgnore:
    """The patterns of an asset folder; `text` is that of its `.assetsignore`."""

    def __init__(self, text: str = "") -> None:
        lines = (*META_FILES, *text.split("\n"))
        self._patterns = [found for line in lines if (found := _parse(line))]

    def ignores(self, path: str, *, folder: bool) -> bool:
        """Whether a path below the asset folder is ignored; no folder above it may be."""
        ignored = False
        for pattern in self._patterns:
            if (folder or not pattern.folders) and pattern.matches.fullmatch(path):
                ignored = not pattern.keeps
        return ignored


def _parse(line: str) -> _Pattern | None:
    line = re.sub(r"(?<!\\)\s+$", "", line)
    if not line or line.startswith("#"):
        return None
    keeps, line = line.startswith("!"), line.removeprefix("!")
    folders, line = line.endswith("/"), line.rstrip("/")
    if not line:
        return None
    anywhere = "" if "/" in line else "(?:.*/)?"
    expression = anywhere + "".join(_translated(line.removeprefix("/")))
    try:
        return _Pattern(re.compile(expression, re.IGNORECASE | re.DOTALL), keeps, folders)
    except re.error:  # such as a range that runs backwards: git matches nothing with it
        return None


_TOKENS = re.compile(
    r"(?P<start>^\*\*/)|(?P<inner>/\*\*/)|(?P<end>/\*\*$)|(?P<many>\*+)|(?P<one>\?)"
    r"|\[(?P<class>[!^]?\]?[^\]]*)\]|\\(?P<escaped>.)|(?P<other>.)",
    re.DOTALL,
)
_MEANING = {
    "start": "(?:.*/)?",
    "inner": "/(?:.*/)?",
    "end": "/.+",
    "many": "[^/]*",
    "one": "[^/]",
}


def _translated(glob: str) -> Iterable[str]:
    for token in _TOKENS.finditer(glob):
        kind = str(token.lastgroup)
        text = token[kind]
        if kind == "class":
            negated = text[0] in "!^"
            yield f"[{'^' if negated else ''}{text[negated:]}]"
        else:
            yield _MEANING.get(kind) or re.escape(text)
