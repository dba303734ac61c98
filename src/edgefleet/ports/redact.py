"""Keeps secrets out of text that others wrote."""

from collections.abc import Iterable
from urllib.parse import quote

from edgefleet.model.secret import REDACTED, Secret


class Redactor:
    """Replaces each of the secrets, in clear or percent-encoded, in a text."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        clear = {secret.reveal() for secret in secrets}
        # The longest first: one secret may hold another.
        self._needles = sorted(clear | {quote(value, safe="") for value in clear}, key=len)[::-1]

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        for needle in self._needles:
            text = text.replace(needle, REDACTED)
        return text
