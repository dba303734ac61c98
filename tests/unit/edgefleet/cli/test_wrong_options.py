"""Every option of every command, left out, misspelt, and with wrong values: wrong usage, said.

Trials: A1, C9.
"""

import json
from collections.abc import Iterator

import click
import pytest

from edgefleet.cli.lazy_group import all_commands
from edgefleet.cli.main import edgefleet, main
from edgefleet.cli.options.types import EnvironmentType

SAFETIES = (
    *("--ignore-hold", "--replace-split", "--take-over", "--force", "--allow", "--yes"),
    *("--over-hold", "--accept"),
)
MISSPELT = "--nonsense --verbose --version --frce --over --takeover --accept".split()

COMMANDS = dict(all_commands(edgefleet))


def options(command: str) -> list[click.Option]:
    """Return the options of a command."""
    return [one for one in COMMANDS[command].params if isinstance(one, click.Option)]


def value_for(option: click.Option) -> list[str]:
    """Return an option with a value that its type takes."""
    if option.is_flag:
        return [option.opts[0]]
    if isinstance(option.type, EnvironmentType) or option.name == "environment":
        return [option.opts[0], "staging"]
    if isinstance(option.type, click.Choice):
        return [option.opts[0], str(option.type.choices[0])]
    return [option.opts[0], "1"]


def required(command: str, *, but: str = "") -> list[str]:
    """Return a command line with every required option but one."""
    kept = [one for one in options(command) if one.required and one.opts[0] != but]
    arguments = [one for one in COMMANDS[command].params if isinstance(one, click.Argument)]
    named = ["acme" for one in arguments if one.required]
    return [*command.split(), *named, *(word for one in kept for word in value_for(one))]


def missing() -> Iterator[tuple[str, str]]:
    for command in COMMANDS:
        yield from ((command, one.opts[0]) for one in options(command) if one.required)


WRONG: dict[type, str] = {
    click.IntRange: "1000000",
    click.FloatRange: "nonsense",
    click.Choice: "nonsense",
    EnvironmentType: "nonsense",
    click.Path: "/no/such/place",
}


def wrong() -> Iterator[tuple[str, str, str]]:
    for command in COMMANDS:
        for option in options(command):
            of_type = [text for kind, text in WRONG.items() if isinstance(option.type, kind)]
            if isinstance(option.type, click.Path) and not option.type.exists:
                continue  # it will be made
            if of_type and not option.is_flag:
                yield command, option.opts[0], of_type[0]


def test_the_commands_that_need_a_tenant_say_so() -> None:
    one = {command for command, option in missing() if option == "--tenant"}
    several = {command for command, option in missing() if option == "--tenants"}
    assert one >= {"deploy", "tag", "dev"}
    assert several >= {"plan", "health", "drift", "rollback", "render"}


@pytest.mark.parametrize(("command", "option"), list(missing()))
def test_a_missing_option_is_named(
    command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(required(command, but=option)) == 2
    said = capsys.readouterr().err
    assert f"Missing option '{option}'" in said
    assert "fault" not in said
    assert main([*command.split(), "--help"]) == 0
    assert "[required]" in capsys.readouterr().out


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "dev"])
def test_misspelt_option_suggests_no_safety_override(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for misspelt in MISSPELT:
        assert main([*required(command), misspelt]) == 2, misspelt
        said = capsys.readouterr().err
        assert f"'{misspelt}'" in said
        assert not [one for one in SAFETIES if one in said.replace(f"'{misspelt}'", "")], said


def test_a_misspelt_option_is_answered_with_a_harmless_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*required("deploy"), "--enginee", "api"]) == 2
    assert "'--engine'" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "option", "value"), list(wrong()))
def test_a_wrong_value_is_named(
    command: str, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [*required(command, but=option), f"{option}={value}"]
    assert main(line) == 2
    said = capsys.readouterr().err
    assert option in said or "environment" in said
    assert value in said
    assert "fault" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_usage_is_json_where_json_is_asked_for(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--format" not in [one.opts[0] for one in options(command)]:
        assert command in {"render", "dev", "github bootstrap", "github ruleset"}
        return
    assert main([*command.split(), "--nonsense", "--format", "json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["schema_version"] == 1
    assert said["error"]["code"] == "usage"
    assert said["error"]["exit_code"] == 2
    assert "--nonsense" in said["error"]["message"]
