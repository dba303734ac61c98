"""GitHub's deployments of many environments, and what they tell: what is live, what was proved."""

from collections.abc import Iterator, Sequence

import pytest

from edgefleet.actions.promotion.deployments import (
    at_positions,
    ends,
    live_commit,
    positions,
    proof,
    run_and_job,
    was_deployed,
)
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError
from edgefleet.github.deployments import recent_deployments
from edgefleet.github.models import GitHubDeployment
from edgefleet.github.repository import GitHub
from edgefleet.github.responses import GitHubError
from support.answers import Answer, scripted
from support.github import REPOSITORY, TOKEN, Fault, github
from support.github import GitHub as StandIn

STAGING = "acme-staging"
BUNDLE = "https://worker.example#bundle=one"
ROLLBACK = "https://worker.example#rollback"


@pytest.fixture
def hub() -> Iterator[StandIn]:
    """Serve the stand-in."""
    with github() as state:
        yield state


def told(hub: StandIn, environment: str = STAGING) -> Sequence[GitHubDeployment]:
    client = GitHub(hub.url, Secret(hub.token), hub.repository, sleep=lambda _: None)
    return recent_deployments(client, [environment], bool)[environment]


def live(hub: StandIn) -> str | None:
    return live_commit(told(hub))


def proved(hub: StandIn, commit: str = "this", digest: str | None = "one") -> str:
    """Return the address of the job that proved a bundle, or why none did."""
    found = proof(ends(told(hub)), commit, digest)
    return found.end.status.url if found.end else found.why


def test_live_commit_is_of_the_last_successful_deployment(hub: StandIn) -> None:
    hub.deployed(STAGING, "old", "success", "inactive")
    hub.deployed(STAGING, "new", "in_progress", "success")
    hub.deployed("acme-production", "other")
    assert live(hub) == "new"


def test_last_decided_deployment_counts_not_last_created(
    hub: StandIn,
) -> None:
    """F3."""
    hub.deployed(STAGING, "approved late", "waiting", "in_progress", "success", ended=90)
    hub.deployed(STAGING, "made later", "in_progress", "success", ended=50)
    assert live(hub) == "approved late"


@pytest.mark.parametrize("state", ["queued", "pending", "in_progress", "waiting"])
def test_a_deployment_that_has_not_ended_is_passed_over(hub: StandIn, state: str) -> None:
    hub.deployed(STAGING, "live")
    hub.deployed(STAGING, "next", state)
    assert live(hub) == "live"


def test_job_without_an_address_deployed_nothing(
    hub: StandIn,
) -> None:
    hub.deployed(STAGING, "live", "success", "inactive")
    hub.deployed(STAGING, "dry-run", url="")
    assert live(hub) == "live"


@pytest.mark.parametrize("state", ["failure", "error"])
def test_after_a_failure_nobody_can_tell_what_is_live(hub: StandIn, state: str) -> None:
    hub.deployed(STAGING, "live")
    hub.deployed(STAGING, "bad", "in_progress", state)
    assert live(hub) is None


def test_after_a_rollback_nobody_can_tell_what_is_live(hub: StandIn) -> None:
    hub.deployed(STAGING, "head")
    hub.deployed(STAGING, "head", url=f"{ROLLBACK}=other")
    assert live(hub) is None


def test_nothing_is_live_where_nothing_was_deployed(hub: StandIn) -> None:
    assert live(hub) is None


@pytest.mark.parametrize("creator", ["mallory", "github-actions", "other-app[bot]"])
def test_deployment_by_another_app_is_ignored(hub: StandIn, creator: str) -> None:
    """Review 5: everyone who can push can make a deployment by the API."""
    hub.deployed(STAGING, "this", url=BUNDLE, creator=creator)
    assert live(hub) is None
    assert not was_deployed(told(hub))
    assert proved(hub) == "no deploy of this commit ended well there"


def test_success_with_an_address_is_a_deploy(
    hub: StandIn,
) -> None:
    hub.deployed(STAGING, "first", "success", "inactive")
    hub.deployed(STAGING, "second", "failure")
    hub.deployed("acme-production", "bad", "in_progress", "failure")
    hub.deployed("acme-production", "dry-run", url="")
    names = (STAGING, "acme-production", "new")
    assert [was_deployed(told(hub, name)) for name in names] == [True, False, False]


def test_bundle_is_proved_by_a_deployment_that_names_it(
    hub: StandIn,
) -> None:
    hub.deployed(STAGING, "this", "in_progress", "failure", url="https://worker.example#bundle=bad")
    hub.deployed(STAGING, "this", "success", "inactive", url=BUNDLE)
    hub.deployed(STAGING, "other", url="https://worker.example#bundle=two")
    assert proved(hub) == proved(hub, digest=None) == BUNDLE
    assert proved(hub, digest="two") == "another bundle of this commit was deployed there"
    assert proved(hub, commit="third") == "no deploy of this commit ended well there"


