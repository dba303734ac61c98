"""For how long commands wait for a target that another run holds."""

import click
import pytest

from edgefleet.cli.main import edgefleet

MINUTES = 60.0


def waits(command: str, *words: str) -> object:
    """Return the seconds for which a command waits."""
    found = edgefleet.get_command(click.Context(edgefleet), command)
    assert found is not None
    (option,) = [one for one in found.params if one.name == "wait"]
    context = click.Context(found)
    return option.type_cast_value(context, words[0] if words else option.get_default(context))


@pytest.mark.parametrize("command", ["deploy", "deploy-all"])
def test_a_deploy_waits_by_itself_on_github_alone(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert waits(command) == 15 * MINUTES
    assert waits(command, "0") == 0
    assert waits(command, "90s") == 1.5 * MINUTES
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert waits(command) == 0


@pytest.mark.parametrize("command", ["rollback", "drift", "tag"])
def test_nothing_else_does(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert waits(command) == 0
