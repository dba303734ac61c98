"""What proves that the right Worker serves."""

from typing import Any

import pytest

from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.health.models import Answer, Expectation
from edgefleet.health.rules import fault, missing_of, shown_of, version_of
from support.contracts import OWN_HEALTH, answer, health_contract

EXPECTED = Expectation(tenant="acme", environment="staging", version_id="v2", contract=OWN_HEALTH)
GOOD: dict[str, Any] = {
    "ok": True,
    "data": {"tenantId": "acme", "environment": "staging", "version": {"id": "v2"}},
}


def changed(**data: Any) -> dict[str, Any]:
    return {"ok": True, "data": {**GOOD["data"], **data}}


def of_our_worker(status: int, body: Json, expected: Expectation = EXPECTED) -> str:
    return fault(answer(status, body), expected)


def of_another(came: Answer, **contract: Any) -> str:
    """Return what is wrong with an answer by this contract."""
    expected = EXPECTED.model_copy(update={"contract": health_contract(**contract)})
    return fault(came, expected)


def test_the_expected_answer_is_no_fault() -> None:
    assert of_our_worker(200, GOOD) == ""


def test_any_version_will_do_where_none_is_expected() -> None:
    expected = EXPECTED.model_copy(update={"version_id": None})
    assert of_our_worker(200, changed(version={"id": "v9"}), expected) == ""


@pytest.mark.parametrize("ready", [True, None, "false"])
def test_only_a_worker_that_says_so_is_not_ready(ready: Any) -> None:
    assert of_our_worker(200, changed(ready=ready, missing=[])) == ""


def test_missing_list_takes_only_binding_names() -> None:
    told = ["CACHE", "\x1b[2J", 7, "A" * 65, "DB"]
    assert missing_of(changed(missing=told), OWN_HEALTH) == ("CACHE", "DB")
    assert len(missing_of(changed(missing=["CACHE"] * 1000), OWN_HEALTH)) == 20


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, None, "it answers HTTP 500, not 200"),
        (503, {"ok": False, "error": {"code": "misconfigured"}}, "HTTP 503 (misconfigured)"),
        (200, b"<html>", "it answers HTTP 200 without JSON"),
        (200, {**GOOD, "ok": False}, "/ok is false, not true"),
        (200, [], "/ok is missing"),
        (200, changed(tenantId="evil"), "its tenantId is 'evil', not 'acme'"),
        (200, changed(environment="production"), "its environment is 'production', not 'staging'"),
        (200, {"ok": True}, "its tenantId is missing, not 'acme'"),
        (200, changed(version={}), "does not say which version"),
        (200, changed(version={"id": "v1"}), "version v1 answers, not v2"),
        (200, changed(ready=False, missing=["CACHE", "DB"]), "not ready; missing: CACHE, DB"),
        (200, changed(ready=False), "not ready; missing: it does not say what"),
        (200, changed(ready=False, missing="\n::error::"), "missing: it does not say what"),
    ],
)
def test_anything_else_is_a_fault_in_words(status: int, body: Any, reason: str) -> None:
    assert reason in of_our_worker(status, body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, {"error": {"code": "x\n::error::y\x1b[2J" + "z" * 60_000}}),
        (200, changed(tenantId={"a": "\u202e\ud800" * 1000})),
        (200, changed(version={"id": "v\n```\n# words"})),
        (200, b"\x00\x1b]0;title\x07" * 5000),
    ],
)
def test_what_a_worker_says_is_shown_as_one_short_harmless_line(status: int, body: Any) -> None:
    """Review 8: a Worker's own words stand in a line of edgefleet's."""
    shown = of_our_worker(status, body)
    assert shown.isprintable()
    assert len(shown) < 250


def test_lone_surrogate_in_a_version_is_no_text() -> None:
    """Review 1: one lone surrogate made the record of a deploy unwritable."""
    assert version_of(answer(200, changed(version={"id": "v\ud800"})), OWN_HEALTH) == "v\ufffd"
    shown = shown_of(answer(200, {"data": {"modelId": "\x00"}}), OWN_HEALTH)
    assert shown == {"model": "\ufffd"}


