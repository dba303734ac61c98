"""Work that keeps a processor busy, on all of them: Python uses one in a process."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from edgefleet.errors import EdgefleetError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
R = TypeVar("R")

PATIENCE_SECONDS = 60
"""For a copy to end that is told to: it may wait for an answer."""


def map_in_processes(work: Callable[[Sequence[T]], R], items: Sequence[T], least: int) -> list[R]:
    """Return what `work` makes of all items, or of each part of them, in their order.

    The first part is done here, each other one by a copy of this process; what `work` returns is
    pickled. A part has `least` items or more. What `work` raises is raised here. When a run is
    interrupted, its copies end, too, and have the time to clear up.
    """
    # In a copy only this thread would run, and what the others hold would be held for ever.
    alone = threading.active_count() == 1
    first, *others = _parts(items, min(_processors(), len(items) // least) if alone else 1)
    copies: list[tuple[BaseProcess, Connection]] = []
    try:
        copies += (_copied(work, part) for part in others)
        return [work(first), *(_received(reader) for _, reader in copies)]
    except BaseException:
        for process, _ in copies:
            process.terminate()
        raise
    finally:
        for process, reader in copies:
            reader.close()
            process.join(PATIENCE_SECONDS)
            process.kill()
            process.join()


def _parts(items: Sequence[T], count: int) -> list[Sequence[T]]:
    if count < 2:
        return [items]
    size = -(-len(items) // count)
    return [items[start : start + size] for start in range(0, len(items), size)]


def _processors() -> int:
    # macOS can copy a process, too, but its own libraries do not bear it.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _copied(
    work: Callable[[Sequence[T]], R], part: Sequence[T]
) -> "tuple[BaseProcess, Connection]":
    # To load it takes longer than to check a tenant.
    from multiprocessing import get_context

    context = get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(work, part, writer), daemon=True)
    process.start()
    writer.close()
    return process, reader


def _answer(work: Callable[[Sequence[T]], R], part: Sequence[T], writer: "Connection") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the first process decides
    with suppress(KeyboardInterrupt, BrokenPipeError):  # nobody waits for it any more
        try:
            writer.send((work(part), None))
        except Exception as error:  # noqa: BLE001 - raised where somebody can tell of it
            writer.send((None, error))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _received(reader: "Connection") -> Any:
    try:
        made, error = reader.recv()
    except EOFError:
        raise EdgefleetError(
            "a process that did part of the work ended without a word",
            hint="where memory is short, the system ends processes; try fewer tenants at once",
        ) from None
    if error is not None:
        raise error
    return made
