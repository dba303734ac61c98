"""The repository's npm tree: lent to another checkout, and as part of the repository itself.

The bundler writes the real path of each module into the bundle, and so into its digest.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.rules.foreign_json import parse_json

TREE = "node_modules"
SCRATCH = ".edgefleet"
NOT_BUNDLED = frozenset({TREE, SCRATCH, ".git", ".venv", "deployments"})
"""Entries at the top of a repository that no Worker is made of."""


def lend_tree(root: Path, folder: Path) -> None:
    """Give the checkout at `folder` the packages that are installed at `root`.

    Tools are linked. What the Worker is bundled with (`dependencies`) is copied.
    """
    installed, lent = root / TREE, folder / TREE
    lent.mkdir()
    bundled = _dependencies(folder)
    for entry in installed.iterdir() if installed.is_dir() else ():
        if entry.name in {name.split("/")[0] for name in bundled}:
            shutil.copytree(entry, lent / entry.name, symlinks=True)
        else:
            (lent / entry.name).symlink_to(entry.resolve())


@contextmanager
def with_own_tree(root: Path) -> Iterator[Path]:
    """Yield the repository, or a copy of it while its packages are links to elsewhere.

    The copy has hard links to the same files, and its packages inside.
    """
    tree = root / TREE
    if not any(place.is_symlink() for place in (tree, *(tree / it for it in _dependencies(root)))):
        yield root
        return
    scratch = root / SCRATCH
    scratch.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="tree-", dir=scratch) as name:
        copy = Path(name)
        for entry in root.iterdir():
            if entry.name in NOT_BUNDLED:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.copytree(entry, copy / entry.name, symlinks=True, copy_function=os.link)
            else:
                shutil.copy2(entry, copy / entry.name, follow_symlinks=False)
        lend_tree(root, copy)
        yield copy


def _dependencies(folder: Path) -> set[str]:
    try:
        package = parse_json((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        return set()
    return set(package.get("dependencies") or ())
