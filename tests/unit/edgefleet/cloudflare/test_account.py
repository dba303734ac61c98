"""One account, as a token sees it: whose it is, and what a script has."""

from datetime import UTC, datetime
from typing import Any

import pytest

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError
from support.answers import Answer, enveloped, refused, scripted

ACTIVE = enveloped({"id": "t", "status": "active"})


def account(url: str) -> Account:
    return Account(Cloudflare(url, Secret("token"), sleep=lambda _: None), "a")


def test_a_token_that_is_active_and_opens_the_account_is_taken() -> None:
    with scripted(ACTIVE, enveloped({"id": "a"})) as server:
        assert account(server.url).verify() is None
    assert [one.path for one in server.asked] == ["/user/tokens/verify", "/accounts/a"]


def test_the_day_on_which_a_token_expires_is_returned() -> None:
    token = {"id": "t", "status": "active", "expires_on": "2026-12-05T00:00:00Z"}
    with scripted(enveloped(token), enveloped({"id": "a"})) as server:
        assert account(server.url).verify() == datetime(2026, 12, 5, tzinfo=UTC)


def test_an_accounts_own_token_is_verified_at_the_account() -> None:
    with scripted(refused(1000, 401), ACTIVE, enveloped({"id": "a"})) as server:
        account(server.url).verify()
    assert server.asked[1].path == "/accounts/a/tokens/verify"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([refused(9109, 403, "Invalid access token")], "Invalid access token"),
        ([ACTIVE, refused(10000, 403, "Authentication error")], "Authentication error"),
        ([enveloped({"id": "t", "status": "expired"}), enveloped({"id": "a"})], "is expired"),
        ([ACTIVE, enveloped({"id": "other"})], "it opens other"),
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


def test_all_that_a_deploy_changes_is_observed() -> None:
    domains = [
        {"hostname": "a.example", "service": "s", "zone_id": "z"},
        {"hostname": "b.example", "service": "other", "zone_id": "z"},
    ]
    versions: dict[str, Any] = {"items": [{"id": "v", "number": 7}, {"id": "u", "number": 6}]}
    with scripted(
        deployments("d2", "d1"),
        enveloped([{"id": "s", "migration_tag": "v2"}, {"id": "other"}]),
        enveloped(versions),
        enveloped({"schedules": [{"cron": "1 * * * *"}]}),
        enveloped({"enabled": True, "previews_enabled": False}),
        enveloped({"logpush": True}),
        enveloped([{"id": "r", "pattern": "x.example/*", "zone_name": "example"}]),
        enveloped(domains),
    ) as server:
        live = account(server.url).observe("s")
    assert live.deployment is not None
    assert (live.deployment.id, live.version_id, live.newest) == ("d2", "v", 7)
    assert live.migration_tag == "v2"
    assert live.settings.crons == ("1 * * * *",)
    assert live.settings.routes == ({"pattern": "x.example/*", "zone_name": "example"},)
    assert live.settings.domains == ({"hostname": "a.example", "zone_id": "z"},)
    assert live.settings.script == {"logpush": True}


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
