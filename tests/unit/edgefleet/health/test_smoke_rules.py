"""What a smoke test accepts, and how it names what it does not: of our Worker, and of others."""

from typing import Any

import pytest

from edgefleet.config.health.smoke import SmokeRequest
from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.health.answers import redactor
from edgefleet.health.models import Event, Reply
from edgefleet.health.smoke_rules import reply_fault
from support.contracts import OWN_SMOKE, answer

WHOLE, STREAMED = OWN_SMOKE.requests
(DELETION,) = OWN_SMOKE.cleanup
TOKEN = Event(name="message", data={"token": "yes"})
DONE = Event(name="done", data={"complete": True})
ERROR = Event(name="error", data={"code": "model_failed"})
STREAM = {"content_type": "text/event-stream"}


def fault(request: SmokeRequest, reply: Reply) -> str:
    return reply_fault(request, reply, _filled, redactor([Secret("thekeythatwassent")]))


def _filled(value: Json) -> Json:
    return "s" if value == "{session}" else value


def good(**data: Any) -> Reply:
    return Reply(answer=answer(200, {"ok": True, "data": data}))


def refused(status: int, code: str) -> Reply:
    return Reply(answer=answer(status, {"ok": False, "error": {"code": code}}))


def streamed(*events: Event, broken: str = "") -> Reply:
    return Reply(answer=answer(200, **STREAM), events=events, broken=broken)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (good(sessionId="s", message={"content": "yes"}), ""),
        (good(sessionId="other", message={"content": "yes"}), "it answers for another session"),
        (good(sessionId="s", message={"content": ""}), "it answers without a message"),
        (good(sessionId="s"), "it answers without a message"),
        (Reply(answer=answer(200, b"<p>hi", content_type="text/html")), "without JSON ('text/html"),
        (Reply(broken="ReadTimeout"), "it does not answer (ReadTimeout)"),
    ],
)
def test_a_whole_answer_is_a_message_in_the_session(reply: Reply, words: str) -> None:
    assert words in fault(WHOLE, reply) if words else not fault(WHOLE, reply)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (refused(429, "budget_exceeded"), "it answers HTTP 429 (budget_exceeded), not 200; "),
        (refused(500, "thekeythatwassent"), "it answers HTTP 500, not 200; "),
    ],
)
def test_a_refusal_is_told_with_its_code_and_without_a_key(reply: Reply, words: str) -> None:
    for request in (WHOLE, STREAMED, DELETION):
        found = fault(request, reply)
        assert found.startswith(words)
        assert "thekeythat" not in found


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (streamed(TOKEN, DONE), ""),
        (streamed(DONE), "it ended without a token"),
        (streamed(TOKEN), "it ended without 'done' after 1 token"),
        (streamed(), "it ended without 'done' after 0 tokens"),
        (
            streamed(TOKEN, Event(name="done", data={"complete": False})),
            "it ended without 'done' after 1 token: /complete is false, not true",
        ),
        (
            streamed(TOKEN, TOKEN, ERROR, Event(name="done", data={"complete": False})),
            "an error (model_failed) came after 2 tokens",
        ),
        (
            streamed(TOKEN, broken="ChunkedEncodingError"),
            "it broke off after 1 token (ChunkedEncodingError)",
        ),
        (streamed(TOKEN, DONE, TOKEN), "it ended without 'done' after 2 tokens"),
        (
            Reply(answer=answer(200, {"ok": True})),
            "it answers HTTP 200 without a stream of events ('application/json')",
        ),
        (Reply(broken="ConnectionError"), "it does not answer (ConnectionError)"),
    ],
)
def test_a_stream_has_tokens_and_ends_with_done(reply: Reply, words: str) -> None:
    assert fault(STREAMED, reply) == words


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (good(deleted=4), ""),
        (good(deleted=0), "it had stored no message"),
        (good(), "it had stored no message"),
    ],
)
def test_the_session_held_messages_that_are_deleted(reply: Reply, words: str) -> None:
    assert fault(DELETION, reply) == words


def test_what_a_model_wrote_is_in_no_message() -> None:
    said = {"content": "a secret plan"}
    replies = (good(sessionId="other", message=said), good(sessionId="s", message=[said]))
    assert all("plan" not in fault(WHOLE, reply) for reply in replies)


def test_a_page_is_held_to_a_text_and_never_shown() -> None:
    request = SmokeRequest.model_validate({"name": "p", "path": "/", "bodyPattern": "Hel+o"})
    page = {"content_type": "text/html"}
    assert fault(request, Reply(answer=answer(200, b"<p>Hello", **page))) == ""
    wrong = fault(request, Reply(answer=answer(200, b"<p>a plan", **page)))
    assert wrong == "its body does not contain Hel+o ('text/html')"


def test_a_header_of_the_answer_is_held_to_what_is_expected() -> None:
    request = SmokeRequest.model_validate(
        {"name": "page", "path": "/", "expectHeaders": {"X-Session": "{session}"}}
    )
    assert fault(request, Reply(answer=answer(200, x_session="s"))) == ""
    wrong = fault(request, Reply(answer=answer(200, x_session="t")))
    assert wrong == "its header X-Session is 't', not 's'"
    assert "is missing, not" in fault(request, Reply(answer=answer(200)))
