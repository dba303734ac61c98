"""When each token was verified last, and when it expires: a look need not ask each time.

A note is no proof: Cloudflare refuses the requests of a token that is not good any more. It only
saves the question whether to warn of a token that expires soon.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, ValidationError

from edgefleet.core import atomic_files
from edgefleet.core.model import Model
from edgefleet.core.regular_files import read_stored
from edgefleet.core.secret import Secret

GOOD_FOR = timedelta(days=7)
"""How long a note is taken for true."""
LARGEST_BYTES = 4096
DIGITS = 32
"""Of the digest by which a note is found; no token can be had from it."""


class TokenNote(Model):
    """What Cloudflare said of a token."""

    schema_version: Literal[1] = 1
    asked: AwareDatetime
    expires: AwareDatetime | None


class TokenNotes:
    """Keeps notes below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pruned = False

    def find(self, account: str, token: Secret, now: datetime) -> TokenNote | None:
        """Return what Cloudflare said of a token within `GOOD_FOR`; None where it must be asked."""
        try:
            text = read_stored(self._path(account, token), LARGEST_BYTES)
            note = TokenNote.model_validate_json(text)
        except (OSError, ValidationError):
            return None
        return note if timedelta() <= now - note.asked < GOOD_FOR else None

    def keep(self, account: str, token: Secret, expires: datetime | None, now: datetime) -> None:
        """Note what Cloudflare says of a token; a disk that is full stops nothing."""
        with suppress(OSError):
            self._folder.parent.parent.mkdir(exist_ok=True)
            self._folder.parent.mkdir(mode=0o700, exist_ok=True)
            note = TokenNote(asked=now, expires=expires)
            atomic_files.replace(self._path(account, token), note, lasting=False)
            if not self._pruned:
                self._pruned = True
                for path in self._old():
                    path.unlink(missing_ok=True)

    def _old(self) -> Iterator[Path]:
        oldest = time.time() - GOOD_FOR.total_seconds()
        yield from (one for one in self._folder.glob("*.json") if one.stat().st_mtime < oldest)

    def _path(self, account: str, token: Secret) -> Path:
        digest = sha256(f"{account} {token.reveal()}".encode()).hexdigest()[:DIGITS]
        return self._folder / f"{digest}.json"
