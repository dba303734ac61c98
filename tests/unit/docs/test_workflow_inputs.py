"""Every command of the docs that starts a workflow names a workflow, and inputs that it has."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.project import ROOT

COMMAND = re.compile(r"gh workflow run (?P<file>[a-z]+\.yml)(?P<rest>[^\n`]*)")


def commands() -> Iterator[tuple[str, str, str]]:
    """Yield page, workflow and the rest of each line that starts one."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for found in COMMAND.finditer(page.read_text()):
            yield page.name, found["file"], found["rest"]


def inputs(file: str) -> set[str]:
    workflow = yaml.safe_load((ROOT / ".github/workflows" / file).read_text())
    return set(workflow[True]["workflow_dispatch"]["inputs"])


@pytest.mark.parametrize(("page", "file", "rest"), list(commands()))
def test_a_command_names_inputs_that_its_workflow_has(page: str, file: str, rest: str) -> None:
    given = set(re.findall(r"-f (\w+)=", rest))
    assert given <= inputs(file), page


def test_runbook_has_the_rollback_without_a_reviewer() -> None:
    """F2, R28."""
    page = Path(ROOT, "docs/runbooks/rollback-deployment.md").read_text()
    found = [rest for name, file, rest in commands() if name == "rollback-deployment.md"]
    assert any("-f to=previous -f reason=" in rest for rest in found)
    assert "gh run list --workflow deploy.yml --status waiting" in page
    assert "-unattended" in page
