"""`edgefleet plan` over many targets."""

import json
from pathlib import Path

import pytest

from edgefleet.cli.main import main
from support.answers import enveloped, scripted
from support.fleet import make_fleet


def test_a_plan_goes_on_after_an_error_that_is_none_of_cloudflares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = make_fleet(tmp_path)
    monkeypatch.chdir(fleet)
    answers = []
    for name in ("alder", "birch"):
        monkeypatch.setenv(f"CLOUDFLARE_API_TOKEN_{name.upper()}", "t")
        config = json.loads((fleet / "tenants" / name / "tenant.config.json").read_text())
        answers += [
            enveloped({"id": "t", "status": "active"}),
            enveloped({"id": config["accountId"], "name": name}),
        ]
    with scripted(*answers) as server:
        monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", server.url)
        command = [
            "plan",
            "--tenant",
            "all",
            "--env",
            "staging",
            "--format",
            "json",
            "--parallel",
            "1",
        ]
        assert main([*command, "--bundle", "tenants"]) == 2
    told = capsys.readouterr()
    for name in ("alder", "birch"):
        assert f"error: {name}-staging: could not look: tenants is no bundle" in told.err
    assert json.loads(told.out) == []
