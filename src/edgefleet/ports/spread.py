"""Work that keeps a processor busy, on all of them: Python uses one in a process."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from edgefleet.errors import EdgefleetError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
R = TypeVar("R")


def spread(work: Callable[[Sequence[T]], R], items: Sequence[T], least: int) -> list[R]:
    """Return what `work` makes of all items, or of each part of them, in their order.

    The first part is done here, each other one by a copy of this process: there must be no
    threads yet, and what `work` returns is pickled. A part has `least` items or more. What `work`
    raises is raised here.
    """
    first, *others = _parts(items, min(_processors(), len(items) // least))
    with ExitStack() as stack:
        readers = [_copied(stack, work, part) for part in others]
        return [work(first), *(_received(reader) for reader in readers)]


def _parts(items: Sequence[T], count: int) -> list[Sequence[T]]:
    if count < 2:
        return [items]
    size = -(-len(items) // count)
    return [items[start : start + size] for start in range(0, len(items), size)]


def _processors() -> int:
    # macOS can copy a process, too, but its own libraries do not bear it.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _copied(stack: ExitStack, work: Callable[[Sequence[T]], R], part: Sequence[T]) -> "Connection":
    # To load it takes longer than to check a tenant.
    from multiprocessing import get_context

    context = get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(work, part, writer), daemon=True)
    process.start()
    writer.close()
    stack.callback(process.join)
    stack.callback(process.kill)
    return reader


def _answer(work: Callable[[Sequence[T]], R], part: Sequence[T], writer: "Connection") -> None:
    with suppress(KeyboardInterrupt, BrokenPipeError):  # nobody waits for it any more
        try:
            writer.send((work(part), None))
        except Exception as error:  # noqa: BLE001 - raised where somebody can tell of it
            writer.send((None, error))


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
