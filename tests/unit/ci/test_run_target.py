"""What a job says where it lacks what it needs, what it shows, and how it ends."""

import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import collect_artifacts
import run_shard
import run_target
from act_copy import commit
from edgefleet.actions.github_actions import annotate
from edgefleet.actions.jobs import drift_job, results, shard_job, target_job
from edgefleet.actions.jobs.options import DeployOptions, RollbackJobOptions
from edgefleet.actions.jobs.outcomes import read_outcomes
from edgefleet.config.target import STAGING, Target
from edgefleet.drift.models import Drift
from edgefleet.drift.report_file import read_drifts
from edgefleet.locks import lease as locking
from edgefleet.locks.lease import SharedLocks
from edgefleet.locks.refs import LockRefs
from edgefleet.records.models import Action, RecordedError, Status
from support.drifts import drift_of, write_drifts
from support.github import github
from support.many import make_tenant
from support.records import run

PAGE = "page.md"
OPAQUE = "q8Zr2Lw9" * 4
"""What only its name tells to be a secret."""

LIVE = {
    "OPENAI_KEY": f"sk-{OPAQUE}",
    "UPSTREAM_TOKEN": OPAQUE,
    "DB_PASSWORD": "hunter22",
    "DSN": "postgres://me:hunter33@db.example",
    "PEM": "-----BEGIN PRIVATE KEY-----\nMIIbody\n-----END PRIVATE KEY-----\n",
    "SETTINGS": f'{{"API_KEY": "{OPAQUE}", "DEPLOY": "ghp_{"a1B2" * 9}"}}',
    "LENT": 'the "lent" token',
}
"""Vars that were put at Cloudflare, in clear."""

CANARIES = (OPAQUE, "hunter22", "hunter33", "MIIbody", "a1B2a1B2", "lent")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, without tokens."""
    monkeypatch.chdir(tmp_path)
    for name in ("CLOUDFLARE_API_TOKEN", "EDGEFLEET_CREDENTIAL_COMMAND"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", PAGE)


@pytest.mark.parametrize("action", ["plan", "deploy", "rollback", "canary", "drift"])
def test_an_environment_without_the_secret_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, action: str
) -> None:
    code = run_target.main([action, "--tenant", "acme", "--env", "staging"])
    assert code == 5
    said = capsys.readouterr().err
    assert "the GitHub environment of acme-staging has no secret CLOUDFLARE_API_TOKEN" in said
    assert list(tmp_path.iterdir()) == []


def test_a_fleets_environment_without_its_program_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = run_shard.main(["deploy", "--env", "production", "--tenants", "acme,birch"])
    assert code == 5
    said = capsys.readouterr().err
    assert "fleet-production has no variable EDGEFLEET_CREDENTIAL_COMMAND" in said


def plays(monkeypatch: pytest.MonkeyPatch, run: Callable[..., tuple[int, str]]) -> None:
    """Let a function stand for edgefleet; what it would write to stderr is its last word."""

    def aside(*arguments: str) -> tuple[int, str, str]:
        code, out = run(*arguments)
        return code, out, "error: it is red\n" if code else ""

    for script in (target_job, shard_job, drift_job):
        monkeypatch.setattr(script, "run_edgefleet", run)
    for script in (target_job, shard_job):
        monkeypatch.setattr(script, "run_edgefleet_aside", aside)
    monkeypatch.setattr(target_job, "run_edgefleet_noted", aside)


def smoked(code: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[tuple[str, ...]]]:
    """Run the smoke test of acme-staging where edgefleet ends with `code`."""
    asked: list[tuple[str, ...]] = []

    def run(*arguments: str) -> tuple[int, str]:
        asked.append(arguments)
        return code, "told"

    plays(monkeypatch, run)
    target = Target(tenant="acme", environment=STAGING)
    return target_job.TargetJob(target, DeployOptions(), RollbackJobOptions()).smoke(), asked


@pytest.mark.parametrize("code", [0, 5, 7])
def test_a_smoke_test_gets_the_targets_own_key_and_decides(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setenv("EDGEFLEET_SMOKE_KEY", "canary-key")
    monkeypatch.setenv("EDGEFLEET_SMOKE_KEY_ACME_STAGING", "")
    ended, asked = smoked(code, monkeypatch)
    assert ended == code
    assert asked == [("health", "--tenants", "acme", "--env", "staging", "--smoke")]
    assert os.environ["EDGEFLEET_SMOKE_KEY_ACME_STAGING"] == "canary-key"
    assert "EDGEFLEET_SMOKE_KEY" not in os.environ


def test_page_says_that_there_was_no_smoke_test(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EDGEFLEET_SMOKE_KEY", raising=False)
    assert smoked(5, monkeypatch)[0] == 0
    assert "no smoke test: no secret EDGEFLEET_SMOKE_KEY" in capsys.readouterr().out
    assert smoked(7, monkeypatch)[0] == 7


def live_is(drift: Drift, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let edgefleet find this drift, and show it as a plan, too."""

    def run(*arguments: str) -> tuple[int, str]:
        if "--output" in arguments:
            write_drifts(Path(arguments[arguments.index("--output") + 1]), [drift])
        return 3, "\n".join(f"- vars.{name}: {json.dumps(value)}" for name, value in LIVE.items())

    plays(monkeypatch, run)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", LIVE["LENT"])
    monkeypatch.setenv("EDGEFLEET_CREDENTIAL_COMMAND", "true")


