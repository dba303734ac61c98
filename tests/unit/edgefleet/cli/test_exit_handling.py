"""How a command ends where its reader goes away, or its terminal is closed."""

import errno
import io
import os
import signal
import sys
import time
from collections.abc import Iterator

import click
import pytest

from edgefleet.cli.exit_handling import ended
from edgefleet.errors import ChangesFound


@pytest.fixture(autouse=True)
def own_signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make stdout and stderr one pipe whose reader went away, as `2>&1 | head` leaves it."""
    reader, writer = os.pipe()
    os.close(reader)
    for name in ("stdout", "stderr"):
        raw = io.FileIO(writer, "w", closefd=False)
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw)))
    yield
    os.close(writer)


def test_closed_output_keeps_the_exit_code(unread: None) -> None:
    reached = []

    def run() -> None:
        click.echo("progress", err=True)
        click.echo("result")
        reached.append("the end")
        raise ChangesFound("found")

    # As every command runs: click treats in its own way broken pipes.
    assert ended(lambda: click.command()(run).main(args=[], standalone_mode=False)) == 3
    assert reached == ["the end"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_a_command(number: signal.Signals) -> None:
    assert ended(lambda: signal.raise_signal(number)) == 130


def test_signal_during_a_destructor_interrupts_after_it() -> None:
    """Python drops what a destructor raises, also an interrupt."""

    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    reached = []

    def run() -> None:
        Interrupted()
        reached.append("after the destructor")
        time.sleep(10)
        reached.append("after the wait")

    assert ended(run) == 130
    assert reached == ["after the destructor"]


def test_second_hang_up_does_not_break_the_restore() -> None:
    put_back = []

    def run() -> None:
        try:
            signal.raise_signal(signal.SIGHUP)
        finally:
            signal.raise_signal(signal.SIGHUP)
            put_back.append("what was live")

    assert ended(run) == 130
    assert put_back == ["what was live"]


def test_nohup_survives_a_hang_up() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert ended(lambda: signal.raise_signal(signal.SIGHUP)) == 0


def test_a_full_disk_is_no_fault_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert ended(full) == 1
    said = capsys.readouterr().err
    assert "this machine has no more room: No space left on device" in said
    assert "fault" not in said
