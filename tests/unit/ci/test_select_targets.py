"""Which targets a run works on, and what stops it before a runner starts for one."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import select_deploy_targets
import select_drift_targets
import select_rollback_targets
from act_copy import commit
from edgefleet.actions.targets.change_targets import (
    RollbackSelection,
    matrix,
    select_for_rollback,
)
from edgefleet.actions.targets.job_outputs import targets_in
from edgefleet.actions.targets.select_targets import (
    SelectedTargets,
    SkippedTarget,
    asked_for,
    deploy_targets,
    drift_targets,
    rollback_targets,
)
from edgefleet.config.target import STAGING, Target
from edgefleet.core.secret import Secret
from edgefleet.errors import UsageError
from edgefleet.github.repository import GitHub
from support.fleet import make_fleet
from support.github import github
from support.github_state import GitHub as StandIn
from support.many import make_tenant, names_of

IN_STAGING = [Target(tenant=name, environment=STAGING) for name in ("alder", "birch")]
COMMIT = "c" * 40


@pytest.fixture
def hub() -> Iterator[StandIn]:
    """Serve GitHub's API, with both targets' environments."""
    with github() as state:
        for target in IN_STAGING:
            state.environments[str(target)] = {"name": str(target)}
        yield state


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a fleet of two tenants."""
    fleet = make_fleet(tmp_path)
    monkeypatch.chdir(fleet)
    # No build: what it would read is not known then, as where the Worker does not build.
    monkeypatch.setenv("EDGEFLEET_NODE_MODULES", str(tmp_path / "absent"))
    for name in ("GITHUB_TOKEN", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    return fleet


def chosen(hub: StandIn, work: str = "deploy", **options: Any) -> SelectedTargets:
    client = GitHub(hub.url, Secret(hub.token), hub.repository)
    given = {"tenants": "all", **options}
    if work == "drift":
        return drift_targets(IN_STAGING, client, **given)
    if work == "rollback":
        return rollback_targets(IN_STAGING, client, **given)
    return deploy_targets(IN_STAGING, client, only_birch_changed, **given)


def only_birch_changed(commit: str, paths: Sequence[str]) -> bool:
    """Say what changed since the commit that is live."""
    assert (commit, "package-lock.json" in paths) == (COMMIT, True)
    return "tenants/birch" in paths


def test_every_target_has_its_own_github_environment(root: Path) -> None:
    targets = asked_for(root, "all", "all")
    entries = json.loads(matrix(targets))["include"]
    assert [entry["github_environment"] for entry in entries] == [
        "alder-staging",
        "alder-production",
        "birch-staging",
        "birch-production",
    ]
    assert entries[0] == {
        "job": "deploy alder-staging",
        "tenant": "alder",
        "environment": "staging",
        "target": "alder-staging",
        "github_environment": "alder-staging",
    }


@pytest.mark.parametrize(
    ("tenants", "environment", "said"),
    [
        ("aldr", "staging", "there is no tenant 'aldr'"),
        ("alder,absent", "staging", "there is no tenant 'absent'"),
        ("all", "dev", "never deployed"),
        ("all", "stagin", "Did you mean 'staging'?"),
    ],
)
def test_a_name_that_nobody_has_is_refused(
    root: Path, capsys: pytest.CaptureFixture[str], tenants: str, environment: str, said: str
) -> None:
    code = select_deploy_targets.main(["--tenants", tenants, "--env", environment])
    assert (code, said in capsys.readouterr().err) == (2, True)


@pytest.mark.parametrize("work", ["deploy", "rollback"])
@pytest.mark.parametrize("tenants", ["birch", "alder, birch", "all,birch"])
def test_named_target_needs_its_github_environment(hub: StandIn, work: str, tenants: str) -> None:
    del hub.environments["birch-staging"]
    with pytest.raises(UsageError, match="GitHub has no environment birch-staging") as caught:
        chosen(hub, work, tenants=tenants)
    assert "edgefleet github bootstrap --env" in caught.value.hint


@pytest.mark.parametrize("work", ["deploy", "rollback"])
@pytest.mark.parametrize("tenants", ["all", "*", "ring:0"])
def test_merged_tenant_without_set_up_blocks_no_other(
    hub: StandIn, work: str, tenants: str
) -> None:
    del hub.environments["birch-staging"]
    alder, birch = IN_STAGING
    found = chosen(hub, work, tenants=tenants)
    why = "GitHub has no environment of this name (docs/adding-a-tenant.md)"
    assert (found.targets, found.skipped) == ([alder], [SkippedTarget(birch, "not set up", why)])
    del hub.environments["alder-staging"]
    with pytest.raises(UsageError, match="alder-staging, birch-staging"):
        chosen(hub, work, tenants=tenants)


def test_drift_uses_readonly_environments(hub: StandIn) -> None:
    with pytest.raises(UsageError, match="alder-staging-readonly, birch-staging-readonly"):
        chosen(hub, "drift")


def test_drift_skips_targets_without_set_up_only(
    hub: StandIn,
) -> None:
    alder, birch = IN_STAGING
    hub.environments["alder-staging-readonly"] = {"name": "alder-staging-readonly"}
    found = chosen(hub, "drift")
    assert (found.targets, found.unreadable) == ([alder], [birch])
    assert [one.target for one in found.skipped] == [birch]
    del hub.environments["birch-staging"]
    found = chosen(hub, "drift")
    assert (found.targets, found.unreadable) == ([alder], [])
    assert [one.target for one in found.skipped] == [birch]


def test_unreadable_target_gets_no_job_but_is_expected(
    root: Path,
    hub: StandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub.environments["alder-staging-readonly"] = {"name": "alder-staging-readonly"}
    for name, value in hub.environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert select_drift_targets.main(["--tenants", "all", "--env", "all"]) == 0
    told = outputs(tmp_path / "output")
    jobs = [entry["target"] for entry in json.loads(told["matrix"])["include"]]
    assert (jobs, targets_in(told["targets"])) == (["alder-staging"], IN_STAGING)
    assert "::warning title=birch-staging::not set up: GitHub has no" in capsys.readouterr().out


def test_unchanged_target_is_dropped_unless_forced(hub: StandIn) -> None:
    for target in IN_STAGING:
        hub.deployed(str(target), COMMIT)
    alder, birch = IN_STAGING
    assert (chosen(hub).targets, chosen(hub).unchanged) == ([birch], [alder])
    assert chosen(hub, force=True).targets == IN_STAGING
    hub.deployed("alder-staging", COMMIT, "failure")
    assert chosen(hub).targets == IN_STAGING


def test_plan_and_dry_run_need_only_a_readonly_token(
    hub: StandIn,
) -> None:
    hub.environments["alder-staging-readonly"] = {"name": "alder-staging-readonly"}
    alder, birch = IN_STAGING
    assert (chosen(hub).targets, chosen(hub).plan_only) == (IN_STAGING, [alder])
    dry = chosen(hub, dry_run=True)
    assert (dry.targets, dry.plan_only) == ([birch], [alder])


def test_no_github_token_is_reported(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert select_deploy_targets.main(["--tenants", "all", "--env", "staging"]) == 0
    assert "no GITHUB_TOKEN" in capsys.readouterr().out


def outputs(file: Path) -> dict[str, str]:
    """Return what a step set."""
    parts = file.read_text().split("\n")
    found = {}
    while len(parts) > 1:
        name, mark, end = parts.pop(0).partition("<<")
        if mark:
            found[name] = parts.pop(0)
            assert parts.pop(0) == end
    return found


def planned(told: dict[str, str]) -> list[list[dict[str, Any]]]:
    """Return the jobs of each ring."""
    waves = [told.get(f"ring{number}", "") for number in range(4)]
    return [json.loads(wave)["include"] for wave in waves if wave.startswith("{")]


def test_matrix_holds_each_of_300_targets_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(names_of(300)):
        make_tenant(root, name, ring=number % 3)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert select_deploy_targets.main(["--tenants", "t*", "--env", "staging"]) == 0
    told = outputs(tmp_path / "output")
    rings = planned(told)
    shards = [shard for ring in rings for shard in ring]
    assert (len(rings), told["count"]) == (3, str(len(shards)))
    assert len(shards) <= 256
    tenants = [name for shard in shards for name in shard["only"].split(",")]
    assert sorted(tenants) == list(names_of(300))
    assert {name for shard in rings[1] for name in shard["only"].split(",")} == {
        *names_of(300)[1::3]
    }
    assert [shard["shard"] for shard in shards] == list(range(1, len(shards) + 1))
    assert shards[0]["job"] == "shard 1 of staging"
    assert {shard["github_environment"] for shard in shards} == {"fleet-staging"}
    assert [one.tenant for one in targets_in(told["targets"])] == list(names_of(300))
    assert select_rollback_targets.main(["--tenants", "t*", "--env", "staging"]) == 2


def test_a_ring_is_a_gate_and_more_than_four_are_refused(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A2."""
    for number, name in enumerate(names_of(10)):
        make_tenant(root, name, ring=(0, 2, 7, 9, 11)[number % 5])
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    asked = ["--env", "production", "--tenants"]
    assert select_deploy_targets.main([*asked, "t*"]) == 2
    said = capsys.readouterr().err
    assert "5 rings (0, 2, 7, 9, 11) are more than the 4" in said
    assert "tenants=ring:0,ring:2,ring:7,ring:9 first, and tenants=ring:11 in a run after" in said
    assert select_deploy_targets.main([*asked, "t000,t005,t003,t001"]) == 0
    rings = [[job["tenant"] for job in ring] for ring in planned(outputs(tmp_path / "output"))]
    assert rings == [["t000", "t005"], ["t001"], ["t003"]]
    assert "In 3 rings: each begins when the one before is done." in capsys.readouterr().out


def test_unproved_production_run_is_refused_before_gates(
    root: Path, hub: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """F12."""
    for name, value in {**hub.environ(), "GITHUB_SHA": COMMIT}.items():
        monkeypatch.setenv(name, value)
    hub.environments["alder-production"] = {"name": "alder-production"}
    asked = ["--tenants", "alder", "--env", "production"]
    assert select_deploy_targets.main(asked) == 2
    assert f"staging has not proved any bundle of commit {COMMIT[:12]} for alder: no deploy" in (
        capsys.readouterr().err
    )
    assert (
        select_deploy_targets.main([*asked, "--skip-promotion-check", "true", "--reason", " "]) == 2
    )
    assert "skip_promotion_check needs a reason" in capsys.readouterr().err
    assert (
        select_deploy_targets.main(
            [*asked, "--skip-promotion-check", "true", "--reason", "staging is down"]
        )
        == 0
    )
    assert select_deploy_targets.main([*asked, "--dry-run", "true"]) == 0
    hub.deployed("alder-staging", COMMIT, url=f"https://worker.example#bundle={'d' * 64}")
    assert select_deploy_targets.main(asked) == 0


def test_run_is_approved_once_by_its_environment(
    root: Path,
    hub: StandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F6."""
    for name, value in hub.environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    asked = ["--tenants", "all", "--env", "staging"]
    assert select_deploy_targets.main(asked) == 0
    assert "approval=\n" in (tmp_path / "output").read_text()
    hub.environments["staging-approval"] = {"name": "staging-approval"}
    assert select_deploy_targets.main(asked) == 0
    assert "\nstaging-approval\n" in (tmp_path / "output").read_text()


def test_a_push_that_lost_the_race_has_nothing_to_do_and_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """F1: GitHub starts the branch, which has moved on by then."""
    older, newer = (commit_of(root) for _ in range(2))
    asked = ["--tenants", "all", "--env", "staging", "--commit"]
    monkeypatch.setenv("GITHUB_SHA", newer)
    assert select_deploy_targets.main([*asked, older]) == 0
    out = capsys.readouterr().out
    assert f"::notice title=superseded::commit {older[:12]} was meant, and this run is of" in out
    assert '"tenant": "alder"' not in out
    assert "### superseded" in out
    assert select_deploy_targets.main([*asked, newer]) == 0
    assert '"tenant": "alder"' in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_SHA", older)
    assert select_deploy_targets.main([*asked, newer]) == 2
    assert f"does not contain {newer[:12]}" in capsys.readouterr().err


def commit_of(root: Path) -> str:
    """Make a commit of what is there, and return it."""
    commit(root)
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.check_output(command, cwd=root, text=True).strip()


def test_tracked_record_stops_a_deploy_not_a_rollback(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Review 6."""
    (root / "deployments").mkdir()
    (root / "deployments/alder-staging-20990101T000000Z.json").write_text("{}")
    commit_of(root)
    asked = ["--tenants", "all", "--env", "staging"]
    assert select_deploy_targets.main([*asked]) == 4
    said = capsys.readouterr().err
    assert "git tracks deployments/alder-staging-20990101T000000Z.json" in said
    assert "git rm --cached deployments/alder-staging-20990101T000000Z.json" in said
    assert select_rollback_targets.main([*asked]) == 0


def test_unattended_environment_lets_a_rollback_start(hub: StandIn) -> None:
    """F2, R28."""
    hub.branches["alder-staging-unattended"] = [{"id": 1, "name": "main"}]
    own = {"protected_branches": False, "custom_branch_policies": True}
    hub.environments["alder-staging-unattended"] = {
        "name": "alder-staging-unattended",
        "deployment_branch_policy": own,
    }
    found = chosen(hub, "rollback")
    entries = json.loads(matrix(found.targets, "-unattended", "rollback", found.attended))
    assert [one["github_environment"] for one in entries["include"]] == [
        "alder-staging-unattended",
        "birch-staging",
    ]
    (warning,) = found.warnings
    assert warning.startswith("birch-staging has no environment birch-staging-unattended")
    hub.environments["alder-staging-unattended"] = {
        "name": "alder-staging-unattended",
        "protection_rules": [{"type": "wait_timer", "wait_timer": 30}],
    }
    told = "\n".join(chosen(hub, "rollback").warnings)
    assert "a rollback waits in alder-staging-unattended, which has reviewers or a timer" in told
    assert "a job of any branch can use the token of alder-staging-unattended" in told


@pytest.mark.parametrize(
    ("to", "commit"),
    [
        ("previous", ""),
        ("0b1c2d3e-0000-4000-8000-00000000000f", ""),
        ("0b1c2d3e", ""),
        ("c" * 40, "c" * 40),
        ("HEAD~1", "c" * 40),
        ("previous ", ""),
    ],
)
def test_what_git_knows_as_a_commit_is_built_first(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, commit: str
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    known = {"c" * 40: "c" * 40, "HEAD~1": "c" * 40, "previous": "d" * 40}
    select_for_rollback(RollbackSelection("staging", "alder", to), known.get)
    assert outputs(tmp_path / "output").get("commit", "") == commit


def test_rollback_in_between_hides_the_live_commit(hub: StandIn) -> None:
    hub.deployed("alder-staging", COMMIT)
    hub.deployed("alder-staging-unattended", COMMIT, url="https://x.example#rollback")
    hub.deployed("birch-staging", COMMIT)
    assert chosen(hub).targets == IN_STAGING
    hub.deployed("alder-staging", COMMIT)
    assert chosen(hub).targets == IN_STAGING[1:]


def test_requested_shards_need_their_environment(
    root: Path, hub: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in hub.environ().items():
        monkeypatch.setenv(name, value)
    asked = ["--tenants", "all", "--env", "staging", "--shards", "true"]
    assert select_deploy_targets.main(asked) == 2
    assert "GitHub has no environment fleet-staging" in capsys.readouterr().err
    hub.environments["fleet-staging"] = {"name": "fleet-staging"}
    assert select_deploy_targets.main(asked) == 0
    assert '"only": "alder,birch"' in capsys.readouterr().out


@pytest.mark.parametrize("force", ["false", "true"])
@pytest.mark.parametrize("shards", ["false", "true"])
def test_frozen_tenant_is_skipped_even_with_force(
    root: Path, capsys: pytest.CaptureFixture[str], force: str, shards: str
) -> None:
    always = {"from": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z", "reason": "audit"}
    make_tenant(root, "cedar", freeze=always)
    asked = ["--tenants", "alder,cedar", "--env", "staging"]
    assert select_deploy_targets.main([*asked, "--force", force, "--shards", shards]) == 0
    out = capsys.readouterr().out
    why = "frozen until 2999-01-01 00:00 UTC: audit"
    assert f"::notice title=cedar-staging::held: {why}" in out
    assert f"\n- cedar-staging: held: {why}\n" in out
    assert f'[{{"outcome":"held","why":"{why}","targets":{{"staging":"cedar"}}}}]' in out
    assert '\n{"staging":"alder"}\n' in out
    assert '"tenant": "cedar"' not in out


def test_all_held_leaves_nothing_to_do(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_tenant(root, "cedar", pin={"commit": "1f0c9ad", "reason": "x", "expires": "2999-01-31"})
    asked = ["--tenants", "cedar", "--env", "staging"]
    assert select_deploy_targets.main([*asked, "--shards", "true"]) == 0
    out = capsys.readouterr().out
    assert "Nothing to do." in out
    assert "`force`" not in out
