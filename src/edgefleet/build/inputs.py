"""Which files of the repository a build read: a change of one of them is a change of the Worker."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.core.git import in_repository, known_files, literal, tracked
from edgefleet.core.node_modules import TREE

HASHED = re.compile(r"^[0-9a-f]{40}-")
"""What wrangler puts before the name of a module that it takes as it is."""


def inside(root: Path, files: Iterable[Path]) -> tuple[str, ...]:
    """Return those files of the repository that no package manager installed, relative to it."""
    here = (file.relative_to(root) for file in files if file.is_relative_to(root))
    kept = (file.as_posix() for file in here if TREE not in file.parts)
    return tuple(sorted({file for file in kept if (root / file).is_file()}))


def taken_as_they_are(root: Path, bundle: Bundle) -> tuple[Path, ...]:
    """Return the files that are modules of a bundle, byte for byte.

    esbuild's metafile does not name them (texts, WebAssembly, modules with no_bundle), so they are
    looked for by name and content among the files that git knows.
    """
    modules = {HASHED.sub("", Path(module.name).name): module for module in bundle.modules}
    specs = [f":(glob)**/{_escaped(name)}" for name in modules]
    found = [root / name for name in known_files(root, specs) or ()] if specs else []
    return tuple(path for path in found if _holds(path, modules[path.name].content))


def uncommitted(root: Path, inputs: Sequence[str], folder: str | None = None) -> tuple[str, ...]:
    """Return the inputs that git does not have: no commit gives this bundle then.

    Those that git has and that differ from its commit are named by the state of the checkout. With
    `folder`, which holds them all, git lists that: a command line cannot name 100,000 assets.
    """
    if not inputs or not in_repository(root):
        return ()
    known = {*tracked(root, *map(literal, inputs if folder is None else [folder]))}
    return tuple(name for name in inputs if name not in known)


def _escaped(name: str) -> str:
    return re.sub(r"([*?\[\]\\])", r"\\\1", name)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
