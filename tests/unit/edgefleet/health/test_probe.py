"""The probe: what proves a Worker, and how long it is asked."""

from typing import Any

import pytest

from edgefleet.config.health.proof import ProofLevel
from edgefleet.core.secret import Secret
from edgefleet.errors import UsageError
from edgefleet.health.models import Expectation
from edgefleet.health.probe import HttpProbe, VersionOverride
from support.answers import Answer, scripted
from support.clock import FakeClock
from support.contracts import OWN_HEALTH, health_contract

EXPECTED = Expectation(tenant="acme", environment="staging", version_id="v2", contract=OWN_HEALTH)
STATUS_ALONE = EXPECTED.model_copy(update={"contract": health_contract(), "steady": 5.0})
PAGE = Answer(b"<html>hello", headers={"Content-Type": "text/html"})


def health(version: str = "v2", tenant: str = "acme") -> Answer:
    data: dict[str, Any] = {"tenantId": tenant, "environment": "staging", "modelId": "m"}
    return Answer({"ok": True, "data": {**data, "version": {"id": version, "tag": ""}}})


def test_the_right_version_of_the_right_tenant_is_healthy() -> None:
    with scripted(health()) as server:
        found = HttpProbe(FakeClock())(server.url, EXPECTED, deadline=10)
    assert (found.healthy, found.version_id, found.attempts) == (True, "v2", 1)
    assert (found.proof, found.shown, found.model_id) == (ProofLevel.TENANT, {"model": "m"}, "m")
    assert server.asked[0].path == "/health"


def test_it_waits_for_the_new_version_while_the_old_one_answers() -> None:
    clock = FakeClock()
    with scripted(health("v1"), Answer(b"", status=503), Answer(drop=True), health()) as server:
        found = HttpProbe(clock)(server.url, EXPECTED, deadline=10)
    assert (found.healthy, found.attempts) == (True, 4)
    assert clock.slept == [0.2, 0.4, 0.8]


def test_wrong_version_is_unhealthy_at_the_deadline() -> None:
    clock = FakeClock()
    with scripted(health("v1")) as server:
        found = HttpProbe(clock)(server.url, EXPECTED, deadline=20)
    assert (found.healthy, found.reason) == (False, "version v1 answers, not v2")
    assert found.proof is None
    assert clock.elapsed <= 20


def test_another_tenants_worker_is_not_healthy() -> None:
    with scripted(health(tenant="evil")) as server:
        found = HttpProbe(FakeClock())(server.url, EXPECTED, deadline=0)
    assert found.reason == "its tenantId is 'evil', not 'acme'"


def test_nothing_that_listens_is_said_in_words() -> None:
    with scripted(health()) as server:
        url = server.url
    found = HttpProbe(FakeClock())(url, EXPECTED, deadline=0)
    assert (found.healthy, found.status) == (False, None)
    assert found.reason.startswith("it does not answer")


def test_names_below_localhost_keep_their_host() -> None:
    with scripted(health()) as server:
        port = server.url.rsplit(":", 1)[1]
        url = f"http://a.b.workers.localhost:{port}"
        found = HttpProbe(FakeClock())(url, EXPECTED, deadline=0)
    assert found.healthy
    assert server.asked[0].headers["Host"] == f"a.b.workers.localhost:{port}"


def test_throwing_worker_ends_the_wait_early() -> None:
    """C15: what its own code throws, it goes on throwing."""
    clock = FakeClock()
    with scripted(Answer(b"oh", status=500)) as server:
        found = HttpProbe(clock)(server.url, EXPECTED, deadline=600)
    assert (found.healthy, found.status) == (False, 500)
    assert 20 <= clock.elapsed < 40


def test_an_address_that_is_still_being_set_up_is_waited_for() -> None:
    clock = FakeClock()
    with scripted(Answer(b"not here", status=404)) as server:
        HttpProbe(clock)(server.url, EXPECTED, deadline=120)
    assert clock.elapsed > 100


def test_worker_without_a_version_must_stay_well() -> None:
    clock = FakeClock()
    with scripted(PAGE) as server:
        found = HttpProbe(clock)(server.url, STATUS_ALONE, deadline=10)
    assert (found.healthy, found.proof, found.version_id) == (True, ProofLevel.ANSWERS, None)
    assert found.live_version_id == "v2"
    assert found.attempts == len(server.asked) == 11
    assert 5 <= clock.elapsed < 6


def test_broken_version_behind_an_old_answer_is_found() -> None:
    """The first answers are the old version's: the new one fails once it is everywhere."""
    with scripted(PAGE, PAGE, PAGE, Answer(b"oh", status=500)) as server:
        found = HttpProbe(FakeClock())(server.url, STATUS_ALONE, deadline=30)
    assert (found.healthy, found.status) == (False, 500)
    assert 'not 200 to 399; no content type: "oh"' in found.reason


def test_canary_is_checked_by_version_override() -> None:
    pin = VersionOverride(script="w-staging", version_id="v2")
    with scripted(PAGE) as server:
        HttpProbe(FakeClock())(server.url, STATUS_ALONE, deadline=10, pin=pin)
    headers = [one.headers["Cloudflare-Workers-Version-Overrides"] for one in server.asked]
    assert set(headers) == {'w-staging="v2"'}


def test_method_path_and_headers_are_those_of_the_contract() -> None:
    contract = health_contract(
        method="POST", path="/up?deep=1", headers={"accept": "text/html", "X-Key": "k"}
    )
    expected = EXPECTED.model_copy(
        update={"contract": contract, "headers": {"accept": "text/html", "X-Key": Secret("k")}}
    )
    with scripted(PAGE) as server:
        HttpProbe(FakeClock())(server.url, expected, deadline=0)
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.headers["X-Key"]) == ("POST", "/up?deep=1", "k")
    assert asked.headers["accept"] == "text/html"


def test_a_secret_never_crosses_a_network_in_clear() -> None:
    expected = EXPECTED.model_copy(update={"headers": {"X-Key": Secret("a-key")}})
    with pytest.raises(UsageError, match="EDGEFLEET_WORKERS_DEV is an http://"):
        HttpProbe(FakeClock())("http://bolt.example", expected, deadline=0)


def test_large_page_is_healthy_where_its_body_is_ignored() -> None:
    with scripted(Answer(b"x" * 2_000_000)) as server:
        found = HttpProbe(FakeClock())(server.url, STATUS_ALONE, deadline=0)
    assert found.healthy


def test_an_answer_that_is_too_large_is_told_in_words() -> None:
    with scripted(Answer(b"x" * 2_000_000)) as server:
        found = HttpProbe(FakeClock())(server.url, EXPECTED, deadline=0)
    assert found.reason == "it does not answer (its answer is too large)"
