"""What a job is told whose environment at GitHub lacks what it needs; its smoke test."""

import argparse
import os
from pathlib import Path

import pytest

import run_shard
import run_target
from edgefleet.model.target import Environment, Target


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, without tokens."""
    monkeypatch.chdir(tmp_path)
    for name in ("CLOUDFLARE_API_TOKEN", "EDGEFLEET_CREDENTIAL_COMMAND"):
        monkeypatch.setenv(name, "")


@pytest.mark.parametrize("action", ["plan", "deploy", "rollback", "drift"])
def test_an_environment_without_the_secret_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, action: str
) -> None:
    code = run_target.main([action, "--tenant", "acme", "--environment", "staging"])
    assert code == 5
    said = capsys.readouterr().err
    assert "the GitHub environment of acme-staging has no secret CLOUDFLARE_API_TOKEN" in said
    assert list(tmp_path.iterdir()) == []


def test_a_fleets_environment_without_its_program_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = run_shard.main(["deploy", "--environment", "production", "--only", "acme,birch"])
    assert code == 5
    said = capsys.readouterr().err
    assert "fleet-production has no variable EDGEFLEET_CREDENTIAL_COMMAND" in said


def smoked(code: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[tuple[str, ...]]]:
    """Run the smoke test of acme-staging where edgefleet ends with `code`."""
    asked: list[tuple[str, ...]] = []

    def run(*arguments: str) -> tuple[int, str]:
        asked.append(arguments)
        return code, "told"

    monkeypatch.setattr(run_target, "run_edgefleet", run)
    target = Target(tenant="acme", environment=Environment.STAGING)
    return run_target.Step(target, argparse.Namespace()).smoke(), asked


@pytest.mark.parametrize("code", [0, 5, 7])
def test_a_smoke_test_gets_the_targets_own_key_and_decides(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setenv("EDGEFLEET_SMOKE_KEY", "canary-key")
    monkeypatch.setenv("EDGEFLEET_SMOKE_KEY_ACME_STAGING", "")
    ended, asked = smoked(code, monkeypatch)
    assert ended == code
    assert asked == [("health", "--tenant", "acme", "--env", "staging", "--smoke")]
    assert os.environ["EDGEFLEET_SMOKE_KEY_ACME_STAGING"] == "canary-key"
    assert "EDGEFLEET_SMOKE_KEY" not in os.environ


def test_without_a_key_the_page_says_that_there_was_no_smoke_test(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EDGEFLEET_SMOKE_KEY", raising=False)
    assert smoked(5, monkeypatch)[0] == 0
    assert "no smoke test: no secret EDGEFLEET_SMOKE_KEY" in capsys.readouterr().out
    assert smoked(7, monkeypatch)[0] == 7
