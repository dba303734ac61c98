"""GitHub's environments for tenants: created once, brought up to date, never weakened by chance."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import bootstrap_environments
from support.fleet import make_fleet
from support.github import Fault, GitHub, github

NAMES = [
    f"{tenant}-staging{end}"
    for tenant in ("alder", "birch")
    for end in ("", "-readonly", "-unattended")
]
SECRET = "CLOUDFLARE_API_TOKEN"
CANARY = "canary-value-of-a-secret"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[GitHub]:
    """Serve a repository with a user and a team, and stand in a fleet of alder and birch."""
    with github(users={"alice": 11, "bob": 12}, teams={"acme/ops": 21}) as state:
        for name, value in state.environ().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv(SECRET, CANARY)
        monkeypatch.chdir(make_fleet(tmp_path))
        yield state


def bootstrap(*more: str, env: str = "staging") -> int:
    return bootstrap_environments.main(["--env", env, *more])


def rules(hub: GitHub, name: str) -> dict[str, object]:
    return {rule["type"]: rule for rule in hub.environments[name]["protection_rules"]}


def test_without_apply_it_says_what_it_would_do_and_does_nothing(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap() == 0
    said = capsys.readouterr().out
    assert "alder-staging: create it; branches any -> main\n" in said
    assert "nothing was changed; --apply does it" in said
    assert hub.writes() == []


def test_all_environments_of_every_tenant_are_created_once(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap("--apply") == 0
    assert list(hub.environments) == NAMES
    assert [one["name"] for one in hub.branches["alder-staging"]] == ["main"]
    hub.asked.clear()
    capsys.readouterr()
    assert bootstrap("--apply") == 0
    assert hub.writes() == []
    assert capsys.readouterr().out.count(": as it should be\n") == len(NAMES)


def test_reviewers_protect_deploys_and_not_drift_checks(hub: GitHub) -> None:
    more = ("--reviewer", "alice", "--reviewer", "acme/ops", "--wait", "30")
    assert bootstrap(*more, "--prevent-self-review", "--apply", env="production") == 0
    found = rules(hub, "alder-production")
    assert found["wait_timer"] == {"type": "wait_timer", "wait_timer": 30}
    reviewing = found["required_reviewers"]
    assert isinstance(reviewing, dict)
    who = [(one["type"], one["reviewer"]["id"]) for one in reviewing["reviewers"]]
    assert who == [("User", 11), ("Team", 21)]
    assert reviewing["prevent_self_review"] is True
    assert list(rules(hub, "alder-production-readonly")) == ["branch_policy"]
    hub.asked.clear()
    bootstrap(*more, "--prevent-self-review", "--apply", env="production")
    assert hub.writes() == []


def test_rules_that_are_not_asked_for_stay(hub: GitHub) -> None:
    bootstrap("--reviewer", "alice", "--wait", "30", "--apply")
    assert bootstrap("--wait", "0", "--apply") == 0
    assert "required_reviewers" in rules(hub, "alder-staging")
    assert "wait_timer" not in rules(hub, "alder-staging")
    assert bootstrap("--no-reviewers", "--apply") == 0
    assert list(rules(hub, "alder-staging")) == ["branch_policy"]


def test_a_rollback_waits_for_nobody_and_comes_from_main_alone(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """F2, R28."""
    more = ("--reviewer", "alice", "--wait", "30", "--branch", "release/*", "--apply")
    assert bootstrap(*more, env="production") == 0
    name = "alder-production-unattended"
    assert list(rules(hub, name)) == ["branch_policy"]
    assert [one["name"] for one in hub.branches[name]] == ["main"]
    hub.environments[name]["protection_rules"] = [{"type": "wait_timer", "wait_timer": 5}]
    hub.environments[name]["deployment_branch_policy"] = None
    capsys.readouterr()
    assert bootstrap(env="production") == 0
    said = capsys.readouterr().out
    assert f"{name}: wait 5 -> 0 minutes; branches any -> main" in said
    assert f"--env {name}  # the token for deploys, too: rollbacks use it" in said


def test_one_environment_approves_a_whole_run(hub: GitHub) -> None:
    """F6."""
    more = ("--reviewer", "alice", "--wait", "30", "--apply")
    assert bootstrap(*more, env="production") == 0
    assert "required_reviewers" in rules(hub, "alder-production")
    assert bootstrap("--approval", *more, env="production") == 0
    assert list(rules(hub, "production-approval")) == [
        "wait_timer",
        "required_reviewers",
        "branch_policy",
    ]
    for tenant in ("alder", "birch"):
        assert list(rules(hub, f"{tenant}-production")) == ["branch_policy"]
        assert [one["name"] for one in hub.branches[f"{tenant}-production"]] == ["main"]


def test_rules_that_administrators_may_pass_by_are_named(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """F13: GitHub's default, which no reviewer expects."""
    bootstrap("--reviewer", "alice", "--apply", env="production")
    capsys.readouterr()
    bootstrap(env="production")
    note = "note: administrators may pass the rules of {} by"
    assert note.format("alder-production") in (said := capsys.readouterr().out)
    assert note.format("alder-production-readonly") not in said
    hub.environments["alder-production"]["can_admins_bypass"] = False
    bootstrap(env="production")
    assert note.format("alder-production") not in capsys.readouterr().out


