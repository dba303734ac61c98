"""The width of the terminal, and whether it shows colours."""

import os
import shutil
import sys
from collections.abc import Mapping


def terminal_width() -> int | None:
    """Return the characters of a line of stdout; None if it is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def colour_wanted(environ: Mapping[str, str] = os.environ) -> bool | None:
    """Whether to print colours; None means on a terminal only.

    NO_COLOR (https://no-color.org) and FORCE_COLOR (https://force-color.org) apply if they are not
    empty.
    """
    if environ.get("NO_COLOR"):
        return False
    return True if environ.get("FORCE_COLOR") else None
