"""`edgefleet render --diff`: in what a tenant differs from the base."""

import json
from pathlib import Path
from typing import Any

import pyjson5
import pytest

from edgefleet.cli.main import main
from support.fleet import make_fleet

OWN = {
    "vars": {"LOG_LEVEL": "warn"},
    "env": {"staging": {"kv_namespaces": {"CACHE": {"id": "0" * 32}}}},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a fleet whose Worker has the wrangler file that alder had."""
    root = make_fleet(tmp_path)
    file = root / "tenants/alder/wrangler.jsonc"
    base = {**pyjson5.loads(file.read_text()), "main": "index.ts"}
    (root / "src/worker/wrangler.jsonc").write_text(json.dumps(base))
    file.write_text(json.dumps(OWN))
    return root


def diff(root: Path, *options: str) -> int:
    given = ["--tenants", "alder", "--env", "staging", "--diff", *options]
    return main(["render", "--root", str(root), *given])


def test_each_value_of_its_own_is_shown(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(root) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "alder-staging: 2 differ from the base"
    assert '  ~ vars.LOG_LEVEL: "debug" -> "warn"' in lines
    assert any(line.startswith("  ~ kv_namespaces.CACHE.id: ") for line in lines)


def test_json_names_the_file_of_each(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(root, "--format", "json") == 0
    ((entry,),) = [json.loads(capsys.readouterr().out)]
    found: list[dict[str, Any]] = entry["own"]
    assert {one["file"] for one in found} == {"tenants/alder/wrangler.jsonc"}
    assert {"path": "vars.LOG_LEVEL", "base": "debug", "own": "warn"}.items() <= found[0].items()


def test_a_tenant_without_a_file_has_nothing_of_its_own(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "tenants/alder/wrangler.jsonc").unlink()
    assert diff(root) == 0
    assert capsys.readouterr().out == "alder-staging: as the base\n"


def test_it_writes_nothing(root: Path) -> None:
    assert diff(root, "--output", str(root / "rendered")) == 2
    assert not (root / "rendered").exists()
