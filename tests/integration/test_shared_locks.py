"""One lock a target for all machines: two clones, one git remote, one Cloudflare."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from edgefleet.core.node_modules import link_node_modules
from integration.conftest import TENANTS, Stage, token
from support.bundles import broken_bundle
from support.forked import Forked
from support.gate import Gate, Held, gate_before
from support.hint_ledger import kept
from support.pasting import fill
from support.ports import wait_for
from support.project import ROOT, Project, Ran

__all__ = ["kept"]

ONE = TENANTS[0]
TARGET = ("--tenant", ONE, "--env", "staging")
TARGETS = ("--tenants", ONE, "--env", "staging")
NAME = f"{ONE}-staging"
UNHEALTHY = """
import * as good from "./good.js";
export const { ChatSession, RateLimiter } = good;
export default { fetch: () => new Response("oh", { status: 500 }), scheduled() {} };
"""


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Machine:
    """A clone of the fleet's repository, and commands that run in it."""

    def __init__(self, stage: Stage, project: Project, gate: Gate) -> None:
        self.stage, self.gate = stage, gate
        beyond = {
            "CLOUDFLARE_API_BASE_URL": f"http://127.0.0.1:{gate.port}/client/v4",
            "EDGEFLEET_WORKERS_DEV": f"http://workers.localhost:{gate.port}",
        }
        self.project = replace(project, environ={**project.environ, **beyond})

    def run(self, *words: str, **environ: str) -> Ran:
        return self.project.run(*words, **environ)

    def deploy(self, *more: str) -> Ran:
        return self.run(*self.words(*more))

    def words(self, *more: str) -> list[str]:
        bundle = () if "--bundle" in more else ("--bundle", str(self.stage.bundle))
        deploy = ["deploy", *TARGET, "--engine", "api", "--force", "--health-timeout", "100"]
        return [*deploy, *bundle, *more]

    def begin(self, folder: Path, *words: str) -> Forked:
        """Begin a command and let it run."""
        folder.mkdir(parents=True)
        return Forked(
            "edgefleet",
            words,
            cwd=self.project.root,
            env=self.project.environment({}),
            out=folder / "out",
            err=folder / "err",
        )

    def begin_up_to_canary(self, folder: Path, *words: str) -> tuple[Forked, Held]:
        """Begin a deploy; return when it asks its canary, which does not answer yet."""
        held = self.gate.hold("GET", "http://*/health")
        running = self.begin(folder, *words)
        held.wait()
        return running, held

    def locks(self) -> dict[str, Any]:
        found = json.loads(self.run("locks", "--format", "json").out)
        return {one["target"]: one["lock"] for one in found}

    def last(self) -> dict[str, Any]:
        return self.project.records()[-1]


@pytest.fixture(scope="module")
def machines(
    stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Machine, Machine]]:
    """Have two clones; the target is deployed."""
    folder = tmp_path_factory.mktemp("machines")
    root = stage.project.root
    git(folder, "init", "-q", "--bare", "remote.git")
    git(root, "remote", "add", "origin", str(folder / "remote.git"))
    git(root, "push", "-q", "origin", "HEAD:refs/heads/main")
    git(folder, "clone", "-q", "-b", "main", str(folder / "remote.git"), "other")
    other = replace(stage.project, root=folder / "other", home=folder / "home")
    other.home.mkdir()
    link_node_modules(ROOT, other.root)
    with gate_before(stage.edge.port) as gate, gate_before(stage.edge.port) as others:
        one = Machine(stage, stage.project, gate)
        assert one.deploy().code == 0
        yield one, Machine(stage, other, others)
    git(root, "remote", "remove", "origin")


@pytest.fixture(autouse=True)
def nothing_held(machines: tuple[Machine, Machine]) -> Iterator[None]:
    yield
    for machine in machines:
        machine.gate.open()
    for lock in machines[0].locks().values():
        machines[0].run("unlock", "--run", lock["id"], "--reason", "the test is over")


