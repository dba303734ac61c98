"""A step script reads arguments and makes one call: the product stands in the package."""

import ast
from pathlib import Path

import pytest

from support.project import ROOT

ALLOWED = (
    "edgefleet.actions",
    "edgefleet.errors",
    "edgefleet.cli.exit_handling",
    "edgefleet.cli.main",
)
GENERATORS = {"generate.py", "worker_secrets.py"}
"""Scripts that write pages from the code of all packages."""

SCRIPTS = [file for file in sorted((ROOT / "ci").glob("*.py")) if file.name not in GENERATORS]


def imported(file: Path) -> set[str]:
    """Return the modules of edgefleet that a script imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return {name for name in found if name.split(".")[0] == "edgefleet"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_imports_only_what_steps_need(script: Path) -> None:
    foreign = {
        name
        for name in imported(script)
        if not any(name == one or name.startswith(f"{one}.") for one in ALLOWED)
    }
    assert foreign == set()
