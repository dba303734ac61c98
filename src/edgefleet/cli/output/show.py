"""Prints results for people, with states in colour."""

import re

import click

from edgefleet.core.output.terminal import colour_wanted

COLOURS = {
    "green": ("succeeded", "healthy", "unchanged", "in sync", "No changes."),
    "yellow": ("held", "skipped", "pinned", "frozen", "medium", "not deployed", "interrupted"),
    "red": (
        "failed",
        "unhealthy",
        "not ready",
        "restored",
        "restore_failed",
        "restore failed",
        "smoke test failed",
        "high",
    ),
}
"""Words that tell a state, where they stand as separate words."""
SIGNS = {"+": "green", "-": "red", "~": "yellow", "!": "magenta"}
"""Of changes, after two blanks at the beginning of a line."""

_colour_of = {word: colour for colour, words in COLOURS.items() for word in words}
_words = "|".join(sorted(map(re.escape, _colour_of), key=len, reverse=True))
_STATE = re.compile(rf"(?<=  )(?:{_words})(?=  |$|:|,)|(?<=: )(?:{_words})(?=  |$|,)")
_CHANGE = re.compile(r"  (?:(?:high|medium|low) +)?(?P<sign>[-+~!]) ")


def show(text: str, *, err: bool = False) -> None:
    """Print a result."""
    click.echo(coloured(text), err=err, color=colour_wanted())


def coloured(text: str) -> str:
    """Return a text with states and changes in colour."""
    return "\n".join(map(_coloured, text.split("\n")))


def _coloured(line: str) -> str:
    if change := _CHANGE.match(line):
        return click.style(line, fg=SIGNS[change["sign"]])
    return _STATE.sub(lambda word: click.style(word[0], fg=_colour_of[word[0]]), line)