def live(machine: Machine) -> str:
    """Return the version that visitors get."""
    account = machine.project.wrangler(ONE)["account_id"]
    script = f"{machine.stage.edge.api}/accounts/{account}/workers/scripts/bluey-ai-worker-staging"
    answer = requests.get(
        f"{script}/deployments", headers={"Authorization": f"Bearer {token(ONE)}"}, timeout=30
    )
    shares = answer.json()["result"]["deployments"][0]["versions"]
    return str(max(shares, key=lambda share: float(share["percentage"]))["version_id"])


def test_a_deploy_is_recorded_with_its_lock_and_leaves_none(
    machines: tuple[Machine, Machine],
) -> None:
    one, _ = machines
    ran = one.deploy("--format", "json")
    assert ran.code == 0, ran.said
    record = json.loads(ran.out)
    assert (record["lock"], len(record["lock_id"])) == ("shared", 32)
    assert one.locks() == {}


def test_another_machine_is_told_who_holds_the_target(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    one, other = machines
    words = one.words("--reason", "release 7")
    running, canary = one.begin_up_to_canary(tmp_path / "run", *words)
    held = other.locks()[NAME]
    refused = other.deploy()
    assert refused.code == 9, refused.said
    assert held["id"] in refused.err
    assert "release 7" in refused.err
    assert "--wait 15m" in refused.err
    waiting = other.begin(tmp_path / "waiting", *other.words("--wait", "60s"))
    said = tmp_path / "waiting/err"
    wait_for(lambda: said.exists() and "waiting, 60 s at most" in said.read_text(), "the wait")
    canary.let_go()
    assert waiting.wait(100) == 0, said.read_text()
    assert running.wait(100) == 0


def of_the_runbook() -> str:
    """Return the arguments of edgefleet that the runbook has for a deploy under way."""
    lines = (ROOT / "docs/runbooks/rollback-deployment.md").read_text().splitlines()
    (line,) = [one for one in lines if one.startswith("edgefleet ") and "--take-over-lock" in one]
    here = line.replace("NAME", ONE).replace("production", "staging")
    return here.removeprefix("edgefleet ")


def test_takeover_by_rollback_leaves_the_deploy_nothing(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    one, other = machines
    assert one.deploy().code == 0
    back_to = one.last()["previous_version_id"]
    deploying, canary = one.begin_up_to_canary(tmp_path / "deploy", *one.words())
    assert one.last()["phase"] == "canary"
    write = other.gate.hold("POST", "*/deployments")
    words = [*shlex.split(of_the_runbook()), "--to", back_to]
    rolling_back = other.begin(tmp_path / "rollback", *words)
    write.wait()
    canary.let_go()
    assert deploying.wait(100) == 9, (tmp_path / "deploy/err").read_text()
    write.let_go()
    assert rolling_back.wait(100) == 0, (tmp_path / "rollback/err").read_text()
    said = (tmp_path / "deploy/err").read_text()
    assert "nothing is restored" in said
    assert live(other) == back_to
    took, lost = other.last(), one.last()
    assert took["lock_id"] in lost["error"]["message"]
    assert (took["lock_took_over"], lost["lock_took_over"]) == (lost["lock_id"], None)
    assert lost["lock_id"] in (tmp_path / "rollback/err").read_text()
    assert one.locks() == {}


def test_a_wrong_id_frees_nothing(machines: tuple[Machine, Machine], tmp_path: Path) -> None:
    one, other = machines
    running, canary = one.begin_up_to_canary(tmp_path / "run", *one.words())
    wrong = other.run("unlock", *TARGET, "--id", "0" * 32, "--reason", "x")
    assert wrong.code == 2
    assert other.locks()[NAME]["id"] in wrong.err
    canary.let_go()
    assert running.wait(100) == 0


def test_an_unlock_makes_the_next_write_fail_and_is_in_history(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    one, other = machines
    before = live(one)
    running, canary = one.begin_up_to_canary(tmp_path / "run", *one.words())
    lock = other.locks()[NAME]
    freed = other.run("unlock", *TARGET, "--id", lock["id"], "--reason", "the runner hangs")
    assert freed.code == 0, freed.said
    canary.let_go()
    assert running.wait(100) == 9, (tmp_path / "run/err").read_text()
    assert "freed by another machine" in (tmp_path / "run/err").read_text()
    assert live(one) == before
    shown = other.run("history", *TARGETS, "--limit", "50").out
    assert "unlock" in shown
    assert "the runner hangs" in shown
    assert one.locks() == {}


def test_a_killed_fleet_run_is_freed_in_one_push(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    one, other = machines
    bad = str(broken_bundle(one.stage.bundle, tmp_path, UNHEALTHY))
    words = ["deploy-all", "--env", "staging", "--force", "--bundle", bad, "--parallel", "2"]
    running, _ = one.begin_up_to_canary(tmp_path / "run", *words)
    running.kill()
    running.wait(60)
    assert len(other.locks()) == len(TENANTS)
    (lock_id,) = {lock["id"] for lock in other.locks().values()}
    assert other.deploy().code == 9
    freed = other.run("unlock", "--run", lock_id, "--reason", "killed")
    assert freed.code == 0, freed.said
    assert other.locks() == {}
    assert other.deploy().code == 0


def test_silent_remote_stops_a_deploy_before_it_begins(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    one, _ = machines
    url = git(one.project.root, "remote", "get-url", "origin")
    git(one.project.root, "remote", "set-url", "origin", str(tmp_path / "gone.git"))
    try:
        refused, local = one.deploy(), one.deploy("--lock", "local")
    finally:
        git(one.project.root, "remote", "set-url", "origin", url)
    assert refused.code == 6, refused.said
    assert "git ls-remote origin" in refused.err
    assert local.code == 0, local.said
    assert one.last()["lock"] == "local"


def test_demanded_lock_without_a_remote_stops_the_deploy(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    """Upload, traffic and settings are as they were; an option goes on with the local lock."""
    one, _ = machines
    url = git(one.project.root, "remote", "get-url", "origin")
    file = one.project.root / "fleet.jsonc"
    before = file.read_text()
    file.write_text(before.replace("{", '{ "lock": "shared",', 1))
    git(one.project.root, "remote", "remove", "origin")
    try:
        writes = len(one.stage.writes())
        refused = one.deploy()
        assert one.stage.writes()[writes:] == []
        local = one.deploy("--lock", "local")
    finally:
        git(one.project.root, "remote", "add", "origin", url)
        file.write_text(before)
    assert refused.code == 2, refused.said
    assert "fleet.jsonc demands the shared lock, and edgefleet cannot take it: " in refused.err
    assert local.code == 0, local.said
    assert "note: fleet.jsonc demands the shared lock" in local.err
    assert one.last()["lock"] == "local"


@pytest.fixture
def pushes(machines: tuple[Machine, Machine]) -> Iterator[Callable[[], list[int]]]:
    """Count the refs of each push that the remote takes."""
    remote = Path(git(machines[0].project.root, "remote", "get-url", "origin"))
    hook, counted = remote / "hooks/post-receive", remote / "pushes"
    hook.write_text("#!/bin/sh\ngrep -c . >> pushes\n")
    hook.chmod(0o755)
    yield lambda: [int(line) for line in counted.read_text().split()]
    hook.unlink()
    counted.unlink()


def test_a_run_costs_one_push_and_one_delete_for_one_target(
    machines: tuple[Machine, Machine], pushes: Callable[[], list[int]]
) -> None:
    assert machines[0].deploy().code == 0
    assert pushes() == [1, 1]


def test_a_fleet_costs_two_pushes_however_many_targets_it_has(
    machines: tuple[Machine, Machine], pushes: Callable[[], list[int]]
) -> None:
    one, _ = machines
    words = ["deploy-all", "--env", "staging", "--engine", "api", "--force"]
    ran = one.run(*words, "--bundle", str(one.stage.bundle))
    assert ran.code == 0, ran.said
    assert pushes() == [len(TENANTS)] * 2


def test_a_look_shows_who_holds_a_target_and_takes_no_lock(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    one, other = machines
    words = one.words("--reason", "release 8")
    running, canary = one.begin_up_to_canary(tmp_path / "run", *words)
    looks = ("--tenants", "all", "--env", "staging", "--format", "json")
    bundle = ("--bundle", str(one.stage.bundle))
    seen = [other.run("plan", *looks, *bundle), *(other.run(it, *looks) for it in LOOKS)]
    canary.let_go()
    assert running.wait(100) == 0
    for ran in seen:
        assert f"note: {NAME} is held by" in ran.err
        held = {_name(found): found["locked_by"] for found in json.loads(ran.out)}
        assert held[NAME]["reason"] == "release 8"
        assert held[f"{TENANTS[1]}-staging"] is None
    free = other.run("health", *looks)
    assert "is held by" not in free.err
    assert {found["locked_by"] for found in json.loads(free.out)} == {None}


LOOKS = ("drift", "health")


def _name(found: dict[str, Any]) -> str:
    target = found.get("target", found)
    return f"{target['tenant']}-{target['environment']}"


def test_remote_lost_during_a_deploy_restores(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    one, other = machines
    assert one.deploy().code == 0
    before = live(one)
    running, canary = one.begin_up_to_canary(tmp_path / "run", *one.words())
    assert one.last()["phase"] == "canary"
    url = git(one.project.root, "remote", "get-url", "origin")
    git(one.project.root, "remote", "set-url", "origin", str(tmp_path / "gone.git"))
    canary.let_go()
    try:
        code = running.wait(100)
    finally:
        git(one.project.root, "remote", "set-url", "origin", url)
    said = (tmp_path / "run/err").read_text()
    assert code == 6, said
    assert live(other) == before
    named = re.search(r"edgefleet unlock --run \S+ --reason '[^']*'", said)
    assert named, said
    freed = one.run(*shlex.split(fill(named[0], {}))[1:])
    assert freed.code == 0, freed.said
    assert NAME not in one.locks()


def test_rollback_takes_one_target_from_a_running_shard(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    """Review 7: a shard that ends well never undoes a rollback that ended well."""
    one, other = machines
    assert one.deploy().code == 0
    back_to = one.last()["previous_version_id"]
    canary = one.gate.hold("GET", "http://bluey-ai-worker-staging.*/health")
    bundle = ("--bundle", str(one.stage.bundle))
    words = ["deploy-all", "--env", "staging", "--force", "--parallel", "2", *bundle]
    shard = one.begin(tmp_path / "shard", *words, "--health-timeout", "100")
    canary.wait()
    mine = [record for record in one.project.records() if record.get("tenant") == ONE]
    assert (mine[-1]["status"], mine[-1]["phase"]) == ("in_progress", "canary")
    write = other.gate.hold("POST", "*/scripts/bluey-ai-worker-staging/deployments")
    words = ["rollback", *TARGETS, "--to", back_to, "--take-over-lock", "--replace-split"]
    rolling_back = other.begin(tmp_path / "rollback", *words)
    write.wait()
    canary.let_go()
    assert shard.wait(100) == 10, (tmp_path / "shard/err").read_text()
    write.let_go()
    assert rolling_back.wait(100) == 0, (tmp_path / "rollback/err").read_text()
    assert live(other) == back_to
    (ran,) = sorted((one.project.root / "deployments").glob("fleet-*.json"))[-1:]
    members = {member["tenant"]: member for member in json.loads(ran.read_text())["members"]}
    assert members[TENANTS[1]]["outcome"] == "succeeded"
    assert other.last()["lock_id"] in members[ONE]["error"]["message"]
    assert one.locks() == {}
