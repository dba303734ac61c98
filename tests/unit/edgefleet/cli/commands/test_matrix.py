"""`edgefleet matrix`, for 600 targets where the number counts."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edgefleet.cli.main import main
from edgefleet.config.target import STAGING
from edgefleet.records.store import Records
from support.many import make_tenant, names_of
from support.records import run

NAMES = names_of(300)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_fleet_of(NAMES, tmp_path_factory.mktemp("fleet"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fleet of a tenth of the size: each call reads all tenants."""
    return make_fleet_of(NAMES[:30], tmp_path_factory.mktemp("small"))


def make_fleet_of(names: Sequence[str], folder: Path) -> Path:
    (folder / "src" / "worker").mkdir(parents=True)
    classes = "export class ChatSession {}\nexport class RateLimiter {}\n"
    (folder / "src" / "worker" / "index.ts").write_text(classes)
    for number, name in enumerate(names):
        owner = {"owner": "agency"} if number < 20 else {}
        make_tenant(folder, name, ring=number % 2, tags=["eu"] if number < 3 else [], **owner)
    slow = run(0, 50, tenant="t100", environment=STAGING)
    Records(folder / "deployments").create(slow)
    return folder


def entries(root: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    assert main(["matrix", "--root", str(root), *options]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_600_targets_are_a_matrix_of_shards_each_target_once(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = entries(root, capsys, "--env", "all", "--shard-seconds", "100")
    assert len(found) <= 256
    packed = Counter((name, one["environment"]) for one in found for name in one["only"].split(","))
    assert packed == {(name, one): 1 for name in NAMES for one in ("staging", "production")}
    assert sum(one["targets"] for one in found) == 600
    (longest,) = (one for one in found if "t000" in one["only"] and one["environment"] == "staging")
    assert longest["targets"] == 20, "an owner's targets stay together"


def test_600_targets_one_by_one_are_too_many(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["matrix", "--root", str(root), "--env", "all"]) == 2
    said = capsys.readouterr()
    assert "600 targets are more than the 256 entries of a matrix" in said.err
    assert "--shard-seconds" in said.err
    assert not said.out


def test_a_selection_is_a_matrix_of_targets(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = entries(small, capsys, "--env", "prd", "--tenants", "tag:eu,t029", "--exclude", "t001")
    assert found == [
        {"tenant": "t000", "environment": "production", "ring": 0},
        {"tenant": "t002", "environment": "production", "ring": 0},
        {"tenant": "t029", "environment": "production", "ring": 1},
    ]


def test_github_gets_outputs_of_a_step(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--env", "staging", "--tenants", "ring:1", "--max-shards", "7", "--format", "github"]
    assert main(["matrix", "--root", str(root), *options]) == 0
    matrix, count = capsys.readouterr().out.splitlines()
    assert count == "count=7"
    include = json.loads(matrix.removeprefix("matrix="))["include"]
    assert sum(one["targets"] for one in include) == 150


def test_shards_of_several_rings_come_with_a_warning(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["matrix", "--root", str(small), "--env", "staging", "--max-shards", "9"]) == 0
    assert "rings 0, 1 are in one matrix" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ("--env", "dev"),
        ("--env", "nowhere"),
        ("--env", "staging", "--max-shards", "257"),
        ("--env", "staging", "--max-shards", "0"),
        ("--env", "staging", "--tenants", "ring:9"),
        ("--env", "staging", "--tenants", "t001", "--exclude", "t*"),
    ],
)
def test_wrong_usage_is_said(
    small: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["matrix", "--root", str(small), *options]) == 2
    said = capsys.readouterr()
    assert said.err
    assert not said.out
