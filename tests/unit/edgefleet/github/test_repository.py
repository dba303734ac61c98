"""A repository at GitHub: what is read from it, what is repeated, and what an error says."""

from collections.abc import Iterator

import pytest

from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError, UsageError
from edgefleet.github.repository import GitHub, github_of
from edgefleet.github.responses import GitHubError, GitHubRefused
from support.answers import Answer, scripted
from support.github import REPOSITORY, TOKEN, Fault, github
from support.github import GitHub as StandIn
from support.hostile import COMMANDS, TERMINAL, hostile

NOW = 1_700_000_000.0


@pytest.fixture
def hub() -> Iterator[StandIn]:
    """Serve the stand-in."""
    with github() as state:
        yield state


def client(hub: StandIn, slept: list[float] | None = None) -> GitHub:
    sleep = (slept if slept is not None else []).append
    return GitHub(hub.url, Secret(hub.token), hub.repository, sleep=sleep, now=lambda: NOW)


def test_every_page_of_a_list_is_read(hub: StandIn) -> None:
    hub.page_size = 2
    names = [f"tenant-{number}-staging" for number in range(5)]
    hub.environments = {name: {"name": name} for name in names}
    assert client(hub).environments() == tuple(names)
    assert len(hub.asked) == 3


def test_open_issues_have_the_label_and_are_no_pull_requests(hub: StandIn) -> None:
    mine = hub.open(title="mine", labels=["drift"])
    hub.open(title="closed", labels=["drift"], state="closed")
    hub.open(title="a pull request", labels=["drift"], pull_request={"url": "x"})
    hub.open(title="another's", labels=["bug"])
    assert [issue.number for issue in client(hub).open_issues("drift")] == [mine]


def test_an_issue_is_opened_edited_and_closed(hub: StandIn) -> None:
    made = client(hub).open_issue("a title", "a body", "drift")
    client(hub).edit_issue(made.number, "a title", "another body")
    client(hub).close_issue(made.number, "it is gone")
    issue = hub.issues[made.number]
    assert (issue["body"], issue["labels"]) == ("another body", [{"name": "drift"}])
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert hub.comments[made.number] == ["it is gone"]


def test_dropped_label_becomes_an_error() -> None:
    made = Answer({"number": 7, "title": "t", "labels": []}, status=201)
    with (
        scripted(made, Answer({"message": "no push access"}, status=403)) as server,
        pytest.raises(GitHubRefused, match="issues/7/labels: HTTP 403: no push access"),
    ):
        GitHub(server.url, Secret(TOKEN), REPOSITORY).open_issue("t", "b", "drift")


def test_read_is_retried_after_500_and_a_lost_answer(hub: StandIn) -> None:
    hub.faults = [Fault("GET", "environments", 502), Fault("GET", "environments", 0)]
    slept: list[float] = []
    assert client(hub, slept).environments() == ()
    assert slept == [0.5, 1.0]


@pytest.mark.parametrize("status", [502, 0])
def test_a_post_that_may_have_been_carried_out_is_not_repeated(hub: StandIn, status: int) -> None:
    hub.faults = [Fault("POST", "issues", status)]
    with pytest.raises(GitHubError):
        client(hub).open_issue("a title", "a body", "drift")
    assert hub.asked == [f"POST /repos/{REPOSITORY}/issues"]


RESET = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 30)}


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault("POST", "issues", 429, {"Retry-After": "7"}), 7.0),
        (Fault("POST", "issues", 403, {"Retry-After": "9"}, "secondary rate limit"), 9.0),
        (Fault("POST", "issues", 403, {}, "You have exceeded a secondary rate limit."), 60.0),
        (Fault("POST", "issues", 403, RESET, "API rate limit exceeded"), 31.0),
    ],
)
def test_rate_limited_request_waits_as_github_says(
    hub: StandIn, fault: Fault, seconds: float
) -> None:
    hub.faults = [fault]
    slept: list[float] = []
    client(hub, slept).open_issue("a title", "a body", "drift")
    assert slept == [seconds]
    assert len(hub.open_issues()) == 1


def test_a_rate_limit_that_lasts_long_is_an_error_with_its_end(hub: StandIn) -> None:
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 3000)}
    hub.faults = [Fault("GET", "environments", 403, reset)]
    with pytest.raises(GitHubError, match="is used up until 23:03 UTC"):
        client(hub).environments()


