"""A fleet of eleven: ten mean harm, each in another way, and one is good.

A Worker is hostile in what it answers (`support.hostile`), an account in what its API answers
(`support.tamper`, a proxy before localedge).
"""

import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.core.redaction import known_secrets
from edgefleet.core.secret import Secret
from support import forked
from support.hostile import COMMANDS, TERMINAL, Hostile, hostile, whole
from support.localedge import LocalEdge
from support.many import edge_of, make_many, names_of, store_bundle, token
from support.ports import wait_for
from support.project import ROOT, Project, Ran
from support.tamper import MODES, Tamper, tampering

*BAD, GOOD = names_of(11)
ALL = ("--tenants", "all", "--env", "staging")
SCRIPT = "{}-worker-staging"
LONGEST_LINE = 1200
CODE_OF_MANY = 10
LOOK_SECONDS = "6"
"""How long Workers are asked: enough for the good one, however busy ten others keep the machine."""
LONGEST, SOON = 90, 60
"""Seconds, on a busy machine too: of a command over all; of one that is stopped, and that would
ask for 600 seconds or for good."""
WORKERS = (
    *("deep", "surrogate", "esc", "esccode", "drip"),
    *("dripheader", "endless", "badstatus", "password", "drip100"),
)
APIS = (
    *("deep", "errors5", "surr", "esc", "echo", "longmsg", "hugecode", "redirect", "list"),
    "status100",
)


@dataclass
class Arena:
    """The fleet, and what stands between it and its Cloudflare."""

    project: Project
    edge: LocalEdge
    workers: Hostile
    tamper: Tamper
    bundles: Path
    number: int = 0

    def bundle(self) -> str:
        """Store a bundle that was never deployed, and return its folder."""
        self.number += 1
        return str(store_bundle(self.bundles, self.number))

    def account(self, tenant: str) -> str:
        """Return a tenant's account id."""
        return str(self.project.wrangler(tenant)["account_id"])

    def live(self, tenant: str) -> list[tuple[str, float]]:
        """Return which versions of a tenant's script have which share of the traffic."""
        api = Cloudflare(self.edge.api, Secret(token(tenant)))
        path = f"/accounts/{self.account(tenant)}/workers/scripts/{SCRIPT.format(tenant)}"
        newest = api.get(f"{path}/deployments", dict)["deployments"][0]
        return [(one["version_id"], one["percentage"]) for one in newest["versions"]]

    def deploy_all(self, *more: str) -> tuple[str, ...]:
        """Return the command that deploys a new bundle to all of them at once."""
        words = ("deploy-all", "--env", "staging", "--engine", "api", "--bundle", self.bundle())
        return (*words, "--parallel", "11", "--health-timeout", LOOK_SECONDS, *more)

    def peace(self) -> None:
        """Make all Workers and accounts harmless again."""
        self.workers.modes.clear()
        self.tamper.modes.clear()
        self.workers.asked.clear()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """Deploy the whole fleet, while all is well."""
    project = make_many(tmp_path_factory.mktemp("fleet"), len(BAD) + 1)
    with (
        edge_of(project, tmp_path_factory.mktemp("edge")) as edge,
        tampering(edge.api) as tamper,
        hostile() as workers,
    ):
        workers.good = lambda host, headers: _served(edge, host, headers.get(OVERRIDE, ""))
        workers_dev = workers.url.replace("127.0.0.1", "workers.localhost")
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": tamper.url,
            "EDGEFLEET_WORKERS_DEV": workers_dev,
        }
        arena = Arena(project, edge, workers, tamper, tmp_path_factory.mktemp("bundles"))
        done = project.run(*arena.deploy_all())
        assert done.code == 0, done.said
        yield arena


@pytest.fixture
def arena(opened: Arena) -> Iterator[Arena]:
    """Lend the fleet to a test, in peace."""
    opened.peace()
    yield opened
    opened.peace()


OVERRIDE = "cloudflare-workers-version-overrides"


def _served(edge: LocalEdge, script: str, override: str) -> bytes:
    """Return what localedge answers for a script of this fleet, as it came."""
    tenant = script.partition("-")[0]
    connection = HTTPConnection("127.0.0.1", edge.port, timeout=60)
    host = f"{script}.{tenant}.workers.localhost:{edge.port}"
    connection.request("GET", "/health", headers={"Host": host, OVERRIDE: override})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return whole(body, f"{answer.status} {answer.reason}")


def require_harmless(done: Ran) -> None:
    """Nothing of what was printed is a command, redraws a terminal, is endless, or a token."""
    for line in done.said.splitlines():
        assert line.isprintable(), ascii(line)
        assert not line.lstrip().startswith(("::", "```"))
        assert "##[" not in line
        assert len(line) < LONGEST_LINE
    assert not any(token(tenant) in done.said for tenant in (*BAD, GOOD))
    assert "a fault in edgefleet itself" not in done.said


