"""Whether an answer of `/health` proves that the right Worker serves."""

from edgefleet.model.base import Json
from edgefleet.model.health import Expectation


def fault(status: int, body: Json, expected: Expectation) -> str:
    """Return why this answer is no proof, or nothing where it is one.

    A 200 alone proves nothing: the old version answers 200 too.
    """
    data = body.get("data") if isinstance(body, dict) else None
    if status != 200 or not isinstance(data, dict) or body.get("ok") is not True:
        return f"it answers HTTP {status}{_code(body)}"
    for name, value in (("tenantId", expected.tenant), ("environment", expected.environment)):
        if data.get(name) != value:
            return f"its {name} is {data.get(name)!r}, not {value!r}"
    version = version_of(body)
    if version is None:
        return "it does not say which version answers"
    if expected.version_id not in (None, version):
        return f"version {version} answers, not {expected.version_id}"
    return ""


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
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body if isinstance(body, str) and body else None
