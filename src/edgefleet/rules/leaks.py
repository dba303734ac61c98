"""What looks like a secret in a text that is going out of the house."""

from edgefleet.model.secret import REDACTED
from edgefleet.rules.validation.secrets import Suspect, suspects


def leaks(text: str) -> list[Suspect]:
    """Find what looks like a secret; JSON within JSON hides none behind its backslashes."""
    return suspects(text) or suspects(text.replace("\\", ""))


def masked(text: str) -> str:
    """Return the text with what looks like a secret replaced."""
    for suspect in leaks(text):
        text = text.replace(suspect.text.reveal(), REDACTED)
    return text