ACME = ["--tenant", "acme", "--env", "staging"]


@pytest.mark.parametrize(
    ("deployed", "asked"), [(False, [False]), (True, [False, True])], ids=["never", "once"]
)
def test_missing_script_is_drift_after_a_known_deploy(
    monkeypatch: pytest.MonkeyPatch, *, deployed: bool, asked: list[bool]
) -> None:
    given: list[bool] = []
    absent = drift_of("acme").model_copy(update={"deployed": False})

    def run(*arguments: str) -> tuple[int, str]:
        given.append("--deployed" in arguments)
        found = drift_of("acme", GONE="1") if given[-1] else absent
        write_drifts(Path(arguments[arguments.index("--output") + 1]), [found])
        return 3 if given[-1] else 0, ""

    plays(monkeypatch, run)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    with github() as hub:
        for name, value in hub.environ().items():
            monkeypatch.setenv(name, value)
        if deployed:
            hub.deployed("acme-staging", "c")
        assert run_target.main(["drift", *ACME]) == 0
    assert given == asked
    (found,) = read_drifts([Path(".edgefleet/results")])
    assert found.drifting is deployed


@pytest.mark.parametrize(
    ("error", "code"),
    [({"code": "not-built", "commit": "c" * 40}, 0), ({"code": "config"}, 4)],
    ids=["not built yet", "not readable"],
)
def test_an_unbuilt_commit_is_left_to_a_later_job(
    monkeypatch: pytest.MonkeyPatch, error: dict[str, str], code: int
) -> None:
    asked: list[str] = []
    words = {"message": "it is so", "hint": "", "exit_code": 4, **error}

    def run(*arguments: str) -> tuple[int, str]:
        asked.extend(arguments)
        target = {"tenant": "acme", "environment": "staging"}
        entry = {"target": target, "tenant": "acme", "state": "unknown", "error": words}
        Path(arguments[arguments.index("--output") + 1]).write_text(json.dumps([entry]))
        return 4, ""

    plays(monkeypatch, run)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    assert run_target.main(["drift", *ACME, "--built", f"{'a' * 40}=failed"]) == code
    assert asked[asked.index("--built") + 1] == f"{'a' * 40}=failed"
    kept = Path(".edgefleet/results/unbuilt.json")
    assert kept.exists() is (code == 0)


def test_a_rollback_is_given_the_bundle_that_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def run(*arguments: str) -> tuple[int, str]:
        asked.extend(arguments)
        return 6, ""

    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    plays(monkeypatch, run)
    given = ["--to", "c" * 40, "--reason", "evening", "--digest", "d" * 64]
    assert run_target.main(["rollback", *ACME, *given]) == 6
    words = " ".join(asked)
    assert f"--bundle .edgefleet/bundle --expect-digest {'d' * 64} --engine api" in words


def test_secret_in_clear_is_drift_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    live_is(drift_of("acme", LOG_LEVEL="debug", **LIVE), monkeypatch)
    assert run_target.main(["drift", *ACME]) == 0
    assert collect_artifacts.main(["--output", "artifact", ".edgefleet/results"]) == 0
    (found,) = read_drifts([Path("artifact")])
    values = {one.change.path: one.change.before for one in found.findings}
    assert values.keys() == {f"vars.{name}" for name in ("LOG_LEVEL", *LIVE)}
    assert values["vars.LOG_LEVEL"] == "debug"
    assert values["vars.SETTINGS"] == '{"API_KEY": "[redacted]", "DEPLOY": "[redacted]"}'
    files = (file.read_text() for file in Path("artifact").rglob("*") if file.is_file())
    shown = "".join([*capsys.readouterr(), Path(PAGE).read_text(), *files])
    assert "+ vars.OPENAI_KEY: " in shown
    assert [canary for canary in CANARIES if canary in shown] == []