def test_health_shows_the_good_one_beside_ten_hostile_workers(arena: Arena) -> None:
    """Review 4, 8, 17: one such Worker ended or silenced the command over many."""
    arena.workers.modes.update(zip(map(SCRIPT.format, BAD), WORKERS, strict=True))
    begun = time.monotonic()
    done = arena.project.run("health", *ALL, "--timeout", LOOK_SECONDS)
    assert time.monotonic() - begun < LONGEST
    assert done.code == 7, done.said
    assert f"{GOOD}-staging: healthy" in done.out
    for tenant in BAD:
        assert f"{tenant}-staging: unhealthy" in done.out
    require_harmless(done)


def test_health_is_json_whatever_workers_say(arena: Arena) -> None:
    """Review 17: half an emoji on stdout."""
    arena.workers.modes.update({"*": "surrogate", SCRIPT.format(GOOD): ""})
    done = arena.project.run("health", *ALL, "--timeout", LOOK_SECONDS, "--format", "json")
    found = {one["tenant"]: one["healthy"] for one in json.loads(done.out)}
    assert found == dict.fromkeys(BAD, False) | {GOOD: True}


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_a_look_shows_the_good_one_beside_ten_hostile_accounts(arena: Arena, command: str) -> None:
    """Review 8, 9, 17: `"errors": 5`, an error with the token, ten megabytes of message."""
    arena.tamper.modes.update(zip(map(arena.account, BAD), APIS, strict=True))
    bundle = ("--bundle", arena.bundle()) if command == "plan" else ()
    begun = time.monotonic()
    done = arena.project.run(command, *ALL, *bundle)
    assert time.monotonic() - begun < LONGEST
    assert done.code in {5, 6}, done.said
    assert f"{GOOD}-staging" in done.out, done.said
    for tenant in BAD:
        assert f"error: {tenant}-staging: could not check" in done.err
    require_harmless(done)


def test_deploy_all_serves_the_good_one_and_puts_back_the_others(arena: Arena) -> None:
    """Review 1, 4, 17: half an emoji left an unhealthy version live, a drip held the command."""
    before = {tenant: arena.live(tenant) for tenant in (*BAD, GOOD)}
    by_worker, by_api = BAD[:5], BAD[5:]
    modes = dict(zip(map(SCRIPT.format, by_worker), WORKERS, strict=False))
    arena.workers.modes.update(modes)
    apis = ("errors5", "surr", "esc", "echo", "longmsg")
    arena.tamper.modes.update(zip(map(arena.account, by_api), apis, strict=True))
    arena.tamper.matches = lambda method, _path: method != "GET"
    begun = time.monotonic()
    done = arena.project.run(*arena.deploy_all("--continue-on-error"))
    arena.tamper.matches = lambda _method, _path: True
    assert time.monotonic() - begun < LONGEST
    assert done.code == CODE_OF_MANY, done.said
    records = {one["tenant"]: one for one in arena.project.records() if "tenant" in one}
    assert {name: one["status"] for name, one in records.items()} == (
        dict.fromkeys(by_worker, "restored") | dict.fromkeys(by_api, "failed") | {GOOD: "succeeded"}
    )
    assert arena.live(GOOD) != before[GOOD]
    for tenant in BAD:
        assert arena.live(tenant) == before[tenant]
        assert token(tenant) not in json.dumps(records[tenant])
    require_harmless(done)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_look_at_dripping_workers_at_once(
    arena: Arena, number: signal.Signals
) -> None:
    """Review 4: not even SIGTERM ended the wait for an answer."""
    arena.workers.modes["*"] = "drip"
    code, seconds = stopped(arena, number, "health", *ALL, "--timeout", "600")
    assert (code, seconds < SOON) == (130, True)


@pytest.mark.parametrize("command", ["plan", "drift"])
@pytest.mark.parametrize("mode", ["drip", "endless"])
def test_ctrl_c_ends_a_look_at_accounts_that_never_end_at_once(
    arena: Arena, command: str, mode: str
) -> None:
    """Review 4: the same of what Cloudflare's API answers, in the threads that ask it."""
    arena.tamper.modes["*"] = mode
    bundle = ("--bundle", arena.bundle()) if command == "plan" else ()
    code, seconds = stopped(arena, signal.SIGINT, command, *ALL, *bundle)
    assert (code, seconds < SOON) == (130, True)


def test_a_stop_ends_deploy_all_and_puts_back_what_is_half_done(arena: Arena) -> None:
    """Review 4: threads were deaf to SIGTERM, for ten minutes, and traffic was left split."""
    before = {tenant: arena.live(tenant) for tenant in (*BAD, GOOD)}
    arena.workers.modes["*"] = "drip"
    command = arena.deploy_all("--health-timeout", "600")
    code, seconds = stopped(arena, signal.SIGTERM, *command, again=True)
    assert (code, seconds < SOON) == (130, True)
    assert {tenant: arena.live(tenant) for tenant in before} == before


