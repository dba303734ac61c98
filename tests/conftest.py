"""Settings that all tests share, and `--shuffle`: no test may need another one before it."""

import gc
import os
import random
import tempfile
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, settings

from support.temporary import folder_in_memory

# What is slow is no strategy: before the first input of a process Hypothesis reads all source files
# of this repository that are imported, for constants; a fresh clone takes more than a second.
settings.register_profile("house", max_examples=10, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", settings.get_profile("house"), max_examples=1000)
settings.load_profile("house")  # in `make soak`, --hypothesis-profile comes after it and counts


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--shuffle SEED`, which CI gives once."""
    parser.addoption("--shuffle", metavar="SEED", help="run the tests of each file in random order")


def pytest_configure() -> None:
    """Keep temporary files in memory, also those of workers and commands; TMPDIR says otherwise."""
    if "TMPDIR" not in os.environ and (folder := folder_in_memory()):
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None  # it was worked out before


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out what collection made, which lives until the end."""
    gc.collect()
    gc.freeze()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Print the seed, with which the same order comes again."""
    seed = config.getoption("--shuffle")
    return f"shuffled: --shuffle {seed}" if seed else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the tests of each file; a file stays in one piece, for what its tests share."""
    seed = config.getoption("--shuffle")
    if not seed:
        return
    files: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[str(item.path)].append(item)
    # Every worker of pytest-xdist must come to the same order.
    order = random.Random(str(seed))
    for tests in files.values():
        order.shuffle(tests)
    items[:] = [item for tests in files.values() for item in tests]