@pytest.mark.parametrize(
    "main",
    [
        lambda: run_target.main(["plan", *ACME]),
        lambda: run_shard.main(["plan", "--env", "staging", "--tenants", "acme"]),
    ],
    ids=["of a target", "of a shard"],
)
def test_a_plan_shows_no_secret_that_is_live_in_clear(
    main: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    live_is(drift_of("acme"), monkeypatch)
    assert main() == 3
    out, page = capsys.readouterr().out, Path(PAGE).read_text()
    assert "- vars.OPENAI_KEY: " in out
    assert "- vars.OPENAI_KEY: " in page
    # The job's own secret is found as it is written; JSON writes this one otherwise.
    (kept,) = results.RESULTS.glob("plan-*.txt")  # F13: it was in no artifact
    assert "- vars.OPENAI_KEY: " in kept.read_text()
    told = out + page + kept.read_text()
    assert [canary for canary in CANARIES[:-1] if canary in told] == []


def test_an_annotation_is_cleaned_too(capsys: pytest.CaptureFixture[str]) -> None:
    annotate("error", "acme-staging", f"refused: sk-{OPAQUE}")
    assert capsys.readouterr().out == "::error title=acme-staging::refused: [redacted]\n"


@pytest.mark.parametrize(
    ("planned", "commands"),
    [(130, ["plan"]), (6, ["plan", "deploy"])],
    ids=["cancelled", "could not check"],
)
def test_a_job_that_is_cancelled_while_it_plans_deploys_nothing(
    monkeypatch: pytest.MonkeyPatch, planned: int, commands: list[str]
) -> None:
    asked: list[str] = []

    def run(*arguments: str) -> tuple[int, str]:
        asked.append(arguments[0])
        return planned, ""

    plays(monkeypatch, run)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    assert run_target.main(["deploy", *ACME]) == planned
    assert asked == commands


@pytest.mark.parametrize(("error", "ended"), [("held", 0), ("unhealthy", 7)])
def test_a_hold_that_began_since_is_no_failure_of_the_job(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: str, ended: int
) -> None:
    told = RecordedError(code=error, message="acme is as it is", hint="do this")
    record = run(0, 1, status=Status.FAILED, error=told)

    def edgefleet(*arguments: str) -> tuple[int, str]:
        return 7, record.model_dump_json() if arguments[0] == "deploy" else ""

    plays(monkeypatch, edgefleet)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    assert run_target.main(["deploy", *ACME, "--force", "true"]) == ended
    level = "error" if ended else "notice"
    assert f"::{level} title=acme-staging::acme is as it is%0Ado this" in capsys.readouterr().out
    assert "acme-staging: failed\n  acme is as it is" in Path(PAGE).read_text()


def planted(tracked: bool) -> None:
    """Let a good record of a later day lie in the checkout, and another address in it."""
    folder = Path("deployments")
    folder.mkdir()
    lie = run(0, 1, url="https://evil.example/login", bundle_digest="f" * 64)
    (folder / "acme-staging-20990101T000000Z.json").write_text(lie.model_dump_json())
    if tracked:
        commit(Path.cwd())


@pytest.mark.parametrize("tracked", [False, True], ids=["left there", "committed"])
def test_a_planted_record_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tracked: bool
) -> None:
    """Review 6: a failed deploy stays red, and its address is its own."""
    planted(tracked)
    failed = run(0, 1, status=Status.FAILED, error=RecordedError(code="cloudflare", message="400"))
    plays(monkeypatch, lambda *_: (6, failed.model_dump_json()))
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    monkeypatch.setenv("GITHUB_OUTPUT", "output")
    assert run_target.main(["deploy", *ACME]) == (4 if tracked else 6)
    assert not Path("output").exists()
    out = capsys.readouterr().out
    told = "git tracks deployments/" if tracked else "records that this job did not write"
    assert told in out


