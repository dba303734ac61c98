"""What looks like a secret in a text that is going out of the house."""

from dataclasses import dataclass

from edgefleet.model.secret import REDACTED, Secret
from edgefleet.rules.validation.secrets import suspects


@dataclass(frozen=True, slots=True)
class Leak:
    """What looks like a secret: its line, counted from 1, what kind, its text."""

    line: int
    what: str
    text: Secret


def leaks(text: str) -> list[Leak]:
    """Find what looks like a secret; JSON within JSON hides none behind its backslashes."""
    return _leaks(text) or _leaks(text.replace("\\", ""))


def masked(text: str, name: str = "") -> str:
    """Return the text with what looks like a secret replaced. Doing it twice changes nothing more.

    `name` is what the text is the value of: it tells a secret which does not look like one.
    """
    shown = f'{name}: "{text}"' if name else text
    found = {leak.text.reveal() for leak in (*_leaks(shown), *_leaks(shown.replace("\\", "")))}
    for secret in sorted(found, key=len, reverse=True):  # one may be a part of another
        text = text.replace(secret, REDACTED)
    return text


def _leaks(text: str) -> list[Leak]:
    return [
        Leak(text.count("\n", 0, suspect.offset) + 1, suspect.what, suspect.text)
        for suspect in suspects(text)
        if suspect.text.reveal() != REDACTED  # what a word like "password" stands before
    ]
