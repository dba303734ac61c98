"""Whether a Worker's responses in a smoke test are those that docs/worker/api.md promises."""

import re

from edgefleet.core.model import Json
from edgefleet.health.models import Reply

CODE = re.compile(r"[a-z_]{1,40}")


def whole_fault(reply: Reply, session: str) -> str:
    """Return what is wrong with the answer to a chat that was not streamed; nothing if it is right.

    It never contains text that a model wrote.
    """
    data = _data(reply)
    if data is None:
        return _refusal(reply)
    if data.get("sessionId") != session:
        return "it answers for another session"
    message = data.get("message")
    if not isinstance(message, dict) or not message.get("content"):
        return "it answers without a message"
    return ""


def stream_fault(reply: Reply) -> str:
    """Return what is wrong with a streamed answer; nothing if it is right."""
    if reply.status != 200:
        return _refusal(reply)
    tokens = sum(1 for event in reply.events if event.name == "message")
    came = f"after {tokens} token{'' if tokens == 1 else 's'}"
    errors = [event.data for event in reply.events if event.name == "error"]
    if errors:
        return f"an error{_code(errors[0])} came {came}"
    if reply.broken:
        return f"it broke off {came} ({reply.broken})"
    done = reply.events[-1] if reply.events else None
    if done is None or done.name != "done" or _of(done.data, "complete") is not True:
        return f"it ended without 'done' {came}"
    return "" if tokens else "it ended without a token"


def deletion_fault(reply: Reply) -> str:
    """Return what is wrong with the answer to the deletion of the session that was made."""
    data = _data(reply)
    if data is None:
        return _refusal(reply)
    deleted = data.get("deleted")
    return "" if isinstance(deleted, int) and deleted > 0 else "it had stored no message"


def _data(reply: Reply) -> dict[str, Json] | None:
    data = _of(reply.body, "data")
    good = reply.status == 200 and _of(reply.body, "ok") is True and isinstance(data, dict)
    return data if good else None


def _refusal(reply: Reply) -> str:
    if reply.status is None:
        return f"it does not answer ({reply.broken})"
    return f"it answers HTTP {reply.status}{_code(_of(reply.body, 'error'))}"


def _code(error: Json) -> str:
    code = _of(error, "code")
    # Whatever answers there is not trusted to keep to its codes.
    return f" ({code})" if isinstance(code, str) and CODE.fullmatch(code) else ""


def _of(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None
