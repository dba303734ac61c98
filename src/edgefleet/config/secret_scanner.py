"""What looks like a secret in a text that is going out of the house."""

import re
from dataclasses import dataclass

from edgefleet.config.validation.secrets import suspects
from edgefleet.core.secret import REDACTED, Secret

SECRET_NAME = re.compile(
    r"(?i)token|secret|passw|passphrase|credential|bearer|(?:api|private|access|signing)[_-]?key"
)
NO_SECRET_NAME = re.compile(r"(?i)digest|hash|sha-?256|budget|(?:name|id|url|ttl|type)s?$")
"""Of what only has to do with a secret."""

MOST = 100
"""Secrets in one text that are taken out one by one; of a text with more, nothing is shown."""
LONGEST = 20_000
"""Characters of one; a private key has some thousand."""


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
    if name and _is_secret(text, name):
        return REDACTED
    found = {leak.text.reveal() for leak in (*_leaks(text), *_leaks(text.replace("\\", "")))}
    if len(found) > MOST or any(len(secret) > LONGEST for secret in found):
        return REDACTED
    for secret in sorted(found, key=len, reverse=True):  # one may be a part of another
        escaped = r"\\*".join(map(re.escape, secret))  # as JSON within JSON has it
        text = re.sub(escaped, lambda _: REDACTED, text)
    return text


def _is_secret(text: str, name: str) -> bool:
    """Whether a value is a secret by its name, or looks like one beside it."""
    last = name.rpartition(".")[2]
    if SECRET_NAME.search(last) and not NO_SECRET_NAME.search(last):
        return not (text.isdigit() or text == "" or text == REDACTED)
    return bool(_leaks(f'{name}: "{text}"')) and not _leaks(text)


def _leaks(text: str) -> list[Leak]:
    found: list[Leak] = []
    line, counted = 1, 0
    for suspect in suspects(text):
        line += text.count("\n", counted, suspect.offset)
        counted = suspect.offset
        if suspect.text.reveal() != REDACTED:  # what a word like "password" stands before
            found.append(Leak(line, suspect.what, suspect.text))
    return found