@pytest.mark.parametrize("status", [200, 204, 302, 399])
def test_without_a_contract_200_to_399_is_right(status: int) -> None:
    assert of_another(answer(status, b"<html>hello")) == ""


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_without_a_contract_no_other_status_is_right(status: int) -> None:
    assert f"it answers HTTP {status}, not 200 to 399" in of_another(answer(status))


def test_a_status_that_a_contract_names_is_right_and_no_other() -> None:
    assert of_another(answer(404), status=[200, 404]) == ""
    assert "HTTP 302, not 200 or 404" in of_another(answer(302), status=[200, 404])


def test_a_version_may_stand_in_a_header() -> None:
    place = {"header": "X-Version"}
    assert of_another(answer(200, b"hello", x_version="v2"), version=place) == ""
    assert of_another(answer(200, x_version="v1"), version=place) == "version v1 answers, not v2"
    assert "does not say which version" in of_another(answer(200), version=place)


def test_a_header_that_names_another_tenant_is_named() -> None:
    found = of_another(answer(200, x_tenant="evil"), tenant={"header": "X-Tenant"})
    assert found == "its X-Tenant is 'evil', not 'acme'"


def test_page_instead_of_json_shows_type_and_beginning() -> None:
    page = answer(200, b"<!doctype html>\n<title>Hi</title>", content_type="text/html")
    assert of_another(page, version="/v") == (
        "it answers HTTP 200 without JSON, which its health check needs; "
        'text/html: "<!doctype html> <title>Hi</title>"'
    )


def test_a_page_is_held_to_a_text_that_it_must_contain() -> None:
    page = answer(200, b"<h1>Hello</h1>", content_type="text/html")
    assert of_another(page, bodyPattern="<h1>Hello") == ""
    assert of_another(page, bodyPattern="Bye") == (
        'it answers HTTP 200 without Bye in its body; text/html: "<h1>Hello</h1>"'
    )


def test_challenge_page_is_never_the_workers_answer() -> None:
    page = answer(403, b"<html>Just a moment...", cf_mitigated="challenge")
    assert of_another(page, status=403) == (
        "Cloudflare answers in the Worker's place: HTTP 403, cf-mitigated: challenge"
    )


def test_a_login_of_cloudflare_access_is_no_answer_of_the_worker() -> None:
    target = "https://acme.cloudflareaccess.com/cdn-cgi/access/login/a?meta=eyJhbGciOiJSUzI1NiJ9"
    found = of_another(answer(302, location=target))
    assert "Cloudflare Access answers in the Worker's place" in found
    assert "eyJ" not in found


def test_a_redirect_is_told_by_its_target_without_its_query() -> None:
    found = of_another(answer(301, location="/login?token=abc#x"), status=200)
    assert found == "it answers HTTP 301, not 200; it redirects to /login?…"


def test_control_characters_are_escaped() -> None:
    found = of_another(answer(500, b"oh\x1b[2J\x00no", content_type="text/plain"))
    assert r'text/plain: "oh\x1b[2J\x00no"' in found


def test_secrets_that_were_sent_or_look_like_one_are_redacted() -> None:
    token = "ghp_" + "aB3" * 13
    body = f"you sent the-key-of-acme and {token}".encode()
    expected = EXPECTED.model_copy(
        update={"contract": health_contract(), "headers": {"X-Key": Secret("the-key-of-acme")}}
    )
    found = fault(answer(401, body), expected)
    assert "[redacted]" in found
    assert "the-key" not in found
    assert "aB3" not in found


def test_expectations_hold_in_order_and_say_what_came() -> None:
    contract = {"expect": {"/a": 1, "/b": {"pattern": "^x", "message": "b is odd"}}}
    assert of_another(answer(200, {"a": 1, "b": "xy"}), **contract) == ""
    assert of_another(answer(200, {"a": True, "b": "no"}), **contract) == "/a is true, not 1"
    assert of_another(answer(200, {"a": 1, "b": "no"}), **contract) == "b is odd"
