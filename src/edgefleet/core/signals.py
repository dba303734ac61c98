"""Cancel a run on Ctrl-C, SIGTERM and SIGHUP, in all of its threads.

Python delivers signals to the main thread alone. There they only request the cancellation, and
each thread checks whether it is requested.
"""

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

STDERR = 2
AGAIN_SECONDS = 0.05
"""After which an interrupt that Python dropped is sent again."""

Handlers = Mapping[signal.Signals, Any]
"""The handler of each signal: a function, SIG_DFL or SIG_IGN."""


class Cancellation:
    """A request to stop the run, shared by its threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def requested(self) -> bool:
        """Whether the run has been asked to stop."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask the run to stop."""
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Wait, and return early if the run is asked to stop."""
        self._event.wait(seconds)


_local = threading.local()


@contextmanager
def cancellation_check(check: Callable[[], None]) -> Iterator[None]:
    """Have this thread call `check` wherever it waits; `check` raises if the run is cancelled.

    Python interrupts only the main thread; every other thread must check by itself.
    """
    before = getattr(_local, "check", None)
    _local.check = check
    try:
        yield
    finally:
        _local.check = before


def check_cancelled() -> None:
    """Call the check of this thread, unless its cancellation is deferred."""
    check: Callable[[], None] | None = getattr(_local, "check", None)
    if check is not None and not cancellation_deferred():
        check()


def cancellation_deferred() -> bool:
    """Whether this thread does work that a cancellation must not interrupt."""
    return bool(getattr(_local, "deferred", False))


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that stop a run.

    A cancelled CI job sends SIGTERM, a closed terminal or ssh session SIGHUP, which `nohup`
    ignores.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return numbers[:-1] if nohup else numbers


def interrupt_again_if_dropped() -> None:
    """Have an interrupt that Python drops sent again, a moment later.

    Python calls a handler between any two instructions of the main thread, so also in a
    destructor that it runs: it only prints what is raised there
    (https://docs.python.org/3/library/sys.html#sys.unraisablehook).
    """
    sys.unraisablehook = _send_again_if_interrupt


def _send_again_if_interrupt(dropped: "sys.UnraisableHookArgs") -> None:
    if isinstance(dropped.exc_value, KeyboardInterrupt):
        # threading.Thread.start waits in the main thread, where the next one would be dropped too.
        _thread.start_new_thread(_send_again, ())
    else:
        sys.__unraisablehook__(dropped)


def _send_again() -> None:
    time.sleep(AGAIN_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def ignore_stop_signals() -> None:
    """Ignore the signals that stop a run: everything is done."""
    for number in stop_signals():
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def cancel_on_signals(cancellation: Cancellation) -> Iterator[None]:
    """Request the cancellation on Ctrl-C, SIGTERM and SIGHUP; call it in the main thread.

    A second signal changes nothing: edgefleet is restoring what is half done.
    """
    with _answered(cancellation.request):
        yield


@contextmanager
def defer_signals(cancellation: Cancellation, message: str) -> Iterator[None]:
    """Finish the block before the run stops; the first signal prints `message` on stderr.

    Signals reach only the main thread; another thread stops checking for a cancellation.
    """
    if threading.current_thread() is not threading.main_thread():
        before, _local.deferred = cancellation_deferred(), True
        try:
            yield
        finally:
            _local.deferred = before
        return

    def answer() -> None:
        if not cancellation.requested:
            cancellation.request()
            # sys.stderr may be in the middle of a line, and refuses a nested write.
            with suppress(OSError):
                os.write(STDERR, f"{message}\n".encode())

    with _answered(answer):
        yield


@contextmanager
def _answered(answer: Callable[[], None]) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in stop_signals()}
    _set(dict.fromkeys(before, lambda *_: answer()), answer)
    try:
        yield
    finally:
        _set(before, answer)


def _set(handlers: Handlers, answer: Callable[[], None]) -> None:
    """Set these handlers; a signal in between is answered like one before or after.

    Blocking signals would not help: another thread would receive them and pass them on.
    """
    interrupted = False
    while True:
        try:
            if interrupted:
                answer()
            for number, handler in handlers.items():
                signal.signal(number, handler)
        except KeyboardInterrupt:
            interrupted = True
        else:
            return
