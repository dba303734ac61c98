"""Read the D1 migrations that a tenant's wrangler configuration names."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from edgefleet.cloudflare.d1.migrations import D1Migration, D1Migrations
from edgefleet.config.d1_migrations.rules import MigrationSource, matches, order, sources
from edgefleet.core.model import Json
from edgefleet.core.regular_files import FileTooLargeError, NotRegularFileError, read_regular
from edgefleet.errors import ConfigError

LARGEST = 10 * 1024 * 1024
"""Bytes of one file; a statement may have 100 KB at Cloudflare."""

HINT = "edgefleet validate --tenants all"


def declared_migrations(resolved: Mapping[str, Json], folder: Path) -> tuple[D1Migrations, ...]:
    """Return the migrations of each database that has some; paths start at `folder`.

    Raises `ConfigError` for a folder or a file that cannot be read.
    """
    found = (
        D1Migrations(
            binding=one.binding,
            database_id=one.database_id,
            table=one.table,
            migrations=tuple(
                D1Migration(name=name, sql=_text(folder / one.folder / name))
                for name in names(one, folder)
            ),
        )
        for one in sources(resolved)
    )
    return tuple(one for one in found if one.migrations)


def names(source: MigrationSource, folder: Path) -> list[str]:
    """Return the files of a database's migrations, in their order.

    Raises `ConfigError` where the file names a folder that is not there.
    """
    home = folder / source.folder
    if not home.is_dir() or home.is_symlink():
        if source.named:
            raise ConfigError(f"there is no folder {source.folder} for migrations", hint=HINT)
        return []
    found = (path for path in _below(home, "") if matches(source.pattern, path))
    return sorted(found, key=order)


def _below(home: Path, prefix: str) -> Iterator[str]:
    """Yield every file below a folder, relative to it; links to folders are not followed."""
    with os.scandir(f"{home}/{prefix}") as entries:
        for entry in entries:
            path = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _below(home, f"{path}/")
            else:
                yield path


def _text(path: Path) -> str:
    try:
        return read_regular(path, LARGEST).decode("utf-8")
    except (FileTooLargeError, NotRegularFileError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the migration {path} cannot be read: {error}", hint=HINT) from error
