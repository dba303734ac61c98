"""The folder of versions that this machine has looked at: a file for each, replaced atomically.

A file is never believed for what can change, and one that is damaged is as if it were not there.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from edgefleet.core import atomic_files
from edgefleet.core.redaction import known_secrets
from edgefleet.core.regular_files import read_stored
from edgefleet.state.seen.models import SeenVersion, VersionFacts, seen_version

KEPT = 8
"""Versions of one script that are kept: the last ones that were looked at first."""
LARGEST_BYTES = 256 * 1024
DAMAGED = "it is not as edgefleet wrote it"
NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""What may be part of a path: an account's id, a script's name, a version's id."""


class SeenVersions:
    """Keeps versions below `folder`; many processes may do so at the same time.

    `tracked` tells whether git has a file there: others may have written it then, and nothing is
    taken from it. `say` prints why something is not used, once.
    """

    def __init__(
        self, folder: Path, tracked: Callable[[], bool], say: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._tracked = tracked
        self._say = say
        self._usable: bool | None = None
        self._said = False

    def find(self, account: str, script: str, version: str) -> SeenVersion | None:
        """Return a version that was looked at before; None where its file cannot be used."""
        path = self._path(account, script, version)
        if path is None or not self._may_use():
            return None
        try:
            found = SeenVersion.model_validate_json(read_stored(path, LARGEST_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            why = str(error.strerror) if isinstance(error, OSError) else DAMAGED
            self._note(f"{path} cannot be used: {why}")
            return None
        if not found.whole or found.key != (account, script, version):
            self._note(f"{path} cannot be used: {DAMAGED}")
            return None
        return found

    def keep(
        self, account: str, script: str, version: str, facts: VersionFacts, *, sent: bool = False
    ) -> None:
        """Keep what Cloudflare has told of a version; a disk that is full stops nothing.

        `sent` is whether this machine uploaded the version, and its modules were not read back.
        """
        path = self._path(account, script, version)
        if path is None or not self._may_use():
            return
        kept = seen_version(account, script, version, facts, sent=sent)
        text = kept.model_dump_json()
        if len(text) > LARGEST_BYTES or known_secrets(text) != text:
            return
        with suppress(OSError):
            self._folder.parent.mkdir(exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_files.replace(path, kept, lasting=False)
            _prune(path.parent)

    def _path(self, *parts: str) -> Path | None:
        if not all(NAME.fullmatch(part) for part in parts):
            return None
        account, script, version = parts
        return self._folder / account / script / f"{version}.json"

    def _may_use(self) -> bool:
        if self._usable is None:
            self._usable = not (self._folder.exists() and self._tracked())
            if not self._usable:
                self._note(f"{self._folder} is in git, and others may have written it")
        return self._usable

    def _note(self, words: str) -> None:
        if not self._said:
            self._said = True
            self._say(f"note: {words}; edgefleet asks Cloudflare instead")


def _prune(folder: Path) -> None:
    """Remove the files that were written first, but for `KEPT`."""
    files = list(folder.glob("*.json"))
    if len(files) > KEPT:
        for path in sorted(files, key=lambda one: one.stat().st_mtime)[:-KEPT]:
            path.unlink(missing_ok=True)
