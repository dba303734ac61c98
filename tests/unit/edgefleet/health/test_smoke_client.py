"""Requests of a smoke test over HTTP: what is sent, and what becomes of each kind of answer."""

import time
from collections.abc import Iterator

import pytest

from edgefleet.config.health.smoke import EventStream
from edgefleet.core.secret import Secret
from edgefleet.errors import UsageError
from edgefleet.health.client import WorkerRequest, json_content
from edgefleet.health.events import events_of
from edgefleet.health.models import Event, Reply
from edgefleet.health.smoke_client import send
from support.answers import Answer, scripted
from support.hostile import ENDLESS, hostile

EVENTS = {"Content-Type": "text/event-stream; charset=utf-8"}
SECONDS = 0.2
STREAM = b'data: {"token":"yes"}\n\n: waiting\n\nevent: done\ndata: {"complete":true}\n\n'
TO_THE_END = EventStream.model_validate({"until": {"event": "done", "last": True}})


def whole(url: str, seconds: float = 30) -> Reply:
    return send(url, WorkerRequest("POST", "/chat", {}, json_content({"a": 1}), seconds), None)


def streamed(url: str, seconds: float = 30, stream: EventStream = TO_THE_END) -> Reply:
    return send(url, WorkerRequest("GET", "/stream", {}, None, seconds), stream)


def test_it_sends_method_path_headers_and_body() -> None:
    request = WorkerRequest(
        "POST", "/chat?x=1", {"X-Api-Key": Secret("a-key")}, json_content({"stream": False}), 30
    )
    with scripted(Answer({"ok": True})) as server:
        reply = send(server.url, request, None)

    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/chat?x=1", {"stream": False})
    assert asked.headers["X-Api-Key"] == "a-key"
    assert reply.answer
    assert (reply.answer.status, reply.answer.body) == (200, {"ok": True})


def test_a_stream_is_read_event_by_event() -> None:
    with scripted(Answer(STREAM, headers=EVENTS)) as server:
        reply = streamed(server.url)

    done = Event(name="done", data={"complete": True})
    assert reply.events == (Event(name="message", data={"token": "yes"}), done)
    assert reply.answer
    assert (reply.answer.status, reply.broken) == (200, "")


def test_a_stream_is_left_at_the_event_that_is_waited_for() -> None:
    stream = EventStream.model_validate({"until": {"event": "done"}})
    with scripted(Answer(STREAM + b"data: {broken\n\n", headers=EVENTS)) as server:
        reply = streamed(server.url, stream=stream)

    assert (len(reply.events), reply.broken) == (2, "")


def test_what_came_before_a_stream_broke_is_kept() -> None:
    with scripted(Answer(STREAM + b"data: {broken\n\n", headers=EVENTS)) as server:
        reply = streamed(server.url)

    assert len(reply.events) == 2
    assert reply.broken == "its response is malformed"


def test_a_stream_that_never_ends_is_left() -> None:
    endless = b": waiting\n\n" * 200_000
    with scripted(Answer(endless, headers=EVENTS)) as server:
        reply = streamed(server.url)

    assert reply.broken == "its answer is too large"


@pytest.mark.parametrize("mode", ["drip", "dripheader", "endless", "silent"])
def test_a_request_ends_in_its_time_whatever_a_worker_does(mode: str) -> None:
    """Review 4: a byte every half second held a smoke test for good, its deletion, too."""
    begun = time.monotonic()
    assert mode in ENDLESS
    with hostile(everybody=mode) as server:
        replies = whole(server.url, SECONDS), streamed(server.url, SECONDS)

    assert time.monotonic() - begun < 60
    assert all(
        it.broken in {"it did not answer in time", "its answer is too large"} for it in replies
    )


@pytest.mark.parametrize("mode", ["deep", "surrogate", "gzip", "redirect", "badutf8", "esc"])
def test_no_request_raises_whatever_a_worker_says(mode: str) -> None:
    """Review 17: deep nesting and half an emoji ended the command."""
    with hostile(everybody=mode) as server:
        replies = whole(server.url), streamed(server.url)
    for reply in replies:
        assert reply.model_dump()


def test_a_secret_never_crosses_a_network_in_clear() -> None:
    request = WorkerRequest("GET", "/", {"X-Api-Key": Secret("a-key")})
    with pytest.raises(UsageError, match="EDGEFLEET_WORKERS_DEV is an http://"):
        send("http://bolt.example", request, None)


@pytest.mark.parametrize("status", [401, 503])
def test_a_refusal_is_a_refusal_of_a_stream_too(status: int) -> None:
    with scripted(Answer({"ok": False}, status=status)) as server:
        reply = streamed(server.url)

    assert reply.answer
    assert (reply.answer.status, reply.answer.body, reply.events) == (status, {"ok": False}, ())


def test_nothing_that_answers_is_said_in_words() -> None:
    with scripted(Answer(drop=True)) as server:
        replies = [whole(server.url), streamed(server.url)]

    closed = "the connection was closed without an answer"
    assert [(it.answer, it.broken) for it in replies] == [(None, closed)] * 2


def test_an_event_without_a_name_is_a_message() -> None:
    def lines() -> Iterator[str]:
        yield from ("event: error", "data: 1", "", "data: 2", ": a comment")

    assert list(events_of(lines())) == [
        Event(name="error", data=1),
        Event(name="message", data=2),
    ]


def test_data_of_several_lines_is_one_text() -> None:
    lines = ("data:one", "data: two", "", "data: [DONE]", "")
    assert list(events_of(lines, json=False)) == [
        Event(name="message", data="one\ntwo"),
        Event(name="message", data="[DONE]"),
    ]
