"""Route patterns: which URLs they match, and which of several comes first.

https://developers.cloudflare.com/workers/configuration/routing/routes/#matching-behavior
"""

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from localedge.wire.script_errors import InvalidRoute

_PATTERN = re.compile(r"(?:https?://)?(?P<host>\*?[^/*?#]*)(?P<path>/[^*?#]*\*?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RoutePattern:
    """A pattern's host and path; either may have a `*`, the host first, the path last.

    localedge serves HTTP alone and takes it for HTTPS too, so the scheme does not count.
    """

    host: str
    path: str

    @classmethod
    def parse(cls, pattern: str) -> "RoutePattern":
        """Read a pattern; raise `InvalidRoute`."""
        match = _PATTERN.fullmatch(pattern)
        if match is None or not match["host"]:
            raise InvalidRoute(
                f"The route pattern `{pattern}` is invalid: `*` may begin the hostname and end the "
                "path, and stand nowhere else; there is no query string."
            )
        return cls(match["host"].lower(), match["path"] or "/")

    def matches(self, host: str, target: str) -> bool:
        """Return whether a request matches; `target` is path and query as they came."""
        return _matches(host, self.host) and _matches(target[::-1], self.path[::-1])

    @property
    def specificity(self) -> tuple[bool, int, bool, int]:
        """Return what orders patterns that match the same URL; the greatest wins."""
        return (
            not self.host.startswith("*"), len(self.host),
            not self.path.endswith("*"), len(self.path),
        )  # fmt: skip


def most_specific(patterns: Iterable[str], host: str, target: str) -> str | None:
    """Return the most specific of the patterns that match a request; invalid ones match none."""
    found = []
    for pattern in patterns:
        with contextlib.suppress(InvalidRoute):
            parsed = RoutePattern.parse(pattern)
            if parsed.matches(host, target):
                found.append((parsed.specificity, pattern))
    return max(found)[1] if found else None


def _matches(text: str, pattern: str) -> bool:
    """Return whether a text ends with a pattern that begins with `*`, or is equal to another."""
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return text == pattern
