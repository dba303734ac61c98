"""Keep secrets out of text that leaves this process."""

import json
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote

from edgefleet.core.secret import REDACTED, Secret

SHORTEST_SECRET = 8
"""Shorter values are not secrets; hiding them would garble the output."""

SHORTEST_KNOWN = 16
"""Shorter secrets might be words of a record, such as a tenant's name. Cloudflare's tokens have 40
characters."""
PIECE = 8
"""A text is split into pieces of this length: one of them lies within each secret of 16 characters
or more, wherever the secret begins."""
_PIECES = re.compile(f"(?s).{{{PIECE}}}")


class Redactor:
    """Replaces each of the secrets in a text: in clear, percent-encoded, or as JSON has it."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        self._needles = _longest_first(forms)

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        return _without(text, self._needles)


class KnownSecrets:
    """The tokens and keys that this process works with, which it must never write.

    There is one for the whole process, as there is one stdout: code that finds a token adds it,
    and code that writes to a stream or a file uses it, so no caller can forget to pass it on. A
    run over a fleet knows thousands, so a text is not searched for each of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: set[Secret] = set()
        self._by_piece: dict[str, tuple[str, ...]] = {}

    def add(self, secret: Secret) -> bool:
        """Add a secret; return whether it is new. A short one is not added."""
        if len(secret.reveal()) < SHORTEST_KNOWN:
            return False
        with self._lock:
            if secret in self._secrets:
                return False
            self._secrets.add(secret)
            for form in _forms(secret):
                alone = (form,)  # one for all pieces: nearly none is of another secret, too
                for start in range(PIECE):
                    piece = form[start : start + PIECE]
                    self._by_piece[piece] = self._by_piece.get(piece, ()) + alone
        return True

    def __contains__(self, secret: Secret) -> bool:
        return secret in self._secrets

    def __call__(self, text: str) -> str:
        """Return the text without any of them."""
        if not self._secrets:
            return text
        # Another thread may add one meanwhile, so this looks keys up and does not iterate.
        known = self._by_piece
        pieces = [piece for piece in _PIECES.findall(text) if piece in known]
        found = {form for piece in pieces for form in known[piece]}
        return _without(text, _longest_first(found))


def _forms(secret: Secret) -> set[str]:
    clear = secret.reveal()
    return {clear, quote(clear, safe=""), json.dumps(clear)[1:-1]}


def _longest_first(forms: Iterable[str]) -> list[str]:
    """Return them in the order to look for them: one secret may hold another."""
    return sorted(forms, key=len, reverse=True)


def _without(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        text = text.replace(form, REDACTED)
    return text


known_secrets = KnownSecrets()
"""Those of this process."""
