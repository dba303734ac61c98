"""What a job is told whose environment at GitHub lacks what it needs."""

from pathlib import Path

import pytest

import run_shard
import run_target


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