def test_a_rollback_removes_planted_records_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Review 6: `previous` is not where a planted record leads."""
    planted(tracked=True)
    went = run(0, 1, action=Action.ROLLBACK, git_commit="c" * 40, url="https://acme.example")
    plays(monkeypatch, lambda *_: (0, went.model_dump_json()))
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    monkeypatch.setenv("GITHUB_OUTPUT", "output")
    assert run_target.main(["rollback", *ACME, "--reason", "evening"]) == 0
    assert list(Path("deployments").iterdir()) == []
    assert f"https://acme.example#rollback={'c' * 40}\n" in Path("output").read_text()


@pytest.mark.parametrize(
    ("action", "options"),
    [
        ("deploy", ["--take-over-lock", "--replace-split"]),
        ("rollback", ["--wait", "15m"]),
        ("", ["--wait", "15m"]),
    ],
    ids=["a deploy", "another rollback", "none"],
)
def test_a_rollback_takes_the_lock_over_from_a_deploy_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, action: str, options: list[str]
) -> None:
    commit(tmp_path)
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(tmp_path, "remote", "add", "origin", "remote.git")
    if action:
        locks = SharedLocks(LockRefs(tmp_path, os.environ), lambda _: False)
        locks.take(["acme-staging"], locking.LockOwner(action, "alice"), datetime.now(UTC))
    asked: list[tuple[str, ...]] = []

    def edgefleet(*arguments: str) -> tuple[int, str]:
        asked.append(arguments)
        return 6, ""

    plays(monkeypatch, edgefleet)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    monkeypatch.setenv("EDGEFLEET_LOCK_TOKEN", "canary-of-the-job")
    assert run_target.main(["rollback", *ACME, "--reason", "evening"]) == 6
    assert list(asked[0][5 : 5 + len(options)]) == options
    monkeypatch.setenv("EDGEFLEET_LOCK", "local")
    assert run_target.main(["rollback", *ACME, "--reason", "evening"]) == 6
    monkeypatch.delenv("EDGEFLEET_LOCK")
    git(tmp_path, "remote", "remove", "origin")
    assert run_target.main(["rollback", *ACME, "--reason", "evening"]) == 6
    assert [words[5] for words in asked[1:]] == ["--to=previous"] * 2


def test_older_commit_is_superseded_also_when_re_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """F1, R29 b."""
    error = RecordedError(code="superseded", message="commit a is older than commit b")
    record = run(0, 1, status=Status.FAILED, error=error)
    plays(monkeypatch, lambda *_: (2, record.model_dump_json()))
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    assert run_target.main(["deploy", *ACME]) == 0
    out = capsys.readouterr().out
    assert "::notice title=acme-staging::superseded: commit a is older than commit b" in out
    assert "(attempt 2 of a run deploys the commit of its first)" in out
    (told,) = read_outcomes(Path(".edgefleet/results")).values()
    assert told.outcome == "superseded"


@pytest.mark.parametrize("given", [{}, {"allow-older": "true", "allow-foreign": "true"}])
def test_a_deploy_hands_on_the_digest_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    """Review 3, F1."""
    asked: list[tuple[str, ...]] = []

    def edgefleet(*arguments: str) -> tuple[int, str]:
        asked.append(arguments)
        return 6, ""

    plays(monkeypatch, edgefleet)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    options = [word for name, value in given.items() for word in (f"--{name}", value)]
    assert run_target.main(["deploy", *ACME, "--digest", "d" * 64, *options]) == 6
    for words in asked:
        assert words[words.index("--expect-digest") + 1] == "d" * 64
    assert {f"--{name}" for name in given} == {one for one in asked[-1] if one[:8] == "--allow-"}


def test_a_refusal_names_the_input_that_stands_for_the_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A13, R29 b: `edgefleet deploy` cannot be typed where the token is."""
    told = RecordedError(code="usage", message="not ours", hint="edgefleet deploy --allow-foreign")
    record = run(0, 1, status=Status.FAILED, error=told)
    plays(monkeypatch, lambda *_: (2, record.model_dump_json()))
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    assert run_target.main(["deploy", *ACME]) == 2
    assert "--allow-foreign (deploy.yml: allow_foreign=true)" in capsys.readouterr().out


def test_unread_plan_and_failed_smoke_test_are_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """F4."""
    make_tenant(tmp_path, "acme")
    (tmp_path / "src/worker/index.ts").touch()
    plays(monkeypatch, lambda *_: (5, ""))
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "canary-token")
    assert run_target.main(["plan", *ACME]) == 5
    (told,) = read_outcomes(Path(".edgefleet/results")).values()
    assert (told.outcome, told.why) == ("plan not shown", "it is red")
    assert "::warning title=acme-staging::its plan could not be shown: it is red" in (
        capsys.readouterr().out
    )
    good = run(0, 1, url="https://acme.example", bundle_digest="d" * 64)
    ends = {"plan": (0, ""), "deploy": (0, good.model_dump_json()), "health": (7, "")}
    plays(monkeypatch, lambda *arguments: ends[arguments[0]])
    assert run_target.main(["deploy", *ACME]) == 7
    (told,) = read_outcomes(Path(".edgefleet/results")).values()
    assert (told.outcome, told.why) == ("deployed, smoke test failed", "it is red")
    assert "::error title=acme-staging::deployed, smoke test failed" in capsys.readouterr().out
