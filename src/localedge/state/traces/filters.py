"""Which events a tail wants, as `wrangler tail` and the API say it."""

import json
from collections.abc import Callable, Mapping, Sequence

from localedge.model import Json
from localedge.wire.errors import BadBody

Event = Mapping[str, Json]


def check_filters(given: Json) -> tuple[dict[str, Json], ...]:
    """Return the filters of a request's body; raise `BadBody` for what is none."""
    filters = [] if given is None else given
    if not isinstance(filters, list) or not all(isinstance(item, dict) for item in filters):
        raise BadBody("filters must be an array of objects.")
    for item in filters:
        for key, value in item.items():
            check = _SHAPES.get(key)
            if check is None or not check(value):
                raise BadBody(f"the filter {key} is unknown or has another type.")
    return tuple(filters)


def wants(filters: Sequence[Mapping[str, Json]], event: Event, chance: float) -> bool:
    """Return whether an event passes each filter; `chance` is from 0 up to 1."""
    return all(
        chance < value if key == "sampling_rate" else _MATCHES[key](event, value)
        for item in filters
        for key, value in item.items()
    )


def _request(event: Event) -> Mapping[str, Json]:
    request = (event.get("event") or {}).get("request")
    return request if isinstance(request, dict) else {}


def _header(event: Event, wanted: Mapping[str, Json]) -> bool:
    headers = _request(event).get("headers") or {}
    value = headers.get(str(wanted.get("key", "")).lower())
    return value is not None and str(wanted.get("query") or "") in value


def _client(event: Event, wanted: Sequence[str]) -> bool:
    address = (_request(event).get("headers") or {}).get("cf-connecting-ip")
    # `self` is the address of the client that watches; here everything is on one machine.
    return address in wanted or "self" in wanted


def _query(event: Event, text: str) -> bool:
    return text in json.dumps([it.get("message") for it in event.get("logs") or ()])


def _version(event: Event, wanted: str) -> bool:
    return bool((event.get("scriptVersion") or {}).get("id") == wanted)


def _texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _text(value: Json) -> bool:
    return isinstance(value, str)


_SHAPES: Mapping[str, Callable[[Json], bool]] = {
    "sampling_rate": lambda value: isinstance(value, int | float),
    "outcome": _texts,
    "method": _texts,
    "client_ip": _texts,
    "header": lambda value: isinstance(value, dict) and _text(value.get("key")),
    "query": _text,
    "scriptVersion": _text,
}
_MATCHES: Mapping[str, Callable[[Event, Json], bool]] = {
    "outcome": lambda event, value: event.get("outcome") in value,
    "method": lambda event, value: _request(event).get("method") in [it.upper() for it in value],
    "client_ip": _client,
    "header": _header,
    "query": _query,
    "scriptVersion": _version,
}
