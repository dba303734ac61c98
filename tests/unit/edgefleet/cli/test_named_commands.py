"""Each command that the source names in a message or a hint can be pasted: it parses."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from edgefleet.cli.lazy_group import all_commands
from edgefleet.cli.main import edgefleet
from support.project import ROOT

SOURCE = ROOT / "src/edgefleet"
COMMANDS = dict(all_commands(edgefleet))
NAMES = "|".join(sorted(COMMANDS, key=len, reverse=True))
VALUE = r"'[^']*'|[^\s;,()'`]+"
COMMAND = re.compile(
    rf"\bedgefleet (?P<name>{NAMES})\b(?P<options>(?: --[a-z-]+(?:[ =](?!--)(?:{VALUE}))?)*)"
)
ENVIRONMENT = re.compile(r"--env (?:sample|ENV)\b")
SAMPLES = {
    "as_selector": "--tenants acme --env staging",
    "as_option": "--tenant acme --env staging",
}


def texts(module: Path) -> Iterator[tuple[int, str]]:
    """Yield each text but docstrings, with its line; what an f-string puts in is a sample."""
    source = module.read_text()
    if "edgefleet " not in source or not any(mark in source for mark in ("--", *SAMPLES)):
        return  # to take a module apart is slow
    tree = ast.parse(source)
    parts = {
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    parts |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_sample(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            yield node.lineno, node.value


def _sample(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    words = ast.unparse(part.value)
    return SAMPLES.get(words.rpartition(".")[2], "sample")


def commands() -> list[tuple[str, str]]:
    """Return each command with an option that the source names, with its place."""
    found = [
        (f"{module.relative_to(ROOT)}:{line}", match[0])
        for module in sorted(SOURCE.rglob("*.py"))
        for line, text in texts(module)
        for match in COMMAND.finditer(text)
        if match["options"]
    ]
    assert len(found) > 30
    return found


def test_every_named_command_parses() -> None:
    wrong = []
    for place, line in commands():
        found = COMMAND.match(ENVIRONMENT.sub("--env staging", line))
        assert found
        name, words = found["name"], shlex.split(found["options"])
        command = COMMANDS[name]
        spellings = {word.partition("=")[0] for word in words if word.startswith("--")}
        shown = {option for one in command.params for option in one.opts}
        if spellings - shown:
            wrong.append(f"{place}: {line}: no {', '.join(sorted(spellings - shown))}")
            continue
        if words[-1] == "--to":  # the rest of the command is put on later
            words.append("previous")
        try:
            command.make_context(name, words, **edgefleet.context_settings)
        except click.UsageError as error:
            wrong.append(f"{place}: {line}: {error.format_message()}")
    assert wrong == []


@pytest.mark.parametrize("line", ["edgefleet plan --tenant acme", "edgefleet deploy --env staging"])
def test_incomplete_command_is_found(line: str) -> None:
    match = COMMAND.fullmatch(line)
    assert match
    command = COMMANDS[match["name"]]
    with pytest.raises(click.UsageError):
        command.make_context(
            match["name"], shlex.split(match["options"]), **edgefleet.context_settings
        )
