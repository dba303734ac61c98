"""What the shell completes."""

import json
from pathlib import Path

import pytest

from edgefleet.cli.main import main
from support.fleet import make_fleet


def complete(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """Return what bash is given for the last word of a line."""
    monkeypatch.setenv("_EDGEFLEET_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    with pytest.raises(SystemExit):
        main([])
    return [one.split(",", 1)[1] for one in capsys.readouterr().out.splitlines() if one]


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have two tenants, one of them in ring 3 with a tag."""
    root = make_fleet(tmp_path)
    config = root / "tenants/birch/tenant.config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"ring": 3, "tags": ["eu"]}))
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("edgefleet deploy --tenant ", ["alder", "birch"]),
        ("edgefleet plan --tenants a", ["all", "alder"]),
        ("edgefleet plan --tenants alder,b", ["alder,birch"]),
        ("edgefleet plan --tenants r", ["ring:0", "ring:3"]),
        ("edgefleet deploy-all --tenants t", ["tag:eu"]),
        ("edgefleet deploy --env p", ["production"]),
        ("edgefleet health --env s", ["staging"]),
    ],
)
def test_names_are_completed(
    line: str,
    words: list[str],
    fleet: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert complete(line, monkeypatch, capsys) == words


def test_outside_of_a_fleet_nothing_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert complete("edgefleet deploy --tenant ", monkeypatch, capsys) == []
