"""The files of a folder of static assets, as wrangler would upload them; nothing is hashed here."""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from edgefleet.cloudflare.limits import ASSET_BYTES
from edgefleet.cloudflare.worker.static_assets import is_asset_path
from edgefleet.config.files.assets_ignore import AssetsIgnore
from edgefleet.config.reading.asset_folder import (
    HEADERS,
    IGNORE,
    REDIRECTS,
    AssetFolder,
    AssetProblem,
    ListedAsset,
)
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.regular_files import FileTooLargeError, NotRegularFileError, read_regular

PAGES_WORKER = "_worker.js"
"""The code of a Pages project, which would be served to anybody."""
MOST_RULE_BYTES = 1024 * 1024
"""Of one of the files that say how assets are served; no file with all rules is so large."""


def read_asset_folder(root: Path, directory: str) -> AssetFolder:
    """List what is served of a folder, relative to the root. Nothing raises: see `problems`."""
    try:
        return _Reader(root, directory).read()
    except (OSError, ValueError) as error:  # ValueError: a path that cannot exist
        return _wrong(directory, f"it cannot be read: {getattr(error, 'strerror', None) or error}")


def _wrong(directory: str, message: str) -> AssetFolder:
    return AssetFolder(directory, problems=(AssetProblem("", message),))


class _Reader:
    def __init__(self, root: Path, directory: str) -> None:
        self._root = os.path.realpath(root)
        self._directory = directory
        self._folder = os.path.normpath(f"{root}/{directory}")
        self._problems: list[AssetProblem] = []

    def read(self) -> AssetFolder:
        if not self._inside(self._folder):
            return _wrong(self._directory, "it lies outside of the repository")
        if not Path(self._folder).is_dir():
            return _wrong(self._directory, "there is no such folder in the repository")
        ignore = self._text(IGNORE)
        self._ignore = AssetsIgnore(ignore or "")
        files = sorted(self._files(""), key=lambda one: one.path)
        if ignore is None:
            self._problems += [
                AssetProblem(one.path[1:], "the code of a Pages project would be served")
                for one in files
                if one.path[1:].split("/")[0].startswith(PAGES_WORKER)
            ]
        return AssetFolder(
            self._directory,
            tuple(files),
            self._text(HEADERS),
            self._text(REDIRECTS),
            tuple(self._problems),
        )

    def _files(self, below: str) -> Iterator[ListedAsset]:
        with os.scandir(f"{self._folder}/{below}") as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path = f"{below}{entry.name}"
            folder = entry.is_dir()
            if self._ignore.ignores(path, folder=folder):
                continue
            if entry.is_symlink() and not self._follow(path, entry, folder=folder):
                continue
            if folder:
                yield from self._files(f"{path}/")
            else:
                yield from self._file(path, entry)

    def _follow(self, path: str, entry: os.DirEntry[str], *, folder: bool) -> bool:
        """Whether to read what a link leads to, as wrangler does: a file, never a folder."""
        if folder:
            message = "it is a link to a folder, whose files wrangler does not upload"
            self._problems.append(AssetProblem(path, message, ignored=True))
            return False
        if not self._inside(entry.path):
            self._problems.append(AssetProblem(path, "it is a link out of the repository"))
            return False
        return True

    def _file(self, path: str, entry: os.DirEntry[str]) -> Iterator[ListedAsset]:
        try:
            found = entry.stat()
        except FileNotFoundError:
            self._problems.append(AssetProblem(path, "it is a link to nothing"))
            return
        if S_ISDIR(found.st_mode) or not S_ISREG(found.st_mode):
            self._problems.append(AssetProblem(path, "it is not a regular file"))
        elif not is_asset_path(f"/{path}"):
            message = f"a file named {foreign_text(path)!r} cannot be uploaded"
            self._problems.append(AssetProblem("", message))
        elif found.st_size > ASSET_BYTES:
            message = f"it has {found.st_size:,} bytes; Cloudflare takes {ASSET_BYTES:,} of a file"
            self._problems.append(AssetProblem(path, message))
        else:
            yield ListedAsset(f"/{path}", Path(entry.path), found.st_size)

    def _text(self, name: str) -> str | None:
        path = f"{self._folder}/{name}"
        if not os.path.lexists(path):
            return None
        if not self._inside(path):
            self._problems.append(AssetProblem(name, "it is a link out of the repository"))
            return None
        try:
            return read_regular(path, MOST_RULE_BYTES, follow=True).decode("utf-8")
        except FileTooLargeError as error:
            message = f"it has {error}, more than {MOST_RULE_BYTES:,}"
        except UnicodeDecodeError:
            message = "it is not UTF-8"
        except NotRegularFileError as error:
            message = str(error)
        self._problems.append(AssetProblem(name, message))
        return None

    def _inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real == self._root or real.startswith(f"{self._root}{os.sep}")
