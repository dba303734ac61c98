"""What a forked process runs as `python SCRIPT ...` would."""

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

TESTS = Path(__file__).parents[1]
"""What pytest alone has on Python's path begins with it, or is beside it."""


def main(words: Sequence[str]) -> int:
    """Run a script; what it imports from its own folder is not what the tests imported."""
    ours = {str(TESTS), str(TESTS.parent), str(TESTS.parent / "ci")}
    sys.path[:] = [str(Path(words[0]).parent), *(path for path in sys.path if path not in ours)]
    sys.argv = list(words)
    runpy.run_path(words[0], run_name="__main__")
    return 0
