"""The wish to stop: Ctrl-C, SIGTERM and a hang-up, as threads see it.

Python delivers signals to the main thread alone, so there they only note the wish; each thread
looks whether it is there.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

STDERR = 2

Handlers = Mapping[signal.Signals, Any]
"""What answers each signal: a function, or one of the system's ways."""


class Cancellation:
    """Whether a run is to stop; shared by its threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def ordered(self) -> bool:
        """Whether somebody wants the run to stop."""
        return self._event.is_set()

    def order(self) -> None:
        """Ask the run to stop."""
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Let time pass, and less of it where somebody wants the run to stop."""
        self._event.wait(seconds)


_thread = threading.local()


@contextmanager
def heeding(check: Callable[[], None]) -> Iterator[None]:
    """Let this thread meet the wish to stop wherever a port waits: `check` raises it there.

    Python interrupts the main thread by itself; every other thread has to look.
    """
    before = getattr(_thread, "check", None)
    _thread.check = check
    try:
        yield
    finally:
        _thread.check = before


def heed() -> None:
    """Raise what the wish to stop raises in this thread, if the thread is to meet it."""
    check: Callable[[], None] | None = getattr(_thread, "check", None)
    if check is not None and not deaf():
        check()


def deaf() -> bool:
    """Whether this thread does what no wish to stop breaks."""
    return bool(getattr(_thread, "deaf", False))


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that ask a run to stop.

    SIGTERM comes from a cancelled CI job, SIGHUP from a terminal or an ssh that was closed; who
    started us with `nohup` wants us to go on then.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    deaf = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return numbers[:-1] if deaf else numbers


def ignore_stops() -> None:
    """Let no signal that asks for a stop do anything any more: everything is done."""
    for number in stop_signals():
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def signals(halt: Cancellation) -> Iterator[None]:
    """Take Ctrl-C, SIGTERM and a hang-up for the wish to stop; for the main thread.

    A second one changes nothing: what is half done is being put back.
    """
    with _answered(halt.order):
        yield


@contextmanager
def defer_signals(wish: Cancellation, words: str) -> Iterator[None]:
    """Let no wish to stop break the block; the first one is answered with `words`, on stderr.

    No signal reaches a thread other than the main one: it only looks for none any more.
    """
    if threading.current_thread() is not threading.main_thread():
        before, _thread.deaf = deaf(), True
        try:
            yield
        finally:
            _thread.deaf = before
        return

    def answer() -> None:
        if not wish.ordered:
            wish.order()
            # Not by way of sys.stderr: it may be half-way through a line, and refuses then.
            with suppress(OSError):
                os.write(STDERR, f"{words}\n".encode())

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
    """Set all of these; what interrupts it is answered as what came before or comes after.

    To block signals meanwhile would not do: a thread that takes them leaves them to this one.
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
