"""What Cloudflare tells of an account, in the words of a deploy."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from edgefleet.model.secret import Secret
from edgefleet.ports.account import Account
from edgefleet.ports.cloudflare import ApiError, Cloudflare
from support.answers import Scripted, enveloped, refused, scripted


def account(server: Scripted) -> Account:
    return Account(Cloudflare(server.url, Secret("x")), "a")


def item(number: int, **more: Any) -> dict[str, Any]:
    shares = [{"version_id": f"v{number}", "percentage": 100}]
    made = "2026-03-01T12:00:00.123456Z"
    return {"id": f"d{number}", "created_on": made, "versions": shares, **more}


def test_a_deployment_tells_who_made_it_how_and_why() -> None:
    told = item(
        1,
        source="dash",
        author_email="eve@example.com",
        annotations={"workers/message": "quick fix", "workers/triggered_by": "deployment"},
        strategy="percentage",
    )
    with scripted(enveloped({"deployments": [told]})) as server:
        (found,) = account(server).deployments("my-worker")
    assert (found.id, found.main_version) == ("d1", "v1")
    assert (found.source, found.author, found.message) == ("dash", "eve@example.com", "quick fix")
    assert found.created_on == datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("silent", [{}, {"annotations": None}, {"annotations": {}}])
def test_what_cloudflare_does_not_tell_is_none(silent: dict[str, Any]) -> None:
    with scripted(enveloped({"deployments": [item(1, **silent)]})) as server:
        (found,) = account(server).deployments("my-worker")
    assert (found.source, found.author, found.message) == (None, None, None)


def test_pages_of_any_length_are_read_until_one_brings_nothing_new() -> None:
    pages = [[item(5), item(4)], [item(3)], []]
    with scripted(*(enveloped({"deployments": page}) for page in pages)) as server:
        found = list(account(server).deployments("my-worker"))
    assert [one.id for one in found] == ["d5", "d4", "d3"]
    assert server.asked[1].path == (
        "/accounts/a/workers/scripts/my-worker/deployments?page=2&per_page=100"
    )


def test_an_answer_that_knows_no_pages_is_read_once_more_and_no_longer() -> None:
    with scripted(enveloped({"deployments": [item(2), item(1)]})) as server:
        assert len(list(account(server).deployments("my-worker"))) == 2
    assert len(server.asked) == 2


def test_no_further_page_is_read_than_is_asked_for() -> None:
    with scripted(enveloped({"deployments": [item(2), item(1)]})) as server:
        assert len(list(islice(account(server).deployments("my-worker"), 2))) == 2
    assert len(server.asked) == 1


def test_a_script_that_does_not_exist_has_no_deployments() -> None:
    with scripted(refused(10007, 404)) as server:
        assert list(account(server).deployments("my-worker")) == []


def test_a_time_that_is_none_is_one_clear_error() -> None:
    broken = item(1) | {"created_on": "yesterday"}
    with (
        scripted(enveloped({"deployments": [broken]})) as server,
        pytest.raises(ApiError, match=r"result\.deployments\.0\.created_on"),
    ):
        list(account(server).deployments("my-worker"))
