"""What a smoke test accepts, and how it names what it does not."""

from typing import Any

import pytest

from edgefleet.health.models import Event, Reply
from edgefleet.health.smoke_rules import deletion_fault, stream_fault, whole_fault

TOKEN = Event(name="message", data={"token": "yes"})
DONE = Event(name="done", data={"complete": True})
ERROR = Event(name="error", data={"code": "model_failed"})


def good(**data: Any) -> Reply:
    return Reply(status=200, body={"ok": True, "data": data})


def refused(status: int, code: str) -> Reply:
    return Reply(status=status, body={"ok": False, "error": {"code": code}})


def streamed(*events: Event, broken: str = "") -> Reply:
    return Reply(status=200, events=events, broken=broken)


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (good(sessionId="s", message={"content": "yes"}), ""),
        (good(sessionId="other", message={"content": "yes"}), "it answers for another session"),
        (good(sessionId="s", message={"content": ""}), "it answers without a message"),
        (good(sessionId="s"), "it answers without a message"),
        (refused(429, "budget_exceeded"), "it answers HTTP 429 (budget_exceeded)"),
        (refused(500, "the-key-that-was-sent"), "it answers HTTP 500"),
        (Reply(status=200, body=["ok"]), "it answers HTTP 200"),
        (Reply(broken="ReadTimeout"), "it does not answer (ReadTimeout)"),
    ],
)
def test_a_whole_answer_is_a_message_in_the_session(reply: Reply, fault: str) -> None:
    assert whole_fault(reply, "s") == fault


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (streamed(TOKEN, DONE), ""),
        (streamed(DONE), "it ended without a token"),
        (streamed(TOKEN), "it ended without 'done' after 1 token"),
        (streamed(), "it ended without 'done' after 0 tokens"),
        (
            streamed(TOKEN, Event(name="done", data={"complete": False})),
            "it ended without 'done' after 1 token",
        ),
        (
            streamed(TOKEN, TOKEN, ERROR, Event(name="done", data={"complete": False})),
            "an error (model_failed) came after 2 tokens",
        ),
        (
            streamed(TOKEN, broken="ChunkedEncodingError"),
            "it broke off after 1 token (ChunkedEncodingError)",
        ),
        (refused(401, "unauthorized"), "it answers HTTP 401 (unauthorized)"),
        (Reply(broken="ConnectionError"), "it does not answer (ConnectionError)"),
    ],
)
def test_a_stream_has_tokens_and_ends_with_done(reply: Reply, fault: str) -> None:
    assert stream_fault(reply) == fault


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (good(deleted=4), ""),
        (good(deleted=0), "it had stored no message"),
        (refused(500, "internal_error"), "it answers HTTP 500 (internal_error)"),
    ],
)
def test_the_session_held_messages_that_are_deleted(reply: Reply, fault: str) -> None:
    assert deletion_fault(reply) == fault
