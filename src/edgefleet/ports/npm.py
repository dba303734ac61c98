"""The repository's npm tree, lent to another checkout."""

import json
import shutil
from pathlib import Path

TREE = "node_modules"


def lend_tree(root: Path, folder: Path) -> None:
    """Give the checkout at `folder` the packages that are installed at `root`.

    Tools are linked. What the Worker is bundled with (`dependencies`) is copied: the bundler
    writes the real path of each module into the bundle, and so into its digest.
    """
    installed, lent = root / TREE, folder / TREE
    lent.mkdir()
    bundled = _dependencies(folder)
    for entry in installed.iterdir() if installed.is_dir() else ():
        if entry.name in {name.split("/")[0] for name in bundled}:
            shutil.copytree(entry, lent / entry.name, symlinks=True)
        else:
            (lent / entry.name).symlink_to(entry.resolve())


def _dependencies(folder: Path) -> set[str]:
    try:
        package = json.loads((folder / "package.json").read_text())
    except (OSError, ValueError):
        return set()
    return set(package.get("dependencies") or ())
