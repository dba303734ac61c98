"""`edgefleet health` over many targets."""

import json
from pathlib import Path

import pytest

from edgefleet.cli.main import main
from support.fleet import change, make_fleet


def test_unreachable_targets_are_named_and_json_stays_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_fleet(tmp_path))
    assert main(["health", "--tenants", "all", "--env", "staging", "--format", "json"]) == 5
    told = capsys.readouterr()
    for name in ("alder", "birch"):
        assert f"error: {name}-staging: could not check: there is no token" in told.err
    assert [
        (one["tenant"], one["state"], one["error"]["code"]) for one in json.loads(told.out)
    ] == [
        ("alder", "unknown", "credentials"),
        ("birch", "unknown", "credentials"),
    ]


def test_an_error_is_said_once_with_its_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """C6."""
    monkeypatch.chdir(make_fleet(tmp_path))
    assert main(["health", "--tenants", "alder", "--env", "staging"]) == 5
    assert capsys.readouterr().err.splitlines() == [
        "error: alder-staging: could not check: there is no token for alder-staging",
        "  -> set CLOUDFLARE_API_TOKEN_ALDER in the environment or in .env.deploy",
    ]


def test_a_smoke_key_that_two_tenants_would_share_goes_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """R30 b: the key of alder's staging never reaches the Worker of alder-staging."""
    fleet = make_fleet(tmp_path)
    (fleet / "tenants/birch").rename(fleet / "tenants/alder-staging")
    change(fleet, "alder-staging/tenant.config.json", '"birch"', '"alder-staging"')
    monkeypatch.chdir(fleet)
    monkeypatch.setenv("EDGEFLEET_SMOKE_KEY_ALDER_STAGING", "a-key-of-alder")
    command = ["health", "--tenants", "alder-staging", "--env", "production", "--smoke"]
    assert main(command) == 4
    assert "would share" in capsys.readouterr().err
