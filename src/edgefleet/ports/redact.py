"""Keep secrets out of text that leaves this process."""

import json
import threading
from collections.abc import Iterable
from urllib.parse import quote

from edgefleet.model.secret import REDACTED, Secret

SHORTEST_SECRET = 8
"""Shorter values are no secrets; hiding them would garble what is printed."""

SHORTEST_KNOWN = 16
"""What is taken out of everything that is written must be no word of a record, such as a tenant's
name. Cloudflare's tokens have 40 characters."""


class Redactor:
    """Replaces each of the secrets in a text: in clear, percent-encoded, or as JSON has it."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        clear = {secret.reveal() for secret in secrets}
        encoded = {quote(value, safe="") for value in clear}
        quoted = {json.dumps(value)[1:-1] for value in clear}
        # The longest first: one secret may hold another.
        self._needles = sorted(clear | encoded | quoted, key=len)[::-1]

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        for needle in self._needles:
            text = text.replace(needle, REDACTED)
        return text


class KnownSecrets:
    """The tokens and keys that this process works with; nothing that it writes holds one.

    There is one for the whole process, as there is one stdout: whoever finds a token adds it, and
    what writes to a stream or a file asks. No caller can forget to hand it on.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[Secret] = frozenset()
        self._redactor = Redactor(())

    def add(self, secret: Secret) -> bool:
        """Add a secret; return whether it was not known before. A short one is none."""
        if len(secret.reveal()) < SHORTEST_KNOWN:
            return False
        with self._lock:
            if secret in self._secrets:
                return False
            self._secrets |= {secret}
            self._redactor = Redactor(self._secrets)
        return True

    def __contains__(self, secret: Secret) -> bool:
        return secret in self._secrets

    def __call__(self, text: str) -> str:
        """Return the text without any of them."""
        return self._redactor(text)


known_secrets = KnownSecrets()
"""Those of this process."""
