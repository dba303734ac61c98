"""How every command ends: errors become a message on stderr and an exit code."""

import errno
import os
import signal
from collections.abc import Callable
from types import FrameType

import click

from edgefleet.cli.output.json_output import JsonOutput
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.safe_streams import tolerate_closed_streams
from edgefleet.core.signals import interrupt_again_if_dropped, stop_signals
from edgefleet.errors import EdgefleetError, ExitCode, Interrupted, UnexpectedError, UsageError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""What no run can help: no space on a disk, too many open files, no memory."""

SAFETY_OVERRIDES = (
    *("--allow-", "--force", "--ignore-hold", "--replace-split"),
    *("--take-over-lock", "--yes"),
)
"""Options that switch a safety off: never the answer to a misspelt option."""


def ended(run: Callable[[], int | None], output: JsonOutput | None = None) -> int:
    """Run one command and return its exit code (docs/reference/exit-codes.md).

    `output` prints the error of a command that was asked for JSON and printed none.
    """
    # A shell's background job starts with SIGINT ignored; whatever we start would inherit that.
    for number in stop_signals():
        signal.signal(number, _interrupt)
    interrupt_again_if_dropped()
    with tolerate_closed_streams():
        return _ended(run, output or JsonOutput(()))


def _ended(run: Callable[[], int | None], output: JsonOutput) -> int:
    try:
        return run() or ExitCode.OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        ended = _wrong_usage(error)
    except UnexpectedError as error:
        ended = _fault(error.cause, f"; {error.state}")
    except EdgefleetError as error:
        _say(error)
        ended = error
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        ended = Interrupted("interrupted")
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback for users
        ended = _fault(error)
    output.print_error(ended)
    return ended.exit_code


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if number == signal.SIGHUP:
        # The shell and the kernel each tell of one hang-up; the second must not break what the
        # first began: a restore.
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say(error: EdgefleetError) -> None:
    if error.said:
        return
    if error.message:
        click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"  -> {error.hint}", err=True)


def _wrong_usage(error: click.ClickException) -> EdgefleetError:
    if isinstance(error, click.NoSuchOption):
        shown = {name for one in error.ctx.command.params for name in one.opts} if error.ctx else ()
        near = [
            name
            for name in error.possibilities or ()
            if name in shown and not name.startswith(SAFETY_OVERRIDES)
        ]
        error = click.NoSuchOption(error.option_name, possibilities=near, ctx=error.ctx)
    error.show()
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "edgefleet"
    return UsageError(error.format_message(), hint=f"{command} --help")


def _fault(error: Exception, state: str = "") -> EdgefleetError:
    """Print a fault of edgefleet's or of this machine; `state` ends its message."""
    if isinstance(error, OSError) and error.errno in FULL:
        ended = EdgefleetError(
            f"this machine has no more room: {error.strerror}{state}",
            hint="make some; 'edgefleet history' tells what was done before",
        )
    else:
        ended = EdgefleetError(
            f"a fault in edgefleet itself: {type(error).__name__}: "
            f"{foreign_text(str(error))}{state}",
            hint="please report it; EDGEFLEET_DEBUG=1 shows where it happened",
        )
    _say(ended)
    if os.environ.get("EDGEFLEET_DEBUG"):
        import traceback  # rarely asked for

        traceback.print_exception(error)
    return ended
