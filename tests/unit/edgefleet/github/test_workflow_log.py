"""Foreign text in the log of a job commands nothing (review 8)."""

import os
import re
import sys
from contextlib import redirect_stdout
from io import StringIO

import pytest

from edgefleet.github.workflow_log import WorkflowLog
from support.hostile import COMMANDS
from support.streams import real_streams


def obeyed(log: str) -> list[str]:
    """Return the commands that GitHub's runner would obey, as its ActionCommandManager reads."""
    found: list[str] = []
    start = ""
    for line in map(str.strip, log.splitlines()):
        if start:
            start = "" if line == f"::{start}::" else start
        elif stop := re.fullmatch("::stop-commands::(.+)", line):
            start = stop[1]
        elif re.match(r"::\w[\w-]* ?.*::", line):
            found.append(line)
    return found


def test_commands_that_others_wrote_are_not_obeyed_and_ours_are(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = WorkflowLog()
    with real_streams(), log.without_commands():
        sys.stdout.write(COMMANDS)
        sys.stderr.write(COMMANDS)
        os.write(2, COMMANDS.encode())  # as a child process does
        log.send("::warning::first")
        sys.stdout.write(COMMANDS)
        log.send("::add-mask::second")
        sys.stdout.write(COMMANDS)
    log.send("::notice::third")
    told = capfd.readouterr()
    assert told.err == ""
    assert told.out.count("::error::pwned") == 5
    assert obeyed(told.out) == ["::warning::first", "::add-mask::second", "::notice::third"]


def test_what_starts_commands_again_is_never_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    log = WorkflowLog()
    for _ in range(2):
        with log.without_commands():
            log.send("::notice::x")
    starts = re.findall(r"::stop-commands::(\w+)", capfd.readouterr().out)
    assert len(set(starts)) == len(starts) == 4


def test_a_command_reaches_the_log_while_stdout_is_collected(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = WorkflowLog()
    with log.without_commands(), redirect_stdout(StringIO()) as collected:
        log.send("::add-mask::token")
    assert obeyed(capfd.readouterr().out) == ["::add-mask::token"]
    assert collected.getvalue() == ""


def test_commands_are_obeyed_again_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    log = WorkflowLog()
    with pytest.raises(KeyError), log.without_commands():
        raise KeyError
    log.send("::notice::later")
    assert obeyed(capfd.readouterr().out) == ["::notice::later"]
