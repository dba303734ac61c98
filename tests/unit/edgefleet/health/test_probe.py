"""The probe: what proves a Worker, and how long it is asked."""

from typing import Any

from edgefleet.health.models import Expectation
from edgefleet.health.probe import HttpProbe, get_json
from support.answers import Answer, scripted
from support.clock import FakeClock

EXPECTED = Expectation(tenant="acme", environment="staging", version_id="v2")


def health(version: str = "v2", tenant: str = "acme") -> Answer:
    data: dict[str, Any] = {"tenantId": tenant, "environment": "staging", "modelId": "m"}
    return Answer({"ok": True, "data": {**data, "version": {"id": version, "tag": ""}}})


def test_the_right_version_of_the_right_tenant_is_healthy() -> None:
    with scripted(health()) as server:
        found = HttpProbe(FakeClock())(server.url, EXPECTED, deadline=10)
    assert (found.healthy, found.version_id, found.attempts) == (True, "v2", 1)


def test_it_waits_for_the_new_version_while_the_old_one_answers() -> None:
    clock = FakeClock()
    with scripted(health("v1"), Answer(b"", status=503), Answer(drop=True), health()) as server:
        found = HttpProbe(clock)(server.url, EXPECTED, deadline=10)
    assert (found.healthy, found.attempts) == (True, 4)
    assert clock.slept == [0.2, 0.4, 0.8]


def test_a_200_of_another_version_is_never_healthy_and_ends_at_the_deadline() -> None:
    clock = FakeClock()
    with scripted(health("v1")) as server:
        found = HttpProbe(clock)(server.url, EXPECTED, deadline=20)
    assert (found.healthy, found.reason) == (False, "version v1 answers, not v2")
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


def test_names_below_localhost_are_this_machine_and_keep_their_host() -> None:
    with scripted(health()) as server:
        port = server.url.rsplit(":", 1)[1]
        status, _ = get_json(f"http://a.b.workers.localhost:{port}/health")
    assert status == 200
    assert server.asked[0].headers["Host"] == f"a.b.workers.localhost:{port}"


def test_a_worker_that_throws_for_long_is_not_waited_for_until_the_deadline() -> None:
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
