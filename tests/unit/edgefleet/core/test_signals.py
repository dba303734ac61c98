"""Ctrl-C, SIGTERM and a hang-up are noted, and reach every thread."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from edgefleet.core.signals import (
    Cancellation,
    cancel_on_signals,
    cancellation_check,
    check_cancelled,
    defer_signals,
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_the_wish_to_stop_and_interrupts_nobody(number: signal.Signals) -> None:
    halt, before = Cancellation(), signal.getsignal(number)
    with cancel_on_signals(halt):
        for _ in range(2):
            signal.raise_signal(number)
        assert halt.requested
    assert signal.getsignal(number) is before


def test_the_wish_ends_a_wait_in_another_thread() -> None:
    halt = Cancellation()
    thread = threading.Thread(target=halt.wait, args=(3600,))
    thread.start()
    halt.request()
    thread.join(10)
    assert not thread.is_alive()


def in_a_thread(work: Callable[[], None]) -> list[str]:
    """Return what interrupted work that a thread does."""
    met: list[str] = []

    def thread() -> None:
        try:
            with cancellation_check(_raise):
                work()
        except KeyboardInterrupt:
            met.append("interrupted")

    one = threading.Thread(target=thread)
    one.start()
    one.join(10)
    return met


def _raise() -> None:
    raise KeyboardInterrupt


def test_a_thread_meets_the_wish_wherever_it_heeds_it() -> None:
    assert in_a_thread(check_cancelled) == ["interrupted"]


def test_signal_without_a_listener_changes_nothing() -> None:
    check_cancelled()

    def work() -> None:
        with defer_signals(Cancellation(), "words"):
            check_cancelled()

    assert in_a_thread(work) == []


STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[None]:
    """Let each signal interrupt, as in a command."""
    before = {number: signal.signal(number, _interrupt) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def struck_after(nth: int, number: signal.Signals) -> None:
    """Have a signal come once, right after the handler number `nth` from now was set."""
    left = [nth]

    def look(_frame: FrameType, event: str, what: object) -> None:
        if event == "c_return" and getattr(what, "__qualname__", "") == "signal":
            left[0] -= 1
            if not left[0]:
                sys.setprofile(None)
                signal.raise_signal(number)

    sys.setprofile(look)


@pytest.mark.parametrize("number", STOPS)
@pytest.mark.parametrize("nth", range(1, 7))
def test_signal_during_set_up_leaves_no_handler(
    nth: int, number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    wish = Cancellation()
    with interruptible():
        struck_after(nth, number)
        try:
            with defer_signals(wish, "words"):
                pass
        finally:
            sys.setprofile(None)
        assert [signal.getsignal(one) for one in STOPS] == [_interrupt] * 3
    assert wish.requested
    assert capfd.readouterr().err == "words\n"


def test_another_thread_needs_no_protection_from_signals() -> None:
    before, seen = signal.getsignal(signal.SIGINT), []

    def look() -> None:
        with defer_signals(Cancellation(), "words"):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    assert seen == [before]
