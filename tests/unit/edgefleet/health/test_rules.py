"""What proves that the right Worker serves."""

from typing import Any

import pytest

from edgefleet.health.models import Expectation
from edgefleet.health.rules import fault, missing_of, model_of, version_of

EXPECTED = Expectation(tenant="acme", environment="staging", version_id="v2")
GOOD: dict[str, Any] = {
    "ok": True,
    "data": {"tenantId": "acme", "environment": "staging", "version": {"id": "v2"}},
}


def changed(**data: Any) -> dict[str, Any]:
    return {"ok": True, "data": {**GOOD["data"], **data}}


def test_the_expected_answer_is_no_fault() -> None:
    assert fault(200, GOOD, EXPECTED) == ""


def test_any_version_will_do_where_none_is_expected() -> None:
    expected = EXPECTED.model_copy(update={"version_id": None})
    assert fault(200, changed(version={"id": "v9"}), expected) == ""


@pytest.mark.parametrize("ready", [True, None, "false"])
def test_only_a_worker_that_says_so_is_not_ready(ready: Any) -> None:
    assert fault(200, changed(ready=ready, missing=[]), EXPECTED) == ""


def test_only_names_of_bindings_are_taken_from_what_a_worker_says_is_missing() -> None:
    told = ["CACHE", "\x1b[2J", 7, "A" * 65, "DB"]
    assert missing_of(changed(missing=told)) == ("CACHE", "DB")
    assert len(missing_of(changed(missing=["CACHE"] * 1000))) == 20


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, None, "it answers HTTP 500"),
        (503, {"ok": False, "error": {"code": "misconfigured"}}, "HTTP 503 (misconfigured)"),
        (200, None, "it answers HTTP 200"),
        (200, {**GOOD, "ok": False}, "it answers HTTP 200"),
        (200, [], "it answers HTTP 200"),
        (200, changed(tenantId="evil"), "its tenantId is 'evil', not 'acme'"),
        (200, changed(environment="production"), "its environment is 'production', not 'staging'"),
        (200, changed(version={}), "does not say which version"),
        (200, changed(version={"id": "v1"}), "version v1 answers, not v2"),
        (200, changed(ready=False, missing=["CACHE", "DB"]), "not ready; missing: CACHE, DB"),
        (200, changed(ready=False), "not ready; missing: it does not say what"),
        (200, changed(ready=False, missing="\n::error::"), "missing: it does not say what"),
    ],
)
def test_anything_else_is_a_fault_in_words(status: int, body: Any, reason: str) -> None:
    assert reason in fault(status, body, EXPECTED)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, {"error": {"code": "x\n::error::y\x1b[2J" + "z" * 60_000}}),
        (200, changed(tenantId={"a": "\u202e\ud800" * 1000})),
        (200, changed(version={"id": "v\n```\n# words"})),
    ],
)
def test_what_a_worker_says_is_shown_as_one_short_harmless_line(status: int, body: Any) -> None:
    """Review 8: a Worker's own words stand in a line of edgefleet's."""
    shown = fault(status, body, EXPECTED)
    assert shown.isprintable()
    assert len(shown) < 250


def test_half_an_emoji_in_a_version_is_no_text_that_cannot_be_written() -> None:
    """Review 1: one lone surrogate made the record of a deploy unwritable."""
    assert version_of(changed(version={"id": "v\ud800"})) == "v\ufffd"
    assert model_of({"data": {"modelId": "\x00"}}) == "\ufffd"