def stopped(
    arena: Arena, number: signal.Signals, *words: str, again: bool = False
) -> tuple[int, float]:
    """Stop a command that waits for answers; return its exit code, and how long that took.

    It waits for those of all Workers, or of the first accounts.
    """
    arena.workers.asked.clear()
    arena.tamper.asked.clear()
    process = subprocess.Popen(
        arena.project.command(*words),
        cwd=arena.project.root,
        env=arena.project.environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(
            lambda: bool(arena.tamper.asked) or len(set(arena.workers.asked)) == len(BAD) + 1,
            "all to be asked",
        )
        begun = time.monotonic()
        process.send_signal(number)
        if again:
            time.sleep(0.3)
            process.send_signal(number)
        return process.wait(100), time.monotonic() - begun
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("mode", MODES)
def test_no_answer_of_the_api_is_more_than_an_error_in_one_line(arena: Arena, mode: str) -> None:
    """review, 3.3: endless and dripping answers, deep nesting, numbers without end."""
    known_secrets.add(Secret(token(GOOD)))
    arena.tamper.modes["*"] = mode
    api = Cloudflare(arena.tamper.url, Secret(token(GOOD)), sleep=lambda _: None, timeout=0.2)
    begun = time.monotonic()
    with pytest.raises(ApiError) as caught:
        api.get(f"/accounts/{arena.account(GOOD)}/workers/scripts", list[dict])  # type: ignore[type-arg]
    assert time.monotonic() - begun < LONGEST
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < LONGEST_LINE
    assert token(GOOD) not in caught.value.message


def test_what_others_wrote_at_cloudflare_is_a_line_of_history(arena: Arena) -> None:
    """Review 8: the message of a deployment began lines of the log with workflow commands."""
    (version, _), *_ = arena.live(GOOD)
    api = Cloudflare(arena.edge.api, Secret(token(GOOD)))
    path = f"/accounts/{arena.account(GOOD)}/workers/scripts/{SCRIPT.format(GOOD)}/deployments"
    body = {
        "strategy": "percentage",
        "versions": [{"version_id": version, "percentage": 100}],
        "annotations": {"workers/message": COMMANDS + TERMINAL.replace("\x00", "")},
    }
    api.write("POST", path, body)
    for command in ("history", "drift"):
        done = arena.project.run(command, "--tenants", GOOD, "--env", "staging")
        assert done.code in {0, 3}, done.said
        require_harmless(done)


PROGRAM = """
import sys
asked = dict(line.strip().split("=", 1) for line in sys.stdin if "=" in line)
print("token=canary-" + asked["tenant"] + "-9d4c1e77ab02f356")
"""


@pytest.fixture
def job(arena: Arena, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Stand in a job of GitHub Actions whose tokens a program hands out."""
    program, kept = tmp_path / "program.py", arena.project.root / ".env.deploy"
    program.write_text(PROGRAM)
    kept.rename(tmp_path / "kept")
    yield {
        "GITHUB_ACTIONS": "true",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "page"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "EDGEFLEET_CREDENTIAL_COMMAND": shlex.join([sys.executable, str(program)]),
    }
    (tmp_path / "kept").rename(kept)


@pytest.mark.parametrize("engine", ["api", "wrangler"])
def test_token_of_a_program_appears_only_in_its_mask(
    arena: Arena, job: dict[str, str], tmp_path: Path, engine: str
) -> None:
    """Review 9: an error that repeats it put it into the log, onto the page, into the artifact."""
    shard = (GOOD, BAD[0])
    arena.tamper.modes[arena.account(BAD[0])] = "echo"
    arena.tamper.matches = lambda method, _path: method != "GET"
    words = ["deploy", "--env", "staging", "--tenants", ",".join(shard)]
    words += ["--bundle", arena.bundle(), "--engine", engine]
    code, log = step(arena, job, "run_shard.py", *words)
    arena.tamper.matches = lambda _method, _path: True
    assert code == CODE_OF_MANY, log
    for tenant in shard:
        held = {line for line in log.splitlines() if token(tenant) in line}
        assert held == {f"::add-mask::{token(tenant)}"}
    failed = [one for one in arena.project.records() if one.get("tenant") == BAD[0]][-1]
    assert "not with Bearer [redacted]" in failed["error"]["message"]
    done = [one for one in arena.project.records() if one.get("tenant") == GOOD][-1]
    assert (done["status"], done["engine"]) == ("succeeded", engine)
    collected = step(arena, job, "collect_artifacts.py", "--output", engine, "deployments")
    assert collected[0] == 0, collected
    files = [tmp_path / "page", tmp_path / "output"]
    files += [one for one in arena.project.root.rglob("*.json") if "node_modules" not in one.parts]
    for file in files:
        if file.exists():
            assert not any(token(tenant) in file.read_text() for tenant in shard), file


def step(arena: Arena, job: dict[str, str], script: str, *words: str) -> tuple[int, str]:
    """Run a step's script as a job does; return its exit code and its log."""
    done = forked.run(
        "python",
        [str(ROOT / "ci" / script), *words],
        cwd=arena.project.root,
        env=arena.project.environment(job),
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr
