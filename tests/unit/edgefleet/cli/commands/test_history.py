"""`edgefleet history` of targets that edgefleet could not look at, and of those that are held."""

import json
from pathlib import Path

import pytest

from edgefleet.cli.main import main
from support.fleet import change, make_fleet

COMMAND = ["history", "--tenants", "all", "--env", "staging"]
FREEZE = '{"from": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z", "reason": "an audit"}'


def test_a8_unreachable_target_is_an_entry_with_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_fleet(tmp_path))
    assert main([*COMMAND, "--format", "json"]) == 5
    assert [
        (one["tenant"], one["state"], one["error"]["code"])
        for one in json.loads(capsys.readouterr().out)
    ] == [("alder", "unknown", "credentials"), ("birch", "unknown", "credentials")]


def test_a_freeze_that_is_in_force_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = make_fleet(tmp_path)
    change(
        fleet, "birch/tenant.config.json", '"apiKeyDigests"', f'"freeze": {FREEZE}, "apiKeyDigests"'
    )
    monkeypatch.chdir(fleet)
    assert main(COMMAND) == 5
    said = capsys.readouterr().err
    assert "birch is frozen until 2999-01-01 00:00 UTC: an audit" in said
    assert "alder is" not in said
