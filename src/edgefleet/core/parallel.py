"""Work on many items at once: in threads where it waits, in processes where it computes."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.signals import cancellation_check
from edgefleet.errors import EdgefleetError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

MAX_PARALLEL = 16
"""Items that are worked on in threads at once: most of the time each waits for a response."""

CANCEL_SECONDS = 2.0
"""How long an interrupted run waits for the threads that still work."""

TERMINATE_SECONDS = 60
"""How long a process has after SIGTERM; it may be waiting for an HTTP response."""

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    items: Sequence[T], function: Callable[[T], R], *, parallel: int = MAX_PARALLEL
) -> Iterator[R | EdgefleetError]:
    """Yield the result of `function` for each item, or its error, in the order of `items`.

    At most `parallel` calls run at once, each in a thread. `function` must only read: when the
    caller stops early, running calls get `CANCEL_SECONDS`, and then end with the process.
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
            with cancellation_check(lambda: _interrupt_if(stopped)):
                result.put(_result(function, item))

    threads = [
        threading.Thread(target=work, name=f"edgefleet-worker-{number}", daemon=True)
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
                thread.join(CANCEL_SECONDS)


def _result(function: Callable[[T], R], item: T) -> R | EdgefleetError:
    try:
        return function(item)
    except EdgefleetError as error:
        return error
    except BaseException as error:  # noqa: BLE001 - one item must not stop the others
        words = foreign_text(str(error))
        return EdgefleetError(f"a fault in edgefleet itself: {type(error).__name__}: {words}")


def _interrupt_if(stopped: threading.Event) -> None:
    """Interrupt a running call when the run ends, wherever it waits."""
    if stopped.is_set():
        raise KeyboardInterrupt


def map_in_processes(
    function: Callable[[Sequence[T]], R], items: Sequence[T], min_chunk: int
) -> list[R]:
    """Return the results of `function` for consecutive chunks of the items, in their order.

    This process works on the first chunk, a fork of it on each other one; results are pickled. A
    chunk has `min_chunk` items or more. An error of `function` is raised here. When the run is
    interrupted, its forks get SIGTERM, and `TERMINATE_SECONDS` to clean up.
    """
    # fork() copies only the calling thread: locks that others hold would never be released.
    alone = threading.active_count() == 1
    first, *others = _chunks(items, min(_processors(), len(items) // min_chunk) if alone else 1)
    forks: list[tuple[BaseProcess, Connection]] = []
    try:
        forks += (_forked(function, chunk) for chunk in others)
        return [function(first), *(_received(reader) for _, reader in forks)]
    except BaseException:
        for process, _ in forks:
            process.terminate()
        raise
    finally:
        for process, reader in forks:
            reader.close()
            process.join(TERMINATE_SECONDS)
            process.kill()
            process.join()


def _chunks(items: Sequence[T], count: int) -> list[Sequence[T]]:
    if count < 2:
        return [items]
    size = -(-len(items) // count)
    return [items[start : start + size] for start in range(0, len(items), size)]


def _processors() -> int:
    # macOS can fork too, but its system libraries crash in the child.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _forked(
    function: Callable[[Sequence[T]], R], chunk: Sequence[T]
) -> "tuple[BaseProcess, Connection]":
    # Importing it takes longer than to validate one tenant.
    from multiprocessing import get_context

    context = get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(function, chunk, writer), daemon=True)
    process.start()
    writer.close()
    return process, reader


def _answer(function: Callable[[Sequence[T]], R], chunk: Sequence[T], writer: "Connection") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the first process decides
    with suppress(KeyboardInterrupt, BrokenPipeError):  # the first process has ended
        try:
            writer.send((function(chunk), None))
        except Exception as error:  # noqa: BLE001 - raised in the first process
            writer.send((None, error))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _received(reader: "Connection") -> Any:
    try:
        result, error = reader.recv()
    except EOFError:
        raise EdgefleetError(
            "a process that worked on some of the tenants was killed, or crashed",
            hint="the system kills processes when memory runs out; name fewer tenants",
        ) from None
    if error is not None:
        raise error
    return result
