"""docs/README.md leads to every page, and reference pages name what commands really take."""

import re
from pathlib import Path

import click

from edgefleet.cli.main import edgefleet

DOCS = Path(__file__).parents[3] / "docs"
PARTS = ("decisions",)
"""Folders whose own README leads on."""


def test_every_page_is_listed() -> None:
    """C23: a reader who begins at docs/README.md finds every page."""
    links = set(re.findall(r"\]\(([^)#]+)\)", (DOCS / "README.md").read_text()))
    pages = {
        file.relative_to(DOCS).as_posix()
        for file in DOCS.rglob("*")
        if file.suffix in {".md", ".yaml", ".json"} and file.relative_to(DOCS).parts[0] not in PARTS
    }
    assert pages - {"README.md"} <= links


def test_the_page_of_validate_names_every_format() -> None:
    """C23."""
    command = edgefleet.get_command(click.Context(edgefleet), "validate")
    assert command is not None
    (option,) = (option for option in command.params if option.name == "output_format")
    assert isinstance(option.type, click.Choice)
    page = (DOCS / "reference" / "validation.md").read_text()
    assert f"--format {'|'.join(option.type.choices)}" in page
    assert all(f"--format {one}`" in page for one in option.type.choices if one != "text")


def test_the_page_of_files_names_each_folder_that_commands_write() -> None:
    sources = (DOCS.parent / "src/edgefleet").rglob("*.py")
    folder = re.compile(r"\.edgefleet(?:/|\" / \")(\w+)")
    folders = {name for file in sources for name in folder.findall(file.read_text())}
    page = (DOCS / "reference" / "files.md").read_text()
    assert len(folders) > 5
    assert sorted(name for name in folders if f".edgefleet/{name}/" not in page) == []