def test_a_look_that_somebody_protected_is_freed(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap("--apply")
    hub.environments["alder-staging-readonly"]["protection_rules"] = [
        {"type": "wait_timer", "wait_timer": 5}
    ]
    capsys.readouterr()
    bootstrap("--apply")
    assert "alder-staging-readonly: wait 5 -> 0 minutes" in capsys.readouterr().out
    assert "wait_timer" not in rules(hub, "alder-staging-readonly")


def test_branches_become_those_that_are_asked_for(hub: GitHub) -> None:
    bootstrap("--branch", "main", "--branch", "release/*", "--apply")
    bootstrap("--branch", "release/*", "--apply")
    assert [one["name"] for one in hub.branches["birch-staging"]] == ["release/*"]


def test_branches_that_were_chosen_stay_and_any_branch_does_not(hub: GitHub) -> None:
    bootstrap("--branch", "release/*", "--apply")
    protected = {"protected_branches": True, "custom_branch_policies": False}
    hub.environments["birch-staging"]["deployment_branch_policy"] = protected
    hub.environments["birch-staging-readonly"]["deployment_branch_policy"] = None
    hub.branches["birch-staging-readonly"] = []
    assert bootstrap("--wait", "5", "--apply") == 0
    assert [one["name"] for one in hub.branches["alder-staging"]] == ["release/*"]
    assert hub.environments["birch-staging"]["deployment_branch_policy"] == protected
    assert [one["name"] for one in hub.branches["birch-staging-readonly"]] == ["main"]


def test_one_tenant_alone_and_the_shards_environment(hub: GitHub) -> None:
    assert bootstrap("--tenants", "birch", "--fleet", "--apply") == 0
    assert list(hub.environments) == [*NAMES[3:], "fleet-staging", "fleet-staging-readonly"]


def test_pull_requests_are_planned_from_main_alone(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pull request can change any workflow of its branch, and none of main."""
    more = ("--tenants", "birch", "--plans", "--branch", "release/*", "--reviewer", "alice")
    assert bootstrap(*more, "--apply") == 0
    name = "birch-staging-plan"
    assert list(hub.environments) == [*NAMES[3:], name]
    assert list(rules(hub, name)) == ["branch_policy"]
    assert [one["name"] for one in hub.branches[name]] == ["main"]
    assert f"--env {name}  # a token that can only read" in capsys.readouterr().out


def test_a_repository_is_named_by_an_option_or_a_variable(
    hub: GitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert bootstrap() == 2
    assert "GITHUB_REPOSITORY is ''" in capsys.readouterr().err
    assert bootstrap("--repo", "acme/fleet") == 0


def test_command_is_printed_for_each_missing_secret(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap("--apply")
    hub.secrets["alder-staging"] = [SECRET]
    capsys.readouterr()
    assert bootstrap() == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("set: ")]
    commands = [line.partition("  #")[0] for line in lines]
    assert commands == [
        f"set: gh secret set {SECRET} --repo acme/fleet --env {name}" for name in NAMES[1:]
    ]
    assert not any("secrets" in line for line in hub.writes())


@pytest.mark.parametrize("place", ["", "organization"])
def test_a_secret_that_every_job_could_get_is_warned_of(
    hub: GitHub, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.secrets[place] = [SECRET]
    assert bootstrap() == 0
    assert f"gh secret delete {SECRET} --repo acme/fleet" in capsys.readouterr().out


def test_unreadable_secrets_are_reported_as_unknown(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.denied |= {"secrets: read", "environments: read"}
    assert bootstrap() == 0
    said = capsys.readouterr().out
    assert "the token may not see secrets" in said
    assert said.count("set: gh secret set") == len(NAMES)


@pytest.mark.parametrize(
    "more",
    [
        ("--reviewer", "absent"),
        ("--reviewer", "acme/absent"),
        ("--reviewer", "alice", "--no-reviewers"),
        ("--wait", "43201"),
        ("--wait", "-1"),
        ("--tenants", "absent"),
        tuple("--reviewer alice".split() * 7),
    ],
)
def test_what_nobody_can_mean_is_wrong_usage(hub: GitHub, more: tuple[str, ...]) -> None:
    assert bootstrap(*more, "--apply") == 2
    assert hub.writes() == []


@pytest.mark.parametrize("env", ["dev", "stagging"])
def test_an_environment_that_is_never_deployed_to_is_wrong_usage(hub: GitHub, env: str) -> None:
    assert bootstrap("--apply", env=env) == 2
    assert hub.asked == []


def test_readonly_token_ends_with_5_and_resumes_later(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.denied.add("administration: write")
    assert bootstrap("--apply") == 5
    assert "HTTP 403" in capsys.readouterr().err
    hub.denied.clear()
    hub.faults = [Fault("PUT", "birch-staging$", 422, message="reviewers need another plan")]
    assert bootstrap("--apply") == 6
    assert "reviewers need another plan" in capsys.readouterr().err
    assert bootstrap("--apply") == 0
    assert list(hub.environments) == NAMES


def test_no_token_is_printed(hub: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap("--apply")
    said = "".join(capsys.readouterr())
    assert CANARY not in said
    assert hub.token not in said
