"""`edgefleet plan` over many targets."""

import json
from pathlib import Path

import pytest

from edgefleet.cli.main import main
from support.answers import Answer, enveloped, scripted
from support.fleet import make_fleet


def test_plan_goes_on_after_a_local_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = make_fleet(tmp_path)
    monkeypatch.chdir(fleet)
    answers = []
    for name in ("alder", "birch"):
        monkeypatch.setenv(f"CLOUDFLARE_API_TOKEN_{name.upper()}", "t")
        answers += [enveloped({"id": "t", "status": "active"}), enveloped({"subdomain": name})]
    with scripted(*answers) as server:
        monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", server.url)
        command = [
            "plan",
            "--tenants",
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
        assert f"error: {name}-staging: could not check: tenants is not a bundle" in told.err
    assert [(one["target"]["tenant"], one["error"]["code"]) for one in json.loads(told.out)] == [
        ("alder", "usage"),
        ("birch", "usage"),
    ]


def test_token_without_a_tenant_is_named_where_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """C8: the pages promise it, and `plan` did not say so."""
    monkeypatch.chdir(make_fleet(tmp_path))
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    with scripted(Answer(status=400, body={})) as server:
        monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", server.url)
        for command in ("plan", "health", "history"):
            main([command, "--tenants", "alder", "--env", "staging"])
            said = capsys.readouterr().err
            assert (
                "note: CLOUDFLARE_API_TOKEN names no tenant; it was used for alder-staging" in said
            )
