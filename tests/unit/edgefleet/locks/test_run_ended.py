"""Whether GitHub says that the run which holds a lock has ended."""

from collections.abc import Iterator

import pytest

from edgefleet.locks.run_ended import run_ended
from support.github import Fault, github
from support.github_state import GitHub as StandIn


@pytest.fixture
def hub() -> Iterator[StandIn]:
    """Serve GitHub's API: run 1 has ended, run 7 works."""
    with github() as state:
        state.ran("deploy acme-staging", number=1, conclusion="failure")
        state.ran("deploy acme-staging", number=7, status="in_progress", job_status="in_progress")
        yield state


def page(hub: StandIn, number: int) -> str:
    return f"https://github.com/{hub.repository}/actions/runs/{number}"


@pytest.mark.parametrize(("number", "ended"), [(1, True), (7, False), (404, False)])
def test_github_says_whether_a_run_has_ended(hub: StandIn, number: int, ended: bool) -> None:
    assert run_ended(page(hub, number), hub.environ()) is ended
    assert hub.asked == [f"GET /repos/{hub.repository}/actions/runs/{number}"]


def test_the_token_for_locks_will_do(hub: StandIn) -> None:
    environ = {**hub.environ(), "GITHUB_TOKEN": "", "EDGEFLEET_LOCK_TOKEN": hub.token}
    assert run_ended(page(hub, 1), environ)


@pytest.mark.parametrize(
    "change",
    [
        {"GITHUB_TOKEN": ""},
        {"GITHUB_TOKEN": "another"},
        {"GITHUB_REPOSITORY": ""},
        {"GITHUB_REPOSITORY": "another/repository"},
    ],
)
def test_who_cannot_ask_waits_for_the_lease(hub: StandIn, change: dict[str, str]) -> None:
    assert not run_ended(page(hub, 1), {**hub.environ(), **change})


def test_without_the_right_to_read_actions_the_lease_decides(hub: StandIn) -> None:
    hub.denied = {"actions: read"}
    assert not run_ended(page(hub, 1), hub.environ())


def test_an_answer_that_is_no_answer_frees_nothing(hub: StandIn) -> None:
    hub.faults = [Fault("GET", "/runs/1$", status=404, message="gone", times=9)]
    assert not run_ended(page(hub, 1), hub.environ())


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/{repository}/actions/runs/1/job/2",
        "https://github.com/{repository}/actions/runs/1?check=../7",
        "https://github.com/{repository}/../evil/actions/runs/1",
        "file:///{repository}/actions/runs/1",
        "",
    ],
)
def test_what_is_no_runs_address_is_asked_of_nobody(hub: StandIn, url: str) -> None:
    """Anyone who may push wrote the address."""
    assert not run_ended(url.format(repository=hub.repository), hub.environ())
    assert hub.asked == []
