"""Contents of assets: one file for each SHA-256 digest, however many versions serve it."""

import hashlib
import itertools
from collections.abc import Container
from pathlib import Path

FOLDER = "assets"
_PART = ".part"


class AssetContents:
    """Files below `folder`, which workerd reads by their digest.

    A file appears whole: it is written beside its place and renamed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._numbers = itertools.count(1)
        for unfinished in self.folder.glob(f"*{_PART}"):
            unfinished.unlink()

    def put(self, content: bytes) -> str:
        """Store `content` if it is new; return its digest."""
        digest = hashlib.sha256(content).hexdigest()
        place = self.folder / place_of(digest)
        if not place.exists():
            part = self.folder / f"{next(self._numbers)}{_PART}"
            part.write_bytes(content)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            part.replace(place)
        return digest

    def remove_unused(self, used: Container[str]) -> None:
        """Delete the files whose digest is not in `used`."""
        for file in self.folder.glob("??/*"):
            if file.name not in used:
                file.unlink()


def place_of(digest: str) -> str:
    """Return where a file is, below the folder: no folder holds too many."""
    return f"{digest[:2]}/{digest}"
