"""Commands that pages show have options that exist, with values of their types (C19)."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from edgefleet.cli.main import COMMANDS, edgefleet
from localedge.cli import main as localedge

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAMS: dict[str, click.Group] = {"edgefleet": edgefleet, "localedge": localedge}
SHOWN = re.compile(rf"^(?:\w+=\S+ )*((?:{'|'.join(PROGRAMS)}) [a-z].*)$", re.MULTILINE)
GENERATED = "reference"
SAMPLES = {"$ACCOUNT": "0" * 32, "$COMMIT": "0" * 40}


def shown() -> Iterator[tuple[str, str]]:
    """Yield each command that a block of a page shows, with the page's name."""
    for page in PAGES:
        if GENERATED in page.parts:
            continue
        for block in re.findall(r"^ *```\w*\n(.*?)^ *```$", page.read_text(), re.DOTALL | re.M):
            lines = re.sub(r"\\\n\s*", "", block)
            for line in SHOWN.findall("\n".join(map(str.strip, lines.splitlines()))):
                yield page.name, line


@pytest.mark.parametrize(("page", "line"), sorted(set(shown())), ids=str)
def test_a_command_on_a_page_can_be_typed(
    page: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for name, value in SAMPLES.items():
        line = line.replace(name, value)
    typed = re.split(r" (?:>|>>|\||&&) ", line.rstrip("&"))[0]
    program, name, *words = shlex.split(typed, comments=True)
    group = PROGRAMS[program]
    command = group.get_command(click.Context(group), name)
    assert command is not None, f"{page}: {name}"
    try:
        command.make_context(name, words, **group.context_settings)
    except click.BadParameter as error:
        # A file that a page's reader has is not here.
        if "does not exist" not in error.message:
            raise


def test_commands_are_found_on_pages() -> None:
    found = set(shown())
    assert any(page == "adding-a-tenant.md" and "localedge serve" in line for page, line in found)
    named = {line.split()[1] for _, line in found if line.startswith("edgefleet")}
    assert named >= {"deploy", "plan", "rollback", "health", "drift", "history"} & set(COMMANDS)
