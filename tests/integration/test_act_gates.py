"""ci.yml and gates.yml, run by act: what each gate refuses, and that one refusal is enough."""

from collections.abc import Iterator

import pytest
import yaml

from support.act import SETUP, Act, act_copy, forking_setup
from support.forked_commands import forked_commands
from support.project import ROOT

PYTHON = ("--matrix", "python:3.11")
CONFIG = "tenants/mrrainbowsmoke/tenant.config.json"

BROKEN = {
    "lint": ("ci/require_success.py", "import re\nimport sys\n", "import sys\nimport re\n", "I001"),
    "typecheck": ("ci/require_success.py", "return 1 if wrong", "return None if wrong", "None"),
    "tests": ("tests/test_small.py", "== 2", "== 3", "assert (1 + 1) == 3"),
    "validate": (CONFIG, '"tenantId": "mrrainbowsmoke"', '"tenantId": "other"', f"{CONFIG}:"),
}
"""Gate -> a file, what is right in it, what is wrong instead, and what the gate says of that."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Act]:
    """Copy the repository; what `make build` built is not built again."""
    folder = tmp_path_factory.mktemp("act")
    act = act_copy(folder / "copy")
    act.write({SETUP: forking_setup((act.folder / SETUP).read_text())})
    with forked_commands(folder) as forks:
        act.environ = {"ACT_BUILDS": str(ROOT / ".edgefleet"), **forks}
        yield act


@pytest.fixture
def act(sound: Act) -> Iterator[Act]:
    """Lend the copy, to be broken."""
    with sound.restored():
        yield sound


def test_each_broken_gate_is_red_and_named_and_no_deploy_starts(act: Act) -> None:
    for file, good, bad, _ in BROKEN.values():
        act.change(file, good, bad)
    run = act.run("deploy.yml", "workflow_dispatch", *PYTHON)
    assert run.code == 1
    assert {gate: run.job(gate) for gate in BROKEN} == dict.fromkeys(BROKEN, "failure")
    assert all(f"- {gate}: failure" in run.summary("verdict") for gate in BROKEN)
    said = {gate: run.said(gate) + run.places() for gate in BROKEN}
    del said["tests"]  # an invalid tenant stops them before the first one; they are asked below
    unsaid = {gate: words for gate, words in said.items() if BROKEN[gate][-1] not in words}
    assert unsaid == {}
    assert not run.started("deploy ")


def test_a_failing_test_is_what_makes_its_gate_red(act: Act) -> None:
    file, good, bad, words = BROKEN["tests"]
    act.change(file, good, bad)
    run = act.run("gates.yml", "workflow_call", "-j", "tests", *PYTHON)
    assert run.job("tests") == "failure"
    assert words in run.said("tests")


@pytest.mark.parametrize(
    ("ending", "result"), [("exit 0", "success"), ("echo failed=lint; exit 1", "failure")]
)
def test_the_required_check_ends_as_the_gates_did(act: Act, ending: str, result: str) -> None:
    # act ends a run at the first called workflow that fails; at GitHub the check runs then, too.
    file = act.folder / ".github/workflows/ci.yml"
    workflow = yaml.safe_load(file.read_text())
    steps = [{"id": "end", "run": ending}]
    workflow["jobs"]["gates"] = {"runs-on": "ubuntu-24.04", "steps": steps}
    workflow["jobs"]["fresh-machine"]["steps"] = [{"run": "exit 0"}]
    act.write({str(file.relative_to(act.folder)): yaml.safe_dump(workflow).replace("true:", "on:")})
    run = act.run("ci.yml", "merge_group")
    assert run.jobs == {
        "ci/gates": result,
        "ci/fresh-machine": "success",
        "ci/required-checks-pass": result,
    }
    assert ("gates: failure" in run.summary()) == (result == "failure")
