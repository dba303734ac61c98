"""The reference page of workflow inputs, from the workflows that people start by hand."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workflows import Workflow, load

HEAD = """<!-- Written from code by `make generate`. -->

# Workflow inputs

The workflows that you start by hand: *Actions → NAME → Run workflow*, or
`gh workflow run NAME.yml -f INPUT=VALUE`.
[ci-cd](../ci-cd.md) says what each workflow does.
"""
TABLE = "| input | values | default | does |\n| --- | --- | --- | --- |"
VALUES = {"boolean": "`true`, `false`", "string": "text"}


def workflow_inputs_page(root: Path) -> str:
    """Return the page: a section for each workflow that has inputs."""
    return "\n".join((HEAD, *_sections(load(root))))


def _sections(workflows: list[Workflow]) -> Iterator[str]:
    for workflow in workflows:
        inputs = (workflow.events.get("workflow_dispatch") or {}).get("inputs") or {}
        if inputs:
            rows = "\n".join(_row(name, entry) for name, entry in inputs.items())
            yield f"## {Path(workflow.file).name}\n\n{TABLE}\n{rows}\n"


def _row(name: str, entry: Mapping[str, Any]) -> str:
    options = ", ".join(f"`{option}`" for option in entry.get("options") or ())
    values = options or VALUES[entry.get("type", "string")]
    default = entry.get("default")
    if isinstance(default, bool):
        default = str(default).lower()
    shown = f"`{default}`" if default not in (None, "") else "none"
    if default is None and entry.get("required"):
        shown = "required"
    return f"| `{name}` | {values} | {shown} | {entry['description']} |"