def test_a_server_that_goes_on_failing_is_given_up(hub: StandIn) -> None:
    hub.faults = [Fault("GET", "environments", 500, times=9)]
    with pytest.raises(
        GitHubError, match=r"GET /repos/acme/fleet/environments: HTTP 500"
    ) as caught:
        client(hub).environments()
    assert caught.value.exit_code == 6
    assert len(hub.asked) == 4


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda hub: setattr(hub, "token", "another"), "HTTP 401: Bad credentials"),
        (lambda hub: hub.denied.add("actions: read"), "HTTP 403: Resource not accessible"),
        (lambda hub: setattr(hub, "repository", "acme/other"), "HTTP 404: Not Found"),
    ],
)
def test_forbidden_token_is_an_error_without_the_token(
    hub: StandIn, spoil: object, told: str
) -> None:
    mine = client(hub)
    assert callable(spoil)
    spoil(hub)
    with pytest.raises(CredentialError, match=told) as caught:
        mine.environments()
    assert caught.value.exit_code == 5
    assert caught.value.hint
    assert TOKEN not in f"{caught.value.message} {caught.value.hint}"
    assert len(hub.asked) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "nan"},
        {"Retry-After": "-inf"},
        {"Retry-After": "inf"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "nan"},
    ],
)
def test_a_wait_that_cannot_be_is_githubs_usual_one(hub: StandIn, headers: dict[str, str]) -> None:
    """Review 17: numbers in headers are whatever answers says."""
    hub.faults = [Fault("GET", "environments", 429, headers)]
    slept: list[float] = []
    assert client(hub, slept).environments() == ()
    assert slept == [60.0]


@pytest.mark.parametrize("headers", [{"Retry-After": "1e308"}, {"Retry-After": "1e12"}])
def test_a_wait_without_end_is_an_error(hub: StandIn, headers: dict[str, str]) -> None:
    """Review 17: no date is as late as that."""
    hub.faults = [Fault("GET", "environments", 429, headers)]
    with pytest.raises(GitHubError, match="is used up until"):
        client(hub).environments()


@pytest.mark.parametrize("mode", ["deep", "badutf8", "gzip", "redirect", "headers", "nul", "cut"])
def test_whatever_answers_in_githubs_place_is_one_clear_error(mode: str) -> None:
    """Review 4, 17: GitHub is read as Cloudflare and Workers are."""
    with hostile(everybody=mode) as server, pytest.raises(GitHubError):
        GitHub(server.url, Secret(TOKEN), REPOSITORY, sleep=lambda _: None).environments()


def test_what_github_says_is_a_harmless_line_without_the_token(hub: StandIn) -> None:
    """Review 8, 9: an error of an API may hold anything, the token too."""
    message = f"{COMMANDS}{TERMINAL}{TOKEN}" + "x" * 10_000
    hub.faults = [Fault("GET", "environments", 400, message=message)]
    with pytest.raises(GitHubError) as caught:
        client(hub).environments()
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 700
    assert TOKEN not in caught.value.message


def test_a_token_for_github_never_crosses_a_network_in_clear() -> None:
    with pytest.raises(UsageError, match="GITHUB_API_URL is an http://"):
        GitHub("http://github.example", Secret(TOKEN), REPOSITORY)


def test_the_token_goes_to_no_other_host() -> None:
    elsewhere = {"Link": '<http://127.0.0.2:1/x?page=2>; rel="next"'}
    with (
        scripted(Answer({"environments": []}, headers=elsewhere)) as server,
        pytest.raises(GitHubError, match="another host"),
    ):
        GitHub(server.url, Secret(TOKEN), REPOSITORY).environments()


@pytest.mark.parametrize(
    "body", [b"<html>", [1], {}, {"environments": 1}, {"environments": [{"id": 1}]}]
)
def test_an_answer_of_another_shape_is_one_clear_error(body: object) -> None:
    with scripted(Answer(body)) as server, pytest.raises(GitHubError, match=r"environments: "):
        GitHub(server.url, Secret(TOKEN), REPOSITORY).environments()


def test_githubs_own_variables_name_the_repository(hub: StandIn) -> None:
    assert github_of(hub.environ()).environments() == ()


@pytest.mark.parametrize("repository", ["", "fleet", "acme/fleet/x", "../fleet/x y"])
def test_a_repository_that_is_none_is_wrong_usage(repository: str) -> None:
    with pytest.raises(UsageError, match="GITHUB_REPOSITORY"):
        github_of({"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": repository})


def test_a_missing_token_is_a_credential_error() -> None:
    with pytest.raises(CredentialError, match="GITHUB_TOKEN"):
        github_of({"GITHUB_TOKEN": "", "GITHUB_REPOSITORY": REPOSITORY})


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ({}, "export GITHUB_TOKEN=$(gh auth token)"),
        ({"GITHUB_ACTIONS": "true"}, "give the step `env: GITHUB_TOKEN: ${{ github.token }}`"),
    ],
)
def test_the_hint_is_how_to_have_a_token_where_it_is_missing(
    where: dict[str, str], hint: str
) -> None:
    """C18: a person at a terminal got advice for a workflow."""
    with pytest.raises(CredentialError) as error:
        github_of({"GITHUB_REPOSITORY": "acme/fleet", **where})
    assert error.value.hint == hint
