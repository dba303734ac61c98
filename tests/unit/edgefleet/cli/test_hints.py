"""Commands that messages name can be pasted: each has what its command needs, and no more."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import edgefleet as package
from edgefleet.cli.lazy_group import all_commands
from edgefleet.cli.main import edgefleet

SOURCES = Path(package.__file__).parent
COMMANDS = dict(all_commands(edgefleet))
NAMED = re.compile(
    rf"(?P<quote>['`]?)\bedgefleet (?P<command>{'|'.join(COMMANDS)})(?= --)(?P<rest>.*)"
)
"""A command that is named with an option; one that is named alone stands for what it does."""
WORD = re.compile(r"'[^']*'|\S+")
FILLED = {
    "environment": "staging",
    "tenant": "acme",
    "name": "acme",
    "first": "staging",
    "last": "production",
    "where": "--tenant acme --env staging",
    "as_option": "--tenant acme --env staging",
    "as_selector": "--tenants acme --env staging",
    "target": "--tenant acme --env staging",
    "action": "deploy",
    "tenant_option": "--tenant",
}
"""What stands in a message for what is filled in, by the last name of the expression."""


def filled(value: ast.expr) -> str:
    """Return a sample of what is filled in."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    assert isinstance(value, ast.FormattedValue)
    return FILLED.get(ast.unparse(value.value).rsplit(".", 1)[-1], "1")


def texts(source: Path) -> Iterator[str]:
    """Yield the texts of a module that are no docstrings, with samples for what is filled in."""
    tree = ast.parse(source.read_text())
    nodes = list(ast.walk(tree))
    inner = {id(part) for one in nodes if isinstance(one, ast.JoinedStr) for part in one.values}
    inner |= {id(one.value) for one in nodes if isinstance(one, ast.Expr)}
    for one in nodes:
        if id(one) in inner:
            continue
        if isinstance(one, ast.JoinedStr):
            yield "".join(map(filled, one.values))
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def named() -> Iterator[tuple[str, list[str]]]:
    """Yield each command that a message names with options, and its words."""
    for source in sorted(SOURCES.rglob("*.py")):
        if "edgefleet " not in source.read_text():
            continue
        for text in texts(source):
            for line in text.splitlines():
                rest = line
                while found := NAMED.search(rest):
                    tail = f"{found['rest']} 1"  # a text may end where its last value is put
                    if found["quote"]:
                        tail = tail.split(found["quote"])[0]
                    yield found["command"], words(found["command"], tail)
                    rest = found["rest"]


def words(command: str, tail: str) -> list[str]:
    """Return the options that follow, with their values, up to the end of the command."""
    options = [one for one in parsed(command).params if isinstance(one, click.Option)]
    flags = {name for one in options if one.is_flag for name in one.opts}
    kept: list[str] = []
    for word in WORD.findall(tail):
        bare = word.strip("'").rstrip(",;:)").replace("ENV", "staging")
        follows = bool(kept) and kept[-1].startswith("--") and kept[-1] not in flags
        if not follows and not word.startswith("--"):
            break
        kept.append(bare)
        if word.rstrip(",;:)") != word:
            break
    return kept


def parsed(command: str) -> click.Command:
    return COMMANDS[command]


NAMED_COMMANDS = list(named())


@pytest.mark.parametrize(("command", "options"), NAMED_COMMANDS, ids=str)
def test_a_command_that_a_message_names_can_be_pasted(
    command: str, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    # click keeps a command's help option as the first context of it has it.
    parent = click.Context(edgefleet, help_option_names=["-h", "--help"])
    parsed(command).make_context(command, list(options), parent=parent)
    assert capsys.readouterr().err == ""  # no former spelling


def test_messages_that_name_commands_are_found() -> None:
    assert ("deploy", ["--tenant", "acme", "--env", "staging", "--replace-split"]) in NAMED_COMMANDS
    assert len(NAMED_COMMANDS) > 20
