"""A run goes on when its output is no longer read."""

import io
import os
import pty
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from edgefleet.core.clock import SystemClock
from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.core.redaction import known_secrets
from edgefleet.core.safe_streams import SafeFileIO, tolerate_closed_streams
from edgefleet.core.secret import Secret

MANY = 10_000
"""Characters: more than a stream keeps back before it writes."""


def writer(descriptor: int) -> io.TextIOWrapper:
    """Return what Python has for stdout or stderr on this descriptor."""
    return io.TextIOWrapper(io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False)))


@pytest.fixture
def unread() -> Iterator[int]:
    """Make a pipe whose reader went away."""
    reader, descriptor = os.pipe()
    os.close(reader)
    yield descriptor
    os.close(descriptor)


def test_progress_goes_on_where_nobody_reads_it(
    unread: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", writer(unread))
    progress = ConsoleProgress(SystemClock())
    with tolerate_closed_streams():
        progress.heading("deploy")
        with progress.step("upload"):
            progress.say("  note: " + "x" * MANY)


def test_a_result_that_nobody_reads_is_dropped(
    unread: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", writer(unread))
    with tolerate_closed_streams():
        sys.stdout.write("x" * MANY + "\n")


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_terminal_that_was_closed_stops_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_end, terminal = pty.openpty()
    monkeypatch.setattr(sys, name, writer(terminal))
    with tolerate_closed_streams():
        os.close(other_end)
        getattr(sys, name).write("lost\n")
    os.close(terminal)


def test_a_full_disk_loses_progress_but_never_silently_a_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", writer(full.fileno()))
        monkeypatch.setattr(sys, "stderr", writer(full.fileno()))
        with tolerate_closed_streams():
            sys.stderr.write("progress\n")
            with pytest.raises(OSError, match="No space left"):
                sys.stdout.write("result\n")


def test_no_secret_that_the_process_knows_reaches_a_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Review 9: an error of the API that repeats the token was printed as it came."""
    known_secrets.add(Secret("canary-of-the-streams"))
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", writer(out.fileno()))
        monkeypatch.setattr(sys, "stderr", writer(out.fileno()))
        with tolerate_closed_streams():
            sys.stdout.write("a canary-of-the-streams\n")
            sys.stderr.write("b canary-of-the-streams\n")
    assert (tmp_path / "out").read_text() == "a [redacted]\nb [redacted]\n"


def test_half_an_emoji_does_not_break_a_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Review 17: one Worker's answer ended a command over many with a UnicodeEncodeError."""
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", writer(out.fileno()))
        with tolerate_closed_streams():
            sys.stdout.write("half \ud83d an emoji\n")
    assert (tmp_path / "out").read_text() == "half \\ud83d an emoji\n"


def test_review_1_a_reader_that_has_stopped_holds_no_progress_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pager that waits for its user, a terminal after Ctrl-S: a restore would wait with it."""
    reader, descriptor = os.pipe()
    os.set_blocking(descriptor, False)
    with suppress(BlockingIOError):
        while True:
            os.write(descriptor, b"x" * MANY)
    os.set_blocking(descriptor, True)
    monkeypatch.setattr(sys, "stderr", writer(descriptor))
    monkeypatch.setattr(SafeFileIO, "patience", 0.01)
    with tolerate_closed_streams():
        progress = ConsoleProgress(SystemClock())
        for _ in range(100):
            progress.say("x" * 1000)
    os.close(reader)
    os.close(descriptor)
