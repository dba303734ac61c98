"""Whether an answer proves that the right Worker serves."""

import re
from collections.abc import Mapping
from itertools import islice

from edgefleet.config.health.contract import HealthContract
from edgefleet.config.health.places import ABSENT, HeaderPlace, Place, value_at
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.health.answers import (
    WORD,
    Redact,
    came,
    redactor,
    shown_value,
    status_fault,
)
from edgefleet.health.expectations import body_lacks, expectation_fault
from edgefleet.health.models import Answer, Expectation

BINDING = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
MOST_MISSING = 20


def fault(answer: Answer, expected: Expectation) -> str:
    """Return why this answer is no proof, or nothing where it is one.

    A status alone proves nothing of a version: the old one answers 200 too, and so does a Worker
    that lacks a binding. A Worker that says nothing of being ready is taken at its status.
    """
    contract, redact = expected.contract, redactor(expected.secrets)
    return (
        status_fault(answer, contract.statuses, contract.error, redact)
        or _no_json(answer, contract, redact)
        or _other_text(answer, contract, redact)
        or redact(expectation_fault(answer.body, contract.expect, lambda value: value))
        or _of_another(answer, expected)
        or _not_ready(answer.body, contract)
    )


def version_of(answer: Answer, contract: HealthContract) -> str | None:
    """Return the version id that an answer names."""
    return _text(answer, contract.version)


def shown_of(answer: Answer, contract: HealthContract) -> Mapping[str, str]:
    """Return the values that reports show, by their names; what is no text is left out."""
    found = {name: _text(answer, place) for name, place in contract.show.items()}
    return {name: text for name, text in found.items() if text is not None}


def ready_of(body: Json, contract: HealthContract) -> bool | None:
    """Return whether a Worker says that all that it uses is bound; None where it does not say."""
    ready = value_at(body, contract.ready) if contract.ready is not None else None
    return ready if isinstance(ready, bool) else None


def missing_of(body: Json, contract: HealthContract) -> tuple[str, ...]:
    """Return the bindings that a Worker says it lacks; what is no binding's name is left out."""
    named = value_at(body, contract.missing) if contract.missing is not None else None
    names = named if isinstance(named, list) else []
    found = (name for name in names if isinstance(name, str) and BINDING.fullmatch(name))
    return tuple(islice(found, MOST_MISSING))


def _no_json(answer: Answer, contract: HealthContract, redact: Redact) -> str:
    if answer.body is not None or not contract.reads_json:
        return ""
    what = came(answer, redact)
    return f"it answers HTTP {answer.status} without JSON, which its health check needs; {what}"


def _other_text(answer: Answer, contract: HealthContract, redact: Redact) -> str:
    if not body_lacks(answer.content, contract.body_pattern):
        return ""
    what = came(answer, redact)
    return f"it answers HTTP {answer.status} without {contract.body_pattern} in its body; {what}"


def _of_another(answer: Answer, expected: Expectation) -> str:
    contract = expected.contract
    for place, value in (
        (contract.tenant, expected.tenant),
        (contract.environment, expected.environment),
    ):
        if place is not None and (found := _value(answer, place)) != value:
            return f"its {_name(place)} is {_shown(found)}, not {value!r}"
    if contract.version is None:
        return ""
    version = version_of(answer, contract)
    if version is None:
        return "it does not say which version answers"
    if expected.version_id not in (None, version):
        return f"version {version} answers, not {expected.version_id}"
    return ""


def _not_ready(body: Json, contract: HealthContract) -> str:
    if ready_of(body, contract) is not False:
        return ""
    missing = ", ".join(missing_of(body, contract)) or "it does not say what"
    return f"it says that it is not ready; missing: {missing}"


def _name(place: Place) -> str:
    """Return what a value is called: its key, or its header."""
    return place.header if isinstance(place, HeaderPlace) else place.rpartition("/")[2]


def _shown(value: Json) -> str:
    return "missing" if value is ABSENT else shown_value(value)


def _text(answer: Answer, place: Place | None) -> str | None:
    found = _value(answer, place) if place is not None else None
    return (foreign_text(found, WORD) or None) if isinstance(found, str) else None


def _value(answer: Answer, place: Place) -> Json:
    if isinstance(place, HeaderPlace):
        found = answer.header(place.header)
        return ABSENT if found is None else found
    return value_at(answer.body, place)
