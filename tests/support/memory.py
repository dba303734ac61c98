"""How much memory a piece of code takes, as Python's own allocator counts it."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Taken:
    """Bytes; both are 0 until the block has ended."""

    kept: int = 0
    """More than before, after the block."""
    peak: int = 0
    """More than before, at most."""


@contextmanager
def traced() -> Iterator[Taken]:
    """Count what the block takes."""
    taken = Taken()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield taken
        after, peak = tracemalloc.get_traced_memory()
        taken.kept, taken.peak = after - before, peak - before
    finally:
        tracemalloc.stop()
