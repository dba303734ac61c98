"""How every command ends: errors become a message on stderr and an exit code."""

import errno
import os
import signal
import traceback
from collections.abc import Callable
from types import FrameType

import click

from edgefleet.errors import EdgefleetError, ExitCode
from edgefleet.ports.halt import stops
from edgefleet.ports.streams import lasting_streams

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""What no run can help: no space on a disk, too many open files, no memory."""


def ended(run: Callable[[], int | None]) -> int:
    """Run one command and return its exit code (docs/reference/exit-codes.md)."""
    # A shell's background job starts with SIGINT ignored; whatever we start would inherit that.
    for number in stops():
        signal.signal(number, _interrupt)
    with lasting_streams():
        return _ended(run)


def _ended(run: Callable[[], int | None]) -> int:
    try:
        return run() or ExitCode.OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except EdgefleetError as error:
        _say(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback for users
        return _fault(error)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if number == signal.SIGHUP:
        # The shell and the kernel each tell of one hang-up; the second must not break what the
        # first began: putting back what was live.
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say(error: EdgefleetError) -> None:
    if error.message:
        click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"  -> {error.hint}", err=True)


def _fault(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno in FULL:
        click.echo(f"error: this machine has no more room: {error.strerror}", err=True)
        click.echo("  -> make some; 'edgefleet history' tells what was done before", err=True)
        return ExitCode.FAULT
    click.echo(f"error: a fault in edgefleet itself: {type(error).__name__}: {error}", err=True)
    click.echo("  -> please report it; EDGEFLEET_DEBUG=1 shows where it happened", err=True)
    if os.environ.get("EDGEFLEET_DEBUG"):
        traceback.print_exception(error)
    return ExitCode.FAULT
