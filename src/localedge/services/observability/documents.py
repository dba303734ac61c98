"""Workers Logs: an event for each invocation, and one for each line that it logged.

https://developers.cloudflare.com/workers/observability/logs/workers-logs/
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from localedge.model import Json
from localedge.state.traces.events import Event, Invocation

DATASET = "cloudflare-workers"
OWN = ("dataset", "timestamp")
"""Fields of an event itself, beside those of its parts."""


@dataclass(frozen=True)
class Document:
    """One event of Workers Logs, and how many it stands for."""

    shown: Mapping[str, Json]
    interval: float

    @cached_property
    def flat(self) -> Mapping[str, Json]:
        """Every field by its name: those of a structured log have no prefix."""
        source = self.shown["source"]
        rest = {key: value for key, value in self.shown.items() if key != "source"}
        return {**_flat(source if isinstance(source, dict) else {"message": source}), **_flat(rest)}

    def get(self, key: str) -> Json:
        """Return one field; None where it is no text, number or truth value."""
        names = key.split(".")
        place = self.shown if names[0].startswith("$") else self.shown["source"]
        value = self.shown if key in OWN else place
        for name in names:
            if not isinstance(value, dict) or name not in value:
                return None
            value = value[name]
        return None if isinstance(value, dict | list) else value

    @property
    def at(self) -> int:
        """When it happened, in milliseconds since the epoch."""
        at: int = self.shown["timestamp"]
        return at


def documents(
    ran: Invocation, event: Event, interval: float, *, invocation_logs: bool
) -> Iterator[Document]:
    """Return the events of an invocation, oldest first; the invocation itself comes last."""
    metadata, workers = _common(ran, event)
    lines = [*(event.get("logs") or ()), *map(_exception_line, event.get("exceptions") or ())]
    for number, line in enumerate(lines):
        yield Document(_log(ran, number, line, metadata, workers), interval)
    if invocation_logs:
        yield Document(_invocation(ran, len(lines), event, metadata, workers), interval)


def invocation_logs_on(settings: Mapping[str, Json]) -> bool:
    """Return whether a script's settings ask for the event of each invocation itself."""
    logs = (settings.get("observability") or {}).get("logs") or {}
    return logs.get("invocation_logs") is not False


def _common(ran: Invocation, event: Event) -> tuple[dict[str, Json], dict[str, Json]]:
    inner = event.get("event") or {}
    request = inner.get("request") or {}
    ray = (request.get("headers") or {}).get("cf-ray", "").partition("-")[0]
    kind = _event_type(inner)
    workers = {
        "eventType": kind,
        "scriptName": ran.ref.own_name,
        "scriptVersion": {"id": ran.version_id},
        "requestId": ray or f"{ran.id:016x}",
        "outcome": ran.outcome,
        "executionModel": ran.model,
        "truncated": bool(event.get("truncated")),
        "event": inner,
        **({"dispatchNamespace": ran.ref.namespace} if ran.ref.namespace else {}),
    }
    metadata = {
        "account": ran.ref.account_id,
        "cloudService": "workers",
        "origin": kind,
        "requestId": workers["requestId"],
        "service": ran.ref.own_name,
        "trigger": _trigger(kind, inner),
        **({"url": request["url"]} if "url" in request else {}),
    }
    return metadata, workers


def _event_type(inner: Mapping[str, Json]) -> str:
    marks: Mapping[str, str] = {
        "request": "fetch",
        "cron": "scheduled",
        "queue": "queue",
        "rpcMethod": "rpc",
        "mailFrom": "email",
        "consumedEvents": "tail",
        "scheduledTime": "alarm",
    }
    return next((kind for mark, kind in marks.items() if mark in inner), "unknown")


def _trigger(kind: str, inner: Mapping[str, Json]) -> str:
    request = inner.get("request")
    if not request:
        return str(inner.get("cron") or inner.get("queue") or inner.get("rpcMethod") or kind)
    path = "/" + str(request.get("url", "")).partition("://")[2].partition("/")[2]
    return f"{request.get('method')} {path.partition('?')[0]}"


def _invocation(
    ran: Invocation,
    number: int,
    event: Event,
    metadata: Mapping[str, Json],
    workers: Mapping[str, Json],
) -> dict[str, Json]:
    level = "info" if ran.outcome in {"ok", "canceled"} else "error"
    status = ((event.get("event") or {}).get("response") or {}).get("status")
    errors = [_exception_text(it) for it in event.get("exceptions") or ()]
    timed = {"cpuTimeMs": event.get("cpuTime") or 0, "wallTimeMs": ran.ended - ran.started}
    text = metadata["trigger"]
    return {
        "dataset": DATASET,
        "timestamp": ran.started,
        "source": {"level": level, "message": text},
        "$workers": {**workers, **timed},
        "$metadata": {
            **metadata,
            "id": _id(ran, number),
            "type": "cf-worker-event",
            "level": level,
            "message": text,
            "duration": ran.ended - ran.started,
            **({"statusCode": status} if status else {}),
            **({"error": errors[0]} if errors else {}),
        },
    }


def _log(
    ran: Invocation,
    number: int,
    line: Mapping[str, Json],
    metadata: Mapping[str, Json],
    workers: Mapping[str, Json],
) -> dict[str, Json]:
    level, message = str(line.get("level")), line.get("message")
    parts = message if isinstance(message, list) else [message]
    text = " ".join(it if isinstance(it, str) else json.dumps(it) for it in parts)
    return {
        "dataset": DATASET,
        "timestamp": int(line.get("timestamp") or ran.started),
        "source": {"level": level, **_structured(parts, text)},
        "$workers": workers,
        "$metadata": {
            **metadata,
            "id": _id(ran, number),
            "type": "cf-worker",
            "level": level,
            "message": text,
            **({"error": text} if level == "error" else {}),
        },
    }


def _structured(parts: list[Json], text: str) -> dict[str, Json]:
    """Return the fields of a line that is one JSON object, or else its text."""
    found = parts[0] if len(parts) == 1 else None
    if isinstance(found, str) and found.startswith("{"):
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            found = None
    return found if isinstance(found, dict) else {"message": text}


def _exception_line(exception: Mapping[str, Json]) -> dict[str, Json]:
    text = _exception_text(exception)
    return {"level": "error", "message": [text], "timestamp": exception.get("timestamp")}


def _exception_text(exception: Mapping[str, Json]) -> str:
    return f"{exception.get('name')}: {exception.get('message')}"


def _id(ran: Invocation, number: int) -> str:
    """Return an id that sorts as what it names happened."""
    return f"{ran.id:016x}{number:08x}"


def _flat(value: Json, name: str = "") -> dict[str, Json]:
    if isinstance(value, dict):
        found: dict[str, Json] = {}
        for key, inner in value.items():
            found |= _flat(inner, f"{name}.{key}" if name else key)
        return found
    return {} if value is None or isinstance(value, list) else {name: value}