def test_rolled_back_commit_is_unproved_and_its_target_proved(
    hub: StandIn,
) -> None:
    """R29 a."""
    hub.deployed(STAGING, "this", url=BUNDLE)
    hub.deployed(STAGING, "next", url="https://worker.example#bundle=two")
    hub.deployed(STAGING, "next", url=f"{ROLLBACK}=this")
    assert proved(hub) == BUNDLE
    assert proved(hub, "next", "two").startswith("a rollback went back from it at 2026-11-01")
    hub.deployed(STAGING, "next", url=ROLLBACK)
    assert proved(hub).startswith("a rollback went back from it")


def test_later_failure_of_the_same_commit_ends_the_proof(hub: StandIn) -> None:
    """R29 a: as where its smoke test failed."""
    hub.deployed(STAGING, "this", url=BUNDLE)
    hub.deployed(STAGING, "this", "in_progress", "failure", url=BUNDLE)
    assert proved(hub) == "the last deploy of this commit failed there"


def test_thousand_environments_take_ten_queries(hub: StandIn) -> None:
    """F5."""
    names = [f"t{number:03}-staging" for number in range(1000)]
    for name in names[::100]:
        hub.deployed(name, "this", url=BUNDLE)
    client = GitHub(hub.url, Secret(hub.token), hub.repository)
    found = recent_deployments(client, names, bool)
    assert [name for name in names if found[name]] == names[::100]
    assert len(hub.asked) == 10
    assert hub.points == 110


def test_deployments_are_read_as_far_back_as_they_are_needed(hub: StandIn) -> None:
    hub.page_size = 2
    for number in range(5):
        hub.deployed(STAGING, f"c{number}")
        hub.deployed("birch-staging", f"c{number}")
    client = GitHub(hub.url, Secret(hub.token), hub.repository)
    wanted = recent_deployments(
        client, [STAGING, "birch-staging"], lambda some: any(one.commit == "c1" for one in some)
    )
    assert [one.commit for one in wanted[STAGING]] == ["c4", "c3", "c2", "c1"]
    assert len(hub.asked) == 2


def test_query_is_retried_and_its_refusal_is_an_error(hub: StandIn) -> None:
    hub.deployed(STAGING, "live")
    hub.faults = [Fault("POST", "graphql", 502)]
    assert live(hub) == "live"
    hub.denied.add("deployments: read")
    with pytest.raises(CredentialError, match="POST /graphql: HTTP 403"):
        live(hub)


@pytest.mark.parametrize(
    ("kind", "error"),
    [("RATE_LIMITED", GitHubError), ("FORBIDDEN", CredentialError), ("X", GitHubError)],
)
def test_an_error_that_comes_with_http_200_is_an_error(kind: str, error: type[Exception]) -> None:
    answer = Answer({"data": None, "errors": [{"type": kind, "message": "no"}]})
    with scripted(answer) as server, pytest.raises(error, match="POST /graphql: no"):
        recent_deployments(GitHub(server.url, Secret(TOKEN), REPOSITORY), [STAGING], bool)


def test_on_enterprise_server_graphql_lies_beside_the_rest_api() -> None:
    with scripted(Answer({"data": {"repository": {}}})) as server:
        client = GitHub(f"{server.url}/api/v3", Secret(TOKEN), REPOSITORY)
        assert client.api.query("query{x}", {}) == {}
    assert [one.path for one in server.asked] == ["/api/graphql"]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("https://github.com/acme/fleet/actions/runs/12/job/34", (12, 34)),
        ("https://github.example/Acme/Fleet/actions/runs/12/job/34?pr=1", (12, 34)),
        ("https://github.com/mallory/fleet/actions/runs/12/job/34", None),
        ("https://github.com/acme/fleet/actions/runs/12", None),
        ("", None),
    ],
)
def test_a_page_names_a_job_of_this_repository_or_nothing(
    page: str, found: tuple[int, int] | None
) -> None:
    assert run_and_job(page, "acme/fleet") == found


@pytest.mark.parametrize(
    ("names", "text"), [("abcdefg", "0-6"), ("bcf", "1-2,5"), ("a", "0"), ("ag", "0,6")]
)
def test_the_tenants_of_a_shard_are_positions_in_the_list_of_all(names: str, text: str) -> None:
    assert positions(names, "abcdefg") == text
    assert at_positions(text, "abcdefg") == set(names)


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "1;2", "99"])
def test_damaged_positions_are_nobodys(text: str) -> None:
    assert at_positions(text, "abc") == frozenset()
