"""Text that others wrote, made fit for a terminal, a job's log, a page and a record.

A Worker, Cloudflare, GitHub, a program or a file on disk may say anything: a text that ends a
line can begin the next one with a workflow command, control characters redraw a terminal, and
half a surrogate pair cannot be written to any file.
"""

import re

LONGEST = 500
"""Characters that are shown of a foreign text, unless the caller allows another number."""

MOST_LINES = 40

REPLACEMENT = "\ufffd"
"""Unicode's own sign for a character that cannot be shown."""

MARKS = ("::", "```", "~~~")
"""What begins a workflow command, or ends a block of code, at the beginning of a line."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def foreign_text(text: str, limit: int = LONGEST) -> str:
    """Return a foreign text as one harmless line of at most `limit` characters.

    It is well-formed, without control, format or bidirectional characters. Where it begins a line,
    it ends no block of code and is no workflow command of GitHub Actions: the runner obeys `::`
    there, and `##[` anywhere
    (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
    A text that is longer ends with an ellipsis. Doing it twice changes nothing more.
    """
    head = text[: 4 * limit]  # the rest is not looked at: it may be a gigabyte
    line = " ".join(head.split())
    if not line.isprintable():
        line = "".join(one if one.isprintable() else REPLACEMENT for one in line)
    line = line.replace("##[", "## [")
    if line.startswith(MARKS):
        line = f"{line[0]} {line[1:]}"
    if len(line) <= limit and len(head) == len(text):
        return line
    return f"{line[: limit - 1].rstrip()}…"


def foreign_lines(text: str, most: int = MOST_LINES) -> str:
    """Return a foreign text of several lines, each of them harmless; the last `most` of them."""
    tail = text[-most * LONGEST :]
    return "\n".join(foreign_text(line) for line in tail.splitlines()[-most:])


def well_formed(text: str) -> str:
    """Return the text with each half of a surrogate pair replaced: then UTF-8 can carry it."""
    return _SURROGATE.sub(REPLACEMENT, text)
