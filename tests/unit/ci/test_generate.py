"""Generated files are what code says."""

from pathlib import Path

import pytest

from edgefleet.config.fleet_config import FleetConfig
from generate import GENERATED, main, stale, with_environments, write

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("file", GENERATED)
def test_a_generated_file_is_fresh(file: str) -> None:
    assert (ROOT / file).read_text("utf-8") == GENERATED[file](), "run 'make generate'"


def test_what_is_stale_is_written_and_named(tmp_path: Path) -> None:
    assert write(tmp_path) == list(GENERATED)
    assert stale(tmp_path) == []
    changed = next(iter(GENERATED))
    (tmp_path / changed).write_text("by hand")
    assert stale(tmp_path) == [changed]
    assert write(tmp_path) == [changed]


def test_check_writes_nothing_and_says_so_by_its_exit_code() -> None:
    assert main(["--check"]) == 0


@pytest.mark.parametrize(
    ("workflow", "offered"), [("deploy", "[qa, live]"), ("drift", "[all, qa, live]")]
)
def test_inputs_of_workflows_offer_the_environments_of_the_fleet(
    workflow: str, offered: str
) -> None:
    fleet = FleetConfig.model_validate({"environments": {"qa": {}, "live": {}}})
    text = with_environments(f".github/workflows/{workflow}.yml", fleet)
    assert f"        options: {offered}\n        default: " in text
    assert "default: staging" not in text
