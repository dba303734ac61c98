"""ci.yml and gates.yml, run by act: what each gate refuses, and that one refusal is enough."""

import re
from pathlib import Path

import pytest
import yaml

from support.act import Act, act_copy

PYTHON = ("--matrix", "python:3.11")
GATES = ("lint", "typecheck", "tests", "validate", "build")

BROKEN = {
    "lint": ("ci/steps.py", "import os\nimport sys\n", "import sys\nimport os\n", "I001"),
    "typecheck": ("ci/require_success.py", "return 1 if wrong", "return None if wrong", "None"),
    "tests": ("tests/test_small.py", "== 2", "== 3", "assert (1 + 1) == 3"),
}
"""Gate -> a file, what is right in it, what is wrong instead, and what the gate says of that."""


@pytest.fixture
def act(tmp_path: Path) -> Act:
    """Copy the repository, to be broken."""
    return act_copy(tmp_path / "copy")


def test_a_sound_tree_passes_every_gate_and_gives_one_bundle(act: Act) -> None:
    run = act.run("ci.yml", "push", *PYTHON)
    assert run.code == 0, run.said() + run.err
    assert {name: run.job(name) for name in GATES} == dict.fromkeys(GATES, "success")
    assert run.job("required-checks-pass") == "success"
    (digest,) = set(re.findall(r"bundle `sha256:([0-9a-f]{64})`", run.summary("build")))
    assert digest in (run.artifacts / "bundle" / "manifest.json").read_text()


def test_each_broken_gate_is_red_and_named_and_no_deploy_starts(act: Act) -> None:
    for file, good, bad, _ in BROKEN.values():
        act.change(file, good, bad)
    run = act.run("deploy.yml", "workflow_dispatch", *PYTHON)
    assert run.code == 1
    results = {name: run.job(name) for name in GATES}
    assert {name for name, result in results.items() if result == "failure"} == set(BROKEN)
    assert all(f"- {gate}: failure" in run.summary("verdict") for gate in BROKEN)
    assert [gate for gate, (*_, words) in BROKEN.items() if words not in run.said(gate)] == []
    assert not run.started("deploy ")


def test_an_invalid_tenant_is_red_and_shown_at_its_line(act: Act) -> None:
    file = "tenants/mrrainbowsmoke/tenant.config.json"
    act.change(file, '"tenantId": "mrrainbowsmoke"', '"tenantId": "somebody-else"')
    run = act.run("ci.yml", "pull_request", *PYTHON)
    assert run.code == 1
    assert run.job("validate") == "failure"
    assert "- validate: failure" in run.summary("verdict")
    assert f"{file}:" in run.places()


@pytest.mark.parametrize(
    ("ending", "result"), [("exit 0", "success"), ("echo failed=lint; exit 1", "failure")]
)
def test_the_required_check_ends_as_the_gates_did(act: Act, ending: str, result: str) -> None:
    # act ends a run at the first called workflow that fails; at GitHub the check runs then, too.
    file = act.folder / ".github/workflows/ci.yml"
    workflow = yaml.safe_load(file.read_text())
    steps = [{"id": "end", "run": ending}]
    workflow["jobs"]["gates"] = {"runs-on": "ubuntu-24.04", "steps": steps}
    act.write({str(file.relative_to(act.folder)): yaml.safe_dump(workflow).replace("true:", "on:")})
    run = act.run("ci.yml", "merge_group")
    assert run.jobs == {"ci/gates": result, "ci/required-checks-pass": result}
    assert ("gates: failure" in run.summary()) == (result == "failure")
