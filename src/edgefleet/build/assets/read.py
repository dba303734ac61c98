"""Read static assets into a bundle: each file is hashed once, however many targets serve it."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from edgefleet.build.inputs import inside, uncommitted
from edgefleet.cloudflare.limits import ASSET_BYTES
from edgefleet.cloudflare.worker.content_types import content_type
from edgefleet.cloudflare.worker.static_assets import AssetFile, AssetSet, asset_hash
from edgefleet.config.files.asset_files import read_asset_folder
from edgefleet.config.reading.asset_folder import HEADERS, IGNORE, REDIRECTS, ListedAsset
from edgefleet.core.model import Json
from edgefleet.core.regular_files import read_regular
from edgefleet.errors import ConfigError


def read_assets(
    root: Path,
    directory: str,
    *,
    name: str | None = None,
    settings: Mapping[str, Json] | None = None,
) -> AssetSet:
    """Return the assets of a folder, relative to the root; raises `ConfigError`.

    `name` and `settings` are for a folder that a build names itself.
    """
    found = read_asset_folder(root, directory)
    wrong = [one for one in found.problems if not one.ignored]
    if wrong:
        place = f"{directory}/{wrong[0].file}".rstrip("/")
        raise ConfigError(f"{place}: {wrong[0].message}", hint="edgefleet validate")
    return AssetSet(
        directory=name or directory,
        files=tuple(map(_hashed, found.files)),
        headers=found.headers,
        redirects=found.redirects,
        settings=dict(settings or {}),
    )


def kept_assets(found: AssetSet, folder: Path) -> AssetSet:
    """Copy assets into a folder that stays, each by its hash; return them as they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in found.files:
        place = folder / file.hash
        if not place.exists():
            with NamedTemporaryFile(dir=folder, prefix=".draft-", delete=False) as draft:
                draft.write(read_asset(file))
            Path(draft.name).rename(place)
    files = tuple(file.model_copy(update={"source": folder / file.hash}) for file in found.files)
    return found.model_copy(update={"files": files})


def asset_inputs(root: Path, found: AssetSet) -> tuple[str, ...]:
    """Return the files of the repository that assets come from, relative to it."""
    rules = (root / found.directory / name for name in (IGNORE, HEADERS, REDIRECTS))
    return inside(root, (*(file.source for file in found.files), *rules))


def uncommitted_assets(root: Path, found: AssetSet) -> tuple[str, ...]:
    """Return the assets that git does not have: no commit gives this bundle then."""
    return uncommitted(root, asset_inputs(root, found), found.directory)


def read_asset(file: AssetFile) -> bytes:
    """Return the bytes of an asset; raises `ConfigError` where they are not those of its hash."""
    try:
        content = read_regular(file.source, ASSET_BYTES, follow=True)
    except OSError as error:
        raise ConfigError(f"the asset {file.path} cannot be read: {error}") from error
    if asset_hash(content, file.path) != file.hash:
        raise ConfigError(
            f"the asset {file.path} changed since it was hashed",
            hint="deploy again, while nothing writes to the folder of the assets",
        )
    return content


def _hashed(listed: ListedAsset) -> AssetFile:
    found = os.stat(listed.source)  # noqa: PTH116 - there may be a hundred thousand
    state = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return AssetFile(
        path=listed.path,
        hash=_hash(str(listed.source), listed.path, state),
        size=found.st_size,
        content_type=content_type(listed.path),
        source=listed.source,
    )


@lru_cache(maxsize=200_000)
def _hash(source: str, path: str, _state: tuple[int, ...]) -> str:
    return asset_hash(read_regular(source, ASSET_BYTES, follow=True), path)
