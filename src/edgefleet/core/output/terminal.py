"""What the terminal can show: its width, and colours."""

import os
import shutil
import sys
from collections.abc import Mapping


def terminal_width() -> int | None:
    """Return how many characters a line of stdout may have; None where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def colour_wanted(environ: Mapping[str, str] = os.environ) -> bool | None:
    """Whether to colour what is printed; None: where it goes to a terminal.

    NO_COLOR (https://no-color.org) and FORCE_COLOR (https://force-color.org) count where they are
    not empty.
    """
    if environ.get("NO_COLOR"):
        return False
    return True if environ.get("FORCE_COLOR") else None
