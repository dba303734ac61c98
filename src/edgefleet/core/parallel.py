"""Look at many targets in parallel; what fails at one target is said of that target alone."""

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.signals import heeding
from edgefleet.errors import EdgefleetError

AT_ONCE = 16
"""Targets that are looked at together: most of a look is waiting for an answer."""

LAST_SECONDS = 2.0
"""How long a run that is interrupted waits for looks that are under way."""

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    items: Sequence[T], look: Callable[[T], R], *, parallel: int = AT_ONCE
) -> Iterator[R | EdgefleetError]:
    """Yield what `look` finds at each item, or why it could not look, in the order of `items`.

    At most `parallel` looks are under way at once. `look` must only read: when the caller stops
    early, what is under way is waited for briefly, and then left to end with the process.
    """
    todo: SimpleQueue[tuple[T, SimpleQueue[R | EdgefleetError]]] = SimpleQueue()
    results: list[SimpleQueue[R | EdgefleetError]] = [SimpleQueue() for _ in items]
    for pair in zip(items, results, strict=True):
        todo.put(pair)
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set():
            try:
                item, result = todo.get_nowait()
            except Empty:
                return
            with heeding(lambda: _meet(stopped)):
                result.put(_result(look, item))

    threads = [
        threading.Thread(target=work, name=f"edgefleet-look-{number}", daemon=True)
        for number in range(min(parallel, len(items)))
    ]
    try:
        for thread in threads:
            thread.start()
        for result in results:
            yield result.get()
    finally:
        stopped.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join(LAST_SECONDS)


def _result(look: Callable[[T], R], item: T) -> R | EdgefleetError:
    try:
        return look(item)
    except EdgefleetError as error:
        return error
    except BaseException as error:  # noqa: BLE001 - one target must not end the look at the others
        words = foreign_text(str(error))
        return EdgefleetError(f"a fault in edgefleet itself: {type(error).__name__}: {words}")


def _meet(stopped: threading.Event) -> None:
    """Interrupt a look that is under way when the run ends, wherever it waits."""
    if stopped.is_set():
        raise KeyboardInterrupt
