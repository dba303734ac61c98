"""The rules that workflows are held to: each is broken once, in the real files."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from check_workflows import ROOT, RULES_OF_ACTIONS, findings, main
from workflows import ACTIONS, Workflow, load

FILES = load(ROOT)
Files = dict[str, dict[str, Any]]


def broken(change: Callable[[Files], object]) -> list[str]:
    """Return what is found after a change of the workflows, by name."""
    files = {file.file.split("/")[-1]: deepcopy(file.data) for file in FILES}
    change(files)
    return findings([Workflow(f".github/workflows/{name}", data) for name, data in files.items()])


def job(files: Files, file: str, name: str) -> dict[str, Any]:
    found = files[file]["jobs"][name]
    assert isinstance(found, dict)
    return found


def test_this_repository_keeps_every_rule() -> None:
    assert main() == 0


CHANGES: dict[str, tuple[Callable[[Files], object], str]] = {
    "rights": (
        lambda files: files["ci.yml"].pop("permissions"),
        "ci.yml: the workflow does not begin with `permissions: {}`",
    ),
    "rights of a job": (
        lambda files: job(files, "gates.yml", "lint").pop("permissions"),
        "gates.yml: lint: no permissions",
    ),
    "timeout": (
        lambda files: job(files, "drift.yml", "report").pop("timeout-minutes"),
        "drift.yml: report: no timeout-minutes",
    ),
    "a job that nobody needs": (
        lambda files: job(files, "gates.yml", "verdict")["needs"].remove("typecheck"),
        "gates.yml: verdict: it does not need typecheck",
    ),
    "a required check that may be skipped": (
        lambda files: job(files, "ci.yml", "required-checks-pass").update({"if": "success()"}),
        "ci.yml: no job required-checks-pass with",
    ),
    "a deploy past the gates": (
        lambda files: job(files, "deploy.yml", "deploy").update(needs=["targets"]),
        "deploy.yml: deploy: it is not behind the job gates",
    ),
    "another group": (
        lambda files: job(files, "rollback.yml", "rollback")["concurrency"].update(group="x"),
        "rollback.yml: rollback: its concurrency is not",
    ),
    "no group": (
        lambda files: files["drift.yml"].pop("concurrency"),
        "drift.yml: no concurrency group for the workflow",
    ),
    "no environment": (
        lambda files: job(files, "deploy.yml", "deploy").pop("environment"),
        "deploy.yml: deploy: no environment of the target",
    ),
    "a secret elsewhere": (
        lambda files: job(files, "deploy.yml", "summary").update(env={"A": "${{ secrets.A }}"}),
        "deploy.yml: summary: a secret without an environment",
    ),
    "an unknown commit": (
        lambda files: job(files, "ci.yml", "required-checks-pass")["steps"].append(
            {"uses": f"actions/checkout@{'0' * 40}"}
        ),
        f"ci.yml: required-checks-pass: actions/checkout@{'0' * 40} is not in .github/pins.txt",
    ),
    "a right that the caller has not": (
        lambda files: job(files, "ci.yml", "gates")["permissions"].pop("id-token"),
        "ci.yml: gates: attest asks for id-token: write",
    ),
    "a word for a boolean": (
        lambda files: job(files, "ci.yml", "gates")["with"].update(attest="yes"),
        "ci.yml: gates: attest is no boolean",
    ),
    "an unknown input": (
        lambda files: job(files, "ci.yml", "gates")["with"].update(atest=True),
        "ci.yml: gates: atest is no input of what it calls",
    ),
    "a missing workflow": (
        lambda files: job(files, "ci.yml", "gates").update(uses="./.github/workflows/x.yml"),
        "ci.yml: gates: there is no ./.github/workflows/x.yml",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_broken_rule_is_named_with_its_job(name: str) -> None:
    change, said = CHANGES[name]
    assert any(f".github/workflows/{said}" in line for line in broken(change)), broken(change)


def test_github_takes_25_inputs() -> None:
    inputs = {f"input_{number}": {"type": "string"} for number in range(26)}
    found = findings([Workflow("w.yml", {"on": {"workflow_dispatch": {"inputs": inputs}}})])
    assert "w.yml: 26 inputs: GitHub takes 25" in found


def test_the_pins_of_composite_actions_are_checked_too() -> None:
    actions = load(ROOT, ACTIONS)
    assert findings(actions, RULES_OF_ACTIONS) == []
    actions[0].jobs["runs"]["steps"].append({"uses": "somebody/else@main"})
    (found,) = findings(actions, RULES_OF_ACTIONS)
    assert "somebody/else@main is not in" in found
