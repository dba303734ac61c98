"""One account, as a token sees it: whose it is, and what a script has."""

from datetime import UTC, datetime
from typing import Any

import pytest

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import LiveState
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError
from support.answers import Answer, enveloped, refused, scripted

ACTIVE = enveloped({"id": "t", "status": "active"})
OPEN = enveloped({"subdomain": "sub"})


def account(url: str) -> Account:
    return Account(Cloudflare(url, Secret("token"), sleep=lambda _: None), "a")


def test_a_token_that_is_active_and_opens_the_account_is_taken() -> None:
    with scripted(ACTIVE, OPEN) as server:
        seen = account(server.url)
        assert seen.verify() is None
        assert seen.subdomain() == "sub"
    asked = ["/user/tokens/verify", "/accounts/a/workers/subdomain"]
    assert [one.path for one in server.asked] == asked


def test_an_account_without_a_subdomain_is_opened_all_the_same() -> None:
    with scripted(ACTIVE, refused(10007, 404), enveloped({"id": "a"})) as server:
        assert account(server.url).verify() is None
    assert server.asked[-1].path == "/accounts/a"


def test_the_day_on_which_a_token_expires_is_returned() -> None:
    token = {"id": "t", "status": "active", "expires_on": "2026-12-05T00:00:00Z"}
    with scripted(enveloped(token), OPEN) as server:
        assert account(server.url).verify() == datetime(2026, 12, 5, tzinfo=UTC)


def test_an_accounts_own_token_is_verified_at_the_account() -> None:
    with scripted(refused(1000, 401), ACTIVE, OPEN) as server:
        account(server.url).verify()
    assert server.asked[1].path == "/accounts/a/tokens/verify"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([refused(9109, 403, "Invalid access token")], "Invalid access token"),
        ([ACTIVE, *[refused(10000, 403, "Authentication error")] * 2], "Authentication error"),
        ([enveloped({"id": "t", "status": "expired"})], "is expired"),
        ([ACTIVE, refused(10000, 403), enveloped({"id": "other"})], "it opens other"),
    ],
)
def test_any_other_token_is_refused_with_the_reason(answers: list[Answer], why: str) -> None:
    with scripted(*answers) as server, pytest.raises(CredentialError, match=why):
        account(server.url).verify()


def test_no_answer_about_a_token_is_cloudflares_failure() -> None:
    with scripted(refused(10013, 500)) as server, pytest.raises(ApiError):
        account(server.url).verify()


def deployments(*ids: str) -> Answer:
    shares = [{"version_id": "v", "percentage": 100}]
    items = [{"id": one, "created_on": "2026-01-01T00:00:00Z", "versions": shares} for one in ids]
    return enveloped({"deployments": items})


WORKER = {
    "logpush": True,
    "observability": {"enabled": True},
    "references": {"domains": [{"hostname": "a.example", "zone_id": "z", "zone_name": "example"}]},
    "subdomain": {"enabled": True, "previews_enabled": False},
    "tags": [],
    "tail_consumers": [],
}
"""A Worker of the newer API, as far as it is read."""


def observed(*answers: Answer, routes: object = None) -> tuple[LiveState, list[str]]:
    """Return what is observed of a script, and what was asked of its settings."""
    versions: dict[str, Any] = {"items": [{"id": "v", "number": 7}, {"id": "u", "number": 6}]}
    with scripted(
        deployments("d2", "d1"),
        enveloped([{"id": "s", "migration_tag": "v2", "routes": routes}, {"id": "other"}]),
        enveloped(versions),
        enveloped({"schedules": [{"cron": "1 * * * *"}]}),
        *answers,
    ) as server:
        live = account(server.url).observe("s")
    return live, [one.path for one in server.asked[4:]]


def test_all_that_a_deploy_changes_is_observed() -> None:
    live, _ = observed(enveloped(WORKER), routes=[])
    assert live.deployment is not None
    assert (live.deployment.id, live.version_id, live.newest) == ("d2", "v", 7)
    assert live.migration_tag == "v2"
    assert live.settings.crons == ("1 * * * *",)
    assert (live.settings.workers_dev, live.settings.previews) == (True, False)
    assert live.settings.domains == ({"hostname": "a.example", "zone_id": "z"},)
    told = {"logpush": True, "observability": {"enabled": True}, "tags": [], "tail_consumers": []}
    assert live.settings.script == told


@pytest.mark.parametrize("told", [None, [{"id": "r", "pattern": "x.example/*"}]])
def test_routes_are_read_unless_the_list_tells_of_none(told: object) -> None:
    routes = [{"id": "r", "pattern": "x.example/*", "zone_name": "example"}]
    live, asked = observed(enveloped(WORKER), enveloped(routes), routes=told)
    assert live.settings.routes == ({"pattern": "x.example/*", "zone_name": "example"},)
    assert len(asked) == 2
    without, asked = observed(enveloped(WORKER), routes=[])
    assert (without.settings.routes, len(asked)) == ((), 1)


def test_tail_consumers_are_read_where_there_are_some() -> None:
    consumers = [{"service": "logs", "namespace": "n"}]
    live, _ = observed(
        enveloped({**WORKER, "tail_consumers": [{"name": "logs"}]}),
        enveloped({"tail_consumers": consumers}),
        routes=[],
    )
    assert live.settings.script == {"tail_consumers": consumers}


@pytest.mark.parametrize("answer", [refused(10000, 403), enveloped({"id": "s"})])
def test_settings_that_the_newer_api_does_not_tell_are_read(answer: Answer) -> None:
    domains = [
        {"hostname": "a.example", "service": "s", "zone_id": "z"},
        {"hostname": "b.example", "service": "other", "zone_id": "z"},
    ]
    live, _ = observed(
        answer,
        enveloped({"enabled": True, "previews_enabled": False}),
        enveloped({"logpush": True}),
        enveloped(domains),
        routes=[],
    )
    assert (live.settings.workers_dev, live.settings.previews) == (True, False)
    assert live.settings.script == {"logpush": True}
    assert live.settings.domains == ({"hostname": "a.example", "zone_id": "z"},)


def test_a_script_that_does_not_exist_is_observed_as_nothing() -> None:
    with scripted(refused(10007, 404)) as server:
        assert account(server.url).observe("s").deployment is None


def test_a_scripts_own_object_classes_are_returned() -> None:
    listed = [
        {"id": "1", "script": "s", "class": "Room", "use_sqlite": True},
        {"id": "2", "script": "other", "class": "Room"},
        {"id": "3", "script": "s", "class": "Old"},
    ]
    with scripted(enveloped(listed)) as server:
        found = account(server.url).object_classes("s")
    assert [(one.id, one.class_name, one.use_sqlite) for one in found] == [
        ("1", "Room", True),
        ("3", "Old", False),
    ]


def test_namespaces_that_start_containers_are_returned() -> None:
    listed = [{"durable_objects": {"namespace_id": "1"}}, {"name": "without"}]
    with scripted(enveloped(listed)) as server:
        assert account(server.url).container_namespaces() == {"1"}


def test_the_dispatch_namespace_that_has_a_script_is_returned() -> None:
    namespaces = enveloped([{"namespace_name": "one"}, {"namespace_name": "two"}])
    with scripted(namespaces, refused(10007, 404), enveloped({"script": {}})) as server:
        assert account(server.url).dispatch_namespace_of("s") == "two"
    with scripted(refused(10000, 403)) as server:
        assert account(server.url).dispatch_namespace_of("s") is None
