"""Whether the answers of a smoke test are those that the fleet's file asks for.

What is said of a right status never contains text of the answer: a model may have written it.
"""

from collections.abc import Callable, Sequence

from edgefleet.config.health.smoke import EventStream, SmokeRequest
from edgefleet.core.model import Json
from edgefleet.health.answers import Redact, code_text, shown_value, status_fault
from edgefleet.health.expectations import body_lacks, expectation_fault
from edgefleet.health.models import Answer, Event, Reply
from edgefleet.health.smoke_client import is_stream

Fill = Callable[[Json], Json]
"""Replaces placeholders such as {session}."""


def reply_fault(request: SmokeRequest, reply: Reply, fill: Fill, redact: Redact) -> str:
    """Return what is wrong with the answer to a request; nothing if it is right."""
    answer = reply.answer
    if answer is None:
        return f"it does not answer ({reply.broken})"
    wrong = status_fault(answer, statuses(request), request.error, redact)
    wrong = wrong or _headers_fault(request, answer, fill)
    if wrong:
        return redact(wrong)
    if request.events is None:
        return redact(_body_fault(request, answer, fill))
    if not is_stream(answer):
        return f"it answers HTTP {answer.status} without a stream of events ({_kind(answer)})"
    return redact(stream_fault(request.events, reply, fill, redact))


def statuses(request: SmokeRequest) -> Sequence[int]:
    """Return the statuses that are right."""
    return request.status if isinstance(request.status, tuple) else (request.status,)


def stream_fault(stream: EventStream, reply: Reply, fill: Fill, redact: Redact) -> str:
    """Return what is wrong with a stream of events; nothing if it is right."""
    each, until, events = stream.each, stream.until, reply.events
    counted = sum(1 for event in events if each is None or event.name == each.event)
    noun = each.called if each else "event"
    came = f"after {counted} {noun}{'' if counted == 1 else 's'}"
    failure = _failure(stream, events)
    if failure:
        code = code_text(failure.data, stream.failure.code if stream.failure else None, redact)
        return f"an error{code} came {came}"
    if reply.broken:
        return f"it broke off {came} ({reply.broken})"
    final = events[-1] if events else None
    if final is None or final.name != until.event:
        return f"it ended without '{until.event}' {came}"
    wrong = expectation_fault(final.data, until.expect, fill)
    if wrong:
        return f"it ended without '{until.event}' {came}: {wrong}"
    return f"it ended without {_a(noun)}" if each and not counted else ""


def _failure(stream: EventStream, events: Sequence[Event]) -> Event | None:
    named = stream.failure.event if stream.failure else None
    return next((event for event in events if event.name == named), None)


def _body_fault(request: SmokeRequest, answer: Answer, fill: Fill) -> str:
    if request.expect and answer.body is None:
        return f"it answers HTTP {answer.status} without JSON ({_kind(answer)})"
    if body_lacks(answer.content, request.body_pattern):
        return f"its body does not contain {request.body_pattern} ({_kind(answer)})"
    return expectation_fault(answer.body, request.expect, fill)


def _headers_fault(request: SmokeRequest, answer: Answer, fill: Fill) -> str:
    for name, value in request.expect_headers.items():
        found, expected = answer.header(name), fill(value)
        if found != expected:
            said = "missing" if found is None else shown_value(found)
            return f"its header {name} is {said}, not {expected!r}"
    return ""


def _kind(answer: Answer) -> str:
    found = answer.header("content-type")
    return shown_value(found) if found else "no content type"


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
