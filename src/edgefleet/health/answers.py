"""A wrong answer in words: what was expected, and what came."""

import json
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from edgefleet.config.health.places import ABSENT, value_at
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.core.redaction import Redactor, known_secrets
from edgefleet.core.secret import Secret
from edgefleet.core.secret_scanner import masked
from edgefleet.health.models import Answer

LONGEST_EXCERPT = 80
"""Characters of a body that are shown."""
HEAD = 4096
"""Bytes of a body that are looked at for that."""
WORD = 100
"""Characters that are shown of one word of a Worker; an id has 36."""
CODE = re.compile("[A-Za-z0-9_]{1,40}")
ACCESS = ".cloudflareaccess.com"
"""Where Cloudflare Access sends a visitor that it does not know:
https://developers.cloudflare.com/cloudflare-one/access-controls/"""

Redact = Callable[[str], str]


def redactor(secrets: Sequence[Secret]) -> Redact:
    """Return what removes the secrets that were sent, those known, and what looks like one."""
    own = Redactor(secrets)
    return lambda text: masked(known_secrets(own(text)))


def status_fault(answer: Answer, right: Sequence[int], error: str | None, redact: Redact) -> str:
    """Return what is wrong with the status of an answer, or nothing.

    An answer that Cloudflare gave in the Worker's place is wrong whatever its status.
    """
    in_place = _in_the_workers_place(answer)
    if in_place:
        return in_place
    if answer.status in right:
        return ""
    code = code_text(answer.body, error, redact)
    said = f"it answers HTTP {answer.status}{code}, not {statuses_text(right)}"
    return f"{said}; {came(answer, redact)}"


def statuses_text(right: Sequence[int]) -> str:
    """Return the statuses that are right: `200`, `200 or 204`, `200 to 399`."""
    if isinstance(right, range):
        return f"{right.start} to {right.stop - 1}"
    return " or ".join(map(str, right))


def came(answer: Answer, redact: Redact) -> str:
    """Return what came, in words: its type and first characters, or where it leads."""
    target = answer.header("location")
    if target is not None and 300 <= answer.status < 400:
        return f"it redirects to {_without_query(target, redact)}"
    kind = foreign_text(answer.header("content-type") or "no content type", 60)
    if not answer.content:
        return f"an empty body ({kind})"
    return f'{kind}: "{excerpt(answer.content, redact)}"'


def excerpt(content: bytes, redact: Redact) -> str:
    r"""Return the first characters of a body as one line, control characters as `\x1b`."""
    text = " ".join(redact(content[:HEAD].decode("utf-8", "replace")).split())
    line = "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii")
        for one in text[: 2 * LONGEST_EXCERPT]
    )
    shown = foreign_text(line, LONGEST_EXCERPT)
    more = len(text) > len(shown) and not shown.endswith("…")
    return f"{shown}…" if more else shown


def shown_value(value: Json) -> str:
    """Return a value of a Worker as one short harmless word."""
    return foreign_text(repr(value) if isinstance(value, str) else json.dumps(value), WORD)


def _in_the_workers_place(answer: Answer) -> str:
    mitigated = answer.header("cf-mitigated")
    if mitigated:
        word = foreign_text(mitigated, 40)
        return (
            f"Cloudflare answers in the Worker's place: HTTP {answer.status}, cf-mitigated: {word}"
        )
    target = answer.header("location") or ""
    if 300 <= answer.status < 400 and _host(target).endswith(ACCESS):
        return (
            f"Cloudflare Access answers in the Worker's place: HTTP {answer.status}, it redirects "
            f"to {foreign_text(_host(target), WORD)}"
        )
    return ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _without_query(target: str, redact: Redact) -> str:
    """Return where a redirect leads; a query may hold a token."""
    place, mark, _ = target.partition("?")
    return foreign_text(redact(place.partition("#")[0]), WORD) + ("?…" if mark else "")


def code_text(body: Json, pointer: str | None, redact: Redact) -> str:
    """Return the code of an error, in brackets: whatever answers is not trusted to have one."""
    code = value_at(body, pointer) if pointer is not None else ABSENT
    text = redact(str(code)) if isinstance(code, str | int) else ""
    return f" ({text})" if CODE.fullmatch(text) else ""
