"""Ctrl-C, SIGTERM and a hang-up are noted, and reach every thread."""

import signal
import threading

import pytest

from edgefleet.ports.halt import Halt, signals, unbroken


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_the_wish_to_stop_and_interrupts_nobody(number: signal.Signals) -> None:
    halt, before = Halt(), signal.getsignal(number)
    with signals(halt):
        for _ in range(2):
            signal.raise_signal(number)
        assert halt.ordered
    assert signal.getsignal(number) is before


def test_the_wish_ends_a_wait_in_another_thread() -> None:
    halt = Halt()
    thread = threading.Thread(target=halt.wait, args=(3600,))
    thread.start()
    halt.order()
    thread.join(10)
    assert not thread.is_alive()


def test_another_thread_needs_no_protection_from_signals() -> None:
    before, seen = signal.getsignal(signal.SIGINT), []

    def look() -> None:
        with unbroken(Halt(), "words"):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    assert seen == [before]
