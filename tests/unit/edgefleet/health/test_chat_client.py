"""A chat over HTTP: what is sent, and what becomes of each kind of answer."""

import time
from collections.abc import Iterator

import pytest

from edgefleet.core.secret import Secret
from edgefleet.errors import UsageError
from edgefleet.health.chat_client import HttpChat, events_of
from edgefleet.health.models import Event
from edgefleet.health.probe import VersionOverride
from support.answers import Answer, scripted
from support.hostile import ENDLESS, hostile

PIN = VersionOverride(script="bolt-staging", version_id="v2")
EVENTS = {"Content-Type": "text/event-stream; charset=utf-8"}
SECONDS = 0.2
STREAM = b'data: {"token":"yes"}\n\n: waiting\n\nevent: done\ndata: {"complete":true}\n\n'


def chat(url: str, key: str | None = "a-key", seconds: float = 30) -> HttpChat:
    return HttpChat(url, "bolt", PIN, Secret(key) if key else None, seconds)


def test_it_asks_one_version_for_one_tenant_with_its_key() -> None:
    with scripted(Answer({"ok": True})) as server:
        reply = chat(server.url).whole("a-session", "hello")

    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/chat")
    assert asked.body == {"sessionId": "a-session", "message": "hello", "stream": False}
    assert asked.headers["Cloudflare-Workers-Version-Overrides"] == 'bolt-staging="v2"'
    assert (asked.headers["X-Tenant-Id"], asked.headers["X-Api-Key"]) == ("bolt", "a-key")
    assert (reply.status, reply.body) == (200, {"ok": True})


def test_without_a_key_none_is_sent() -> None:
    with scripted(Answer({"ok": True})) as server:
        chat(server.url, None).delete("a-session")

    (asked,) = server.asked
    assert (asked.method, asked.path) == ("DELETE", "/chat/a-session")
    assert "X-Api-Key" not in asked.headers


def test_a_stream_is_read_event_by_event() -> None:
    with scripted(Answer(STREAM, headers=EVENTS)) as server:
        reply = chat(server.url).streamed("a-session", "hello")

    assert server.asked[0].body["stream"] is True
    done = Event(name="done", data={"complete": True})
    assert reply.events == (Event(name="message", data={"token": "yes"}), done)
    assert (reply.status, reply.broken) == (200, "")


def test_what_came_before_a_stream_broke_is_kept() -> None:
    with scripted(Answer(STREAM + b"data: {broken\n\n", headers=EVENTS)) as server:
        reply = chat(server.url).streamed("a-session", "hello")

    assert len(reply.events) == 2
    assert reply.broken == "its response is malformed"


def test_a_stream_that_never_ends_is_left() -> None:
    endless = b": waiting\n\n" * 10_000
    with scripted(Answer(endless, headers=EVENTS)) as server:
        reply = chat(server.url).streamed("a-session", "hello")

    assert reply.broken == "its answer is too large"


@pytest.mark.parametrize("mode", ["drip", "dripheader", "endless", "silent"])
def test_a_turn_ends_in_its_time_whatever_a_worker_does(mode: str) -> None:
    """Review 4: a byte every half second held a smoke test for good, its deletion, too."""
    begun = time.monotonic()
    assert mode in ENDLESS
    with hostile(everybody=mode) as server:
        one = chat(server.url, seconds=SECONDS)
        replies = one.whole("s", "hello"), one.streamed("s", "hello"), one.delete("s")

    assert time.monotonic() - begun < 60
    assert all(
        it.broken in {"it did not answer in time", "its answer is too large"} for it in replies
    )


@pytest.mark.parametrize("mode", ["deep", "surrogate", "gzip", "redirect", "badutf8", "esc"])
def test_no_turn_raises_whatever_a_worker_says(mode: str) -> None:
    """Review 17: deep nesting and half an emoji ended the command."""
    with hostile(everybody=mode) as server:
        one = chat(server.url)
        replies = one.whole("s", "hello"), one.streamed("s", "hello")
    for reply in replies:
        assert reply.model_dump_json()


def test_a_key_never_crosses_a_network_in_clear() -> None:
    with pytest.raises(UsageError, match="EDGEFLEET_WORKERS_DEV is an http://"):
        chat("http://bolt.example")
    chat("http://bolt.example", None)


@pytest.mark.parametrize("status", [401, 503])
def test_a_refusal_is_a_refusal_of_a_stream_too(status: int) -> None:
    with scripted(Answer({"ok": False}, status=status)) as server:
        reply = chat(server.url).streamed("a-session", "hello")

    assert (reply.status, reply.body, reply.events) == (status, {"ok": False}, ())


def test_a_page_that_is_no_json_has_no_body() -> None:
    with scripted(Answer(b"<html>", status=502)) as server:
        reply = chat(server.url).whole("a-session", "hello")

    assert (reply.status, reply.body) == (502, None)


def test_nothing_that_answers_is_said_in_words() -> None:
    with scripted(Answer(drop=True)) as server:
        replies = [chat(server.url).whole("s", "hello"), chat(server.url).streamed("s", "hello")]

    closed = "the connection was closed without an answer"
    assert [(it.status, it.broken) for it in replies] == [(None, closed)] * 2


def test_an_event_without_a_name_is_a_message() -> None:
    def lines() -> Iterator[str]:
        yield from ("event: error", "data: 1", "", "data: 2", ": a comment")

    assert list(events_of(lines())) == [
        Event(name="error", data=1),
        Event(name="message", data=2),
    ]
