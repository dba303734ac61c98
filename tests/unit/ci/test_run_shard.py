"""A shard keeps what a single target promises: its proof, its smoke tests, its reason."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import run_shard
from edgefleet.actions.jobs import shard_job
from edgefleet.actions.jobs.outcomes import read_outcomes
from edgefleet.config.target import STAGING, Target
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.records.models import RecordedError, Status
from support.records import NOON

DIGEST = "d" * 64
DEPLOY = ["deploy", "--env", "staging", "--tenants", "birch,cedar"]
OLDER = RecordedError(code="superseded", message="commit a is older than commit b, which is live")


def fleet(*members: tuple[str, Outcome, RecordedError | None]) -> str:
    """Return what deploy-all prints of these."""
    left = any(not outcome.done for _, outcome, _ in members)
    return FleetRecord(
        environment=STAGING,
        conduct=FleetOptions(engine="api"),
        bundle_digest=DIGEST,
        started=NOON,
        status=Status.FAILED if left else Status.SUCCEEDED,
        members=tuple(
            TargetResult(tenant=name, outcome=outcome, error=error)
            for name, outcome, error in members
        ),
        edgefleet_version="0",
    ).model_dump_json()


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Stand in a fleet of four, with a program that knows tokens; return edgefleet's commands."""
    for name in ("alder", "birch", "cedar", "elm"):
        (tmp_path / "tenants" / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGEFLEET_CREDENTIAL_COMMAND", "true")
    monkeypatch.setenv("GITHUB_OUTPUT", "output")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/fleet")
    return []


def plays(
    monkeypatch: pytest.MonkeyPatch,
    asked: list[Sequence[str]],
    deployed: tuple[int, str],
    smoke: int = 0,
) -> None:
    """Let deploy-all end like this, and each smoke test with this code."""

    def run(*arguments: str) -> tuple[int, str]:
        asked.append(arguments)
        return deployed

    def aside(*arguments: str) -> tuple[int, str, str]:
        asked.append(arguments)
        return smoke, "", "error: it answered 503\n" if smoke else ""

    monkeypatch.setattr(shard_job, "run_edgefleet", run)
    monkeypatch.setattr(shard_job, "run_edgefleet_aside", aside)


GOOD = [("birch", Outcome.SUCCEEDED, None), ("cedar", Outcome.UNCHANGED, None)]


def test_shard_forwards_its_inputs_and_names_proved_targets(
    monkeypatch: pytest.MonkeyPatch, asked: list[Sequence[str]]
) -> None:
    """A14, F7, review 3."""
    plays(monkeypatch, asked, (0, fleet(*GOOD)))
    given = ["--digest", DIGEST, "--reason", "release 7", "--allow-older", "true"]
    assert run_shard.main([*DEPLOY, *given]) == 0
    words = list(asked[0])
    assert words[words.index("--expect-digest") + 1] == DIGEST
    assert {"--reason=release 7", "--allow-older", "--continue-on-error"} <= set(words)
    assert "--allow-foreign" not in words
    url = f"https://github.com/acme/fleet/deployments#bundle={DIGEST};tenants=1-2"
    assert url in Path("output").read_text()
    smoked = [words for words in asked if "--smoke" in words]
    assert [words[2] for words in smoked] == ["birch", "cedar"]


def test_failed_smoke_test_makes_a_shard_red(
    monkeypatch: pytest.MonkeyPatch,
    asked: list[Sequence[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A14, F4."""
    plays(monkeypatch, asked, (0, fleet(*GOOD)), smoke=7)
    assert run_shard.main(DEPLOY) == 7
    assert "birch-staging::deployed, smoke test failed: it answered 503" in capsys.readouterr().out
    told = read_outcomes(Path(".edgefleet/results"))
    assert {one.outcome for one in told.values()} == {"deployed, smoke test failed"}
    assert len(told) == 2


def test_without_a_key_the_page_says_who_had_no_smoke_test(
    monkeypatch: pytest.MonkeyPatch,
    asked: list[Sequence[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    plays(monkeypatch, asked, (0, fleet(*GOOD)), smoke=5)
    assert run_shard.main(DEPLOY) == 0
    assert "no smoke test of birch, cedar: no secret EDGEFLEET_SMOKE_KEY" in capsys.readouterr().out


def test_superseded_target_is_proved_for_no_tenant(
    monkeypatch: pytest.MonkeyPatch,
    asked: list[Sequence[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """F1."""
    members = [GOOD[0], ("cedar", Outcome.FAILED, OLDER)]
    plays(monkeypatch, asked, (10, fleet(*members)))
    assert run_shard.main(DEPLOY) == 0
    assert f"#bundle={DIGEST};tenants=1\n" in Path("output").read_text()
    assert "superseded: cedar" in capsys.readouterr().out
    cedar = Target(tenant="cedar", environment=STAGING)
    assert read_outcomes(Path(".edgefleet/results"))[cedar].outcome == "superseded"


def test_one_that_failed_makes_the_shard_red_and_proves_nobody(
    monkeypatch: pytest.MonkeyPatch, asked: list[Sequence[str]]
) -> None:
    failed = RecordedError(code="unhealthy", message="no")
    members = [GOOD[0], ("cedar", Outcome.RESTORED, failed), ("elm", Outcome.FAILED, OLDER)]
    plays(monkeypatch, asked, (10, fleet(*members)))
    assert run_shard.main(DEPLOY) == 10
    assert not Path("output").exists()


def test_what_is_no_record_ends_as_edgefleet_did(
    monkeypatch: pytest.MonkeyPatch, asked: list[Sequence[str]]
) -> None:
    plays(monkeypatch, asked, (4, json.dumps({"error": {"message": "another bundle"}})))
    assert run_shard.main(DEPLOY) == 4
