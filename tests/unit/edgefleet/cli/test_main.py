"""The command line: names, help, and errors as exit codes."""

import sys

import pytest

from edgefleet.cli.main import COMMANDS, main
from edgefleet.errors import EdgefleetError, ExitCode, TargetBusyError


def _loaded() -> set[str]:
    return {name for name in sys.modules if name.startswith("edgefleet.")}


def test_help_names_every_command_and_imports_none(capsys: pytest.CaptureFixture[str]) -> None:
    before = _loaded()
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert _loaded() == before


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Usage: edgefleet {name}" in shown
    assert len(shown.splitlines()[2].strip()) > 20


def test_an_unknown_command_is_wrong_usage_with_the_nearest_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["deplyo"]) == 2
    assert "Did you mean 'deploy'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["deploy"], ["deploy", "--tenant", "x"], ["health", "--env"], ["tenants", "--nope"]],
)
def test_wrong_options_are_wrong_usage(arguments: list[str]) -> None:
    assert main(arguments) == 2


def test_unknown_environment_names_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["deploy", "--tenant", "x", "--env", "stagging"]) == 2
    assert "Did you mean 'staging'?" in capsys.readouterr().err


def test_deploying_dev_points_to_the_command_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "--tenant", "acme", "--env", "development"]) == 2
    assert "edgefleet dev --tenant acme" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TargetBusyError("held by pid 1", hint="wait"), 9),
        (KeyboardInterrupt(), 130),
        (RuntimeError("boom"), 1),
        (EdgefleetError("ours"), 1),
    ],
)
def test_errors_become_exit_codes_without_a_traceback(
    error: BaseException,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr("edgefleet.cli.main.edgefleet.main", fails)
    assert main([]) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_exit_codes_are_those_of_the_reference() -> None:
    assert [int(code) for code in ExitCode] == [*range(13), 130]
