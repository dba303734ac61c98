"""Options that got a new spelling: both do the same; the former one is noted, and not shown."""

from collections.abc import Sequence

import click
import pytest

from edgefleet.cli.main import edgefleet, main
from edgefleet.cli.options.renamed import RenamedOption, deprecation
from edgefleet.errors import ExitCode

FORMER = {
    ("deploy", "--over-hold"): "--ignore-hold",
    ("deploy", "--take-over"): "--replace-split",
    ("deploy", "--accept-irreversible"): "--allow-irreversible",
    ("deploy-all", "--accept-irreversible"): "--allow-irreversible",
    ("deploy-all", "--only"): "--tenants",
    ("matrix", "--only"): "--tenants",
    ("rollback", "--accept-changed-secrets"): "--allow-changed-secrets",
    ("rollback", "--take-over"): "--replace-split",
    ("rollback", "--tenant"): "--tenants",
    ("drift", "--take-over"): "--replace-split",
    ("drift", "--tenant"): "--tenants",
    ("health", "--tenant"): "--tenants",
    ("history", "--tenant"): "--tenants",
    ("locks", "--tenant"): "--tenants",
    ("plan", "--tenant"): "--tenants",
    ("render", "--tenant"): "--tenants",
    ("validate", "--tenant"): "--tenants",
}


def parsed(command: str, line: Sequence[str]) -> dict[str, object]:
    """Return what a command gets from a line, without running it."""
    found = edgefleet.get_command(click.Context(edgefleet), command)
    assert found is not None
    parent = click.Context(edgefleet, help_option_names=["-h", "--help"])
    return found.make_context(command, list(line), parent=parent).params


def renamed(command: str, spelling: str) -> RenamedOption:
    found = edgefleet.get_command(click.Context(edgefleet), command)
    assert found is not None
    return next(
        one for one in found.params if isinstance(one, RenamedOption) and spelling in one.opts
    )


def required(command: str) -> list[str]:
    lines = {
        "deploy": ["--tenant", "acme", "--env", "staging"],
        "deploy-all": ["--env", "staging"],
        "matrix": ["--env", "staging"],
        "rollback": ["--tenants", "acme", "--env", "staging"],
    }
    several = ["--tenants", "acme"]
    whole = {"history", "locks", "validate"}
    return lines.get(command, several if command in whole else [*several, "--env", "staging"])


@pytest.mark.parametrize(("command", "former", "spelling"), [(*k, v) for k, v in FORMER.items()])
def test_former_spelling_does_the_same(
    command: str, former: str, spelling: str, capsys: pytest.CaptureFixture[str]
) -> None:
    option = renamed(command, spelling)
    line = required(command)
    value = [] if option.is_flag else ["birch"]
    if spelling in line:
        at = line.index(spelling)
        del line[at : at + 1 + len(value)]
    new = parsed(command, [*line, spelling, *value])
    assert capsys.readouterr().err == ""
    old = parsed(command, [*line, former, *value])
    assert old == new
    assert new[str(option.name)] == (True if option.is_flag else "birch")
    assert capsys.readouterr().err == f"{deprecation(former, spelling)}\n"


@pytest.mark.parametrize(("command", "former"), FORMER)
def test_former_spelling_is_not_shown(
    command: str, former: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert f"  {former} " not in shown
    assert FORMER[command, former] in shown


def test_every_renamed_option_is_listed() -> None:
    found = {
        (command, former): option.opts[0]
        for command in edgefleet.list_commands(click.Context(edgefleet))
        for option in getattr(
            edgefleet.get_command(click.Context(edgefleet), command), "params", ()
        )
        if isinstance(option, RenamedOption)
        for former in option.former
    }
    assert found == FORMER


def test_both_spellings_together_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["plan", "--env", "staging", "--tenants", "acme", "--tenant", "birch"]
    assert main(line) == ExitCode.USAGE
    assert "--tenant is --tenants now; give it once" in capsys.readouterr().err


def test_former_spelling_is_no_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--tenan", "acme", "--env", "staging"]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "'--tenants'" in said
    assert "'--tenant'" not in said
