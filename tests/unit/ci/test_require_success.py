"""The verdict over jobs: anything but success is red, and named."""

import json
from pathlib import Path

import pytest

from require_success import main

GOOD = {"result": "success", "outputs": None}


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of the step's outputs."""
    file = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return file


def test_all_that_succeeded_pass(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDS", json.dumps({"lint": GOOD, "tests": GOOD}))
    assert main([]) == 0
    assert output.read_text() == "failed=\n"


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped"])
@pytest.mark.parametrize("job", ["lint", "typecheck", "tests", "validate", "build"])
def test_one_that_did_not_succeed_is_enough_and_is_named(
    output: Path, monkeypatch: pytest.MonkeyPatch, job: str, result: str
) -> None:
    needs = dict.fromkeys(("lint", "typecheck", "tests", "validate", "build"), GOOD)
    monkeypatch.setenv("NEEDS", json.dumps({**needs, job: {"result": result, "outputs": {}}}))
    assert main(["--may-skip", "attest"]) == 1
    assert output.read_text() == f"failed={job}: {result}\n"


def test_a_skipped_job_passes_only_where_it_may_be_skipped(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDS", json.dumps({"attest": {"result": "skipped", "outputs": {}}}))
    assert main(["--may-skip", "attest"]) == 0
    assert main(["--may-skip", "other"]) == 1


def test_a_called_workflow_says_itself_what_failed(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = {"result": "failure", "outputs": {"failed": "lint: failure"}}
    monkeypatch.setenv("NEEDS", json.dumps({"gates": gates}))
    assert main([]) == 1
    assert output.read_text() == "failed=gates: failure (lint: failure)\n"


def test_a_verdict_over_nothing_is_none(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDS", "{}")
    assert main([]) == 1


def test_called_workflows_text_sets_no_output(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Review 8, 3.2: a line's end began another output, and another command."""
    said = "x\nbundle-digest=ffff\n::add-mask::a\n[y](http://evil) <img> " + "z" * 5_000
    gates = {"result": "failure", "outputs": {"failed": said}}
    monkeypatch.setenv("NEEDS", json.dumps({"gates": gates}))
    assert main([]) == 1
    (line,) = output.read_text().splitlines()
    assert line.startswith(
        "failed=gates: failure (x bundle-digest?ffff ::add-mask::a ?y?(http:??evil)"
    )
    assert len(line) < 600
    assert [one[:7] for one in capsys.readouterr().out.splitlines()] == ["::error", "0 of 1 "]
