"""How every command ends: errors become a message on stderr and an exit code."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType

import click

from edgefleet.errors import EdgefleetError, ExitCode


def ended(run: Callable[[], int | None]) -> int:
    """Run one command and return its exit code (docs/reference/exit-codes.md)."""
    # SIGTERM (a cancelled CI job) ends a run the way Ctrl-C does: with a record. A shell's
    # background job starts with SIGINT ignored, and whatever we start would inherit that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
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
    except BrokenPipeError:
        # The reader went away (`edgefleet tenants | head`): nothing is left to be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback for users
        return _fault(error)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(error: EdgefleetError) -> None:
    if error.message:
        click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"  -> {error.hint}", err=True)


def _fault(error: Exception) -> int:
    click.echo(f"error: a fault in edgefleet itself: {type(error).__name__}: {error}", err=True)
    click.echo("  -> please report it; EDGEFLEET_DEBUG=1 shows where it happened", err=True)
    if os.environ.get("EDGEFLEET_DEBUG"):
        traceback.print_exception(error)
    return ExitCode.FAULT
