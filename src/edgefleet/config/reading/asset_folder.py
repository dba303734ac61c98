"""A folder of static assets as it was read: its files, and what is wrong with them."""

from dataclasses import dataclass
from pathlib import Path

IGNORE, HEADERS, REDIRECTS = ".assetsignore", "_headers", "_redirects"
"""Files of the folder that say what is served, and how; they are not served themselves."""


@dataclass(frozen=True, slots=True)
class ListedAsset:
    """One file that is served."""

    path: str
    """From the asset folder, with a slash before it."""
    source: Path
    size: int


@dataclass(frozen=True, slots=True)
class AssetProblem:
    """What is wrong with a file of the folder, or with the folder itself."""

    file: str
    """From the asset folder; empty for the folder."""
    message: str
    ignored: bool = False
    """Whether wrangler passes over it in silence."""


@dataclass(frozen=True, slots=True)
class AssetFolder:
    """A folder of assets as it was read."""

    directory: str
    """Relative to the repository."""
    files: tuple[ListedAsset, ...] = ()
    """By path."""
    headers: str | None = None
    redirects: str | None = None
    problems: tuple[AssetProblem, ...] = ()
