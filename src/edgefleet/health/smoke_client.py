"""Sends the requests of a smoke test; nothing that it meets is raised."""

from collections.abc import Callable
from http.client import HTTPResponse

from edgefleet.config.health.smoke import EventStream
from edgefleet.health.client import (
    LARGEST_ANSWER,
    WorkerRequest,
    beginning,
    exchange,
    head_of,
    whole,
)
from edgefleet.health.events import events_of, lines_of
from edgefleet.health.models import Answer, Event, Reply
from edgefleet.http.bounded import pieces_of
from edgefleet.http.connection import BROKEN, reason_of

EVENT_STREAM = "text/event-stream"

Send = Callable[[str, WorkerRequest, EventStream | None], Reply]
"""Sends a request to the Worker at a URL, and reads what comes, as a stream where one is named."""


def send(url: str, request: WorkerRequest, stream: EventStream | None) -> Reply:
    """Send one request; what came of a stream before it broke off is kept.

    Raises `UsageError` where a secret would cross a network in clear.
    """
    answer: Answer | None = None
    events: list[Event] = []
    try:
        with exchange(url, request) as response:
            answer = head_of(response)
            if stream is None or not is_stream(answer):
                read = whole if request.reads_body else beginning
                return Reply(answer=read(response))
            _read(response, stream, events)
    except BROKEN as error:
        whole_or_part = answer if stream is not None else None
        return Reply(answer=whole_or_part, events=tuple(events), broken=reason_of(error))
    return Reply(answer=answer, events=tuple(events))


def is_stream(answer: Answer) -> bool:
    """Whether an answer is a stream of events, by its type."""
    return EVENT_STREAM in (answer.header("content-type") or "")


def _read(response: HTTPResponse, stream: EventStream, events: list[Event]) -> None:
    """Add events one by one: what comes before a break is kept."""
    lines = lines_of(pieces_of(response, LARGEST_ANSWER))
    for event in events_of(lines, json=stream.json_data):
        events.append(event)
        if event.name == stream.until.event and not stream.until.last:
            return
