"""The streams of a process, as they are outside of pytest."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def real_streams() -> Iterator[None]:
    """Let stdout and stderr write to the descriptors 1 and 2, which `capfd` reads."""
    with (
        open(1, "w", closefd=False, buffering=1) as out,
        open(2, "w", closefd=False, buffering=1) as err,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        yield
