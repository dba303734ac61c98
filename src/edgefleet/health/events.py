"""Server-Sent Events, as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from collections.abc import Iterable, Iterator

from edgefleet.core.foreign.json import parse_json
from edgefleet.health.models import Event

UNNAMED = "message"


def lines_of(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of a stream as they come."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode().rstrip("\r") for line in lines)
    if rest:
        yield rest.decode()


def events_of(lines: Iterable[str], *, json: bool = True) -> Iterator[Event]:
    """Yield events, their data as JSON or as text; raises `ValueError` for data that is no JSON.

    The last one counts although no empty line follows it.
    """
    name, data = UNNAMED, list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            if data:
                yield _event(name, data, json=json)
            name, data = UNNAMED, []
        elif field == "event":
            name = value or UNNAMED
        elif field == "data":
            data.append(value)
    if data:
        yield _event(name, data, json=json)


def _event(name: str, data: list[str], *, json: bool) -> Event:
    text = "\n".join(data)
    return Event(name=name, data=parse_json(text) if json else text)
