"""Whether an answer of `/health` proves that the right Worker serves."""

import re
from itertools import islice

from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.health.models import Expectation

WORD = 100
"""Characters that are shown of one word of a Worker; an id has 36."""

BINDING = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
MOST_MISSING = 20


def fault(status: int, body: Json, expected: Expectation) -> str:
    """Return why this answer is no proof, or nothing where it is one.

    A 200 alone proves nothing: the old version answers 200 too, and so does a Worker that lacks
    a binding. A Worker that says nothing of `ready` is taken at its 200.
    """
    data = body.get("data") if isinstance(body, dict) else None
    if status != 200 or not isinstance(data, dict) or body.get("ok") is not True:
        return f"it answers HTTP {status}{_code(body)}"
    for name, value in (("tenantId", expected.tenant), ("environment", expected.environment)):
        if data.get(name) != value:
            return f"its {name} is {foreign_text(repr(data.get(name)), WORD)}, not {value!r}"
    version = version_of(body)
    if version is None:
        return "it does not say which version answers"
    if expected.version_id not in (None, version):
        return f"version {version} answers, not {expected.version_id}"
    if ready_of(body) is False:
        missing = ", ".join(missing_of(body)) or "it does not say what"
        return f"it says that it is not ready; missing: {missing}"
    return ""


def ready_of(body: Json) -> bool | None:
    """Return whether a Worker says that all that it uses is bound; None where it does not say."""
    ready = _value(body, "data", "ready")
    return ready if isinstance(ready, bool) else None


def missing_of(body: Json) -> tuple[str, ...]:
    """Return the bindings that a Worker says it lacks; what is no binding's name is left out."""
    named = _value(body, "data", "missing")
    names = named if isinstance(named, list) else []
    found = (name for name in names if isinstance(name, str) and BINDING.fullmatch(name))
    return tuple(islice(found, MOST_MISSING))


def version_of(body: Json) -> str | None:
    """Return the version id that an answer names."""
    return _text(body, "data", "version", "id")


def model_of(body: Json) -> str | None:
    """Return the chat model that an answer names."""
    return _text(body, "data", "modelId")


def _code(body: Json) -> str:
    code = _text(body, "error", "code")
    return f" ({code})" if code else ""


def _text(body: Json, *path: str) -> str | None:
    found = _value(body, *path)
    return (foreign_text(found, WORD) or None) if isinstance(found, str) else None


def _value(body: Json, *path: str) -> Json:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body
