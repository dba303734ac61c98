"""What a program that failed had printed, as it is shown to people."""

import re
from collections.abc import Callable

from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.process import Finished

SHOWN_LINES = 30
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

Redact = Callable[[str], str]
"""Takes secrets out of a text."""


def last_lines(finished: Finished, redact: Redact, *, both: bool = False) -> str:
    """Return the exit code and the last lines of what a program printed, without secrets.

    Of stdout only where stderr is empty, unless `both`.
    """
    err, out = finished.stderr.strip(), finished.stdout.strip()
    said = ANSI.sub("", f"{out}\n{err}" if both else err or out)
    lines = [line.rstrip() for line in redact(said).splitlines() if _tells(line)]
    shown = "\n".join(f"  | {foreign_text(line)}" for line in lines[-SHOWN_LINES:])
    return f"(exit {finished.exit_code})\n{shown}".rstrip()


def _tells(line: str) -> bool:
    # The log that wrangler points to went with its scratch folder.
    return bool(line.strip()) and "Logs were written to" not in line
