"""Bundles that another job built, by their commits: a look beside a token builds nothing."""

import threading
from collections.abc import Callable, Mapping

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.errors import ConfigError, UsageError

Built = Mapping[str, str | None]
"""Full commit -> SHA-256 of its bundle; None: its build failed."""

FAILED = "failed"
"""How options and outputs of workflows write that a build failed."""


class NotBuilt(UsageError):
    """No job tried to build a commit, whose bundle is needed."""

    code = "not-built"
    commit: str | None = None


class BuiltBundles:
    """Gives the bundle of a commit; several threads may ask together."""

    def __init__(self, built: Built, load: Callable[[str], Bundle]) -> None:
        """Prepare; `load` reads a stored bundle by its digest, and checks its bytes."""
        self._built = built
        self._load = load
        self._loaded: dict[str, Bundle] = {}
        self._lock = threading.Lock()

    def __call__(self, commit: str | None) -> Bundle:
        """Return a commit's bundle; raises `NotBuilt`, and `ConfigError` where its build failed."""
        if commit is None or commit not in self._built:
            named = commit or "HEAD"
            error = NotBuilt(
                f"commit {named} was not built, and nothing is built here",
                hint=f"edgefleet build --ref {named}",
            )
            error.commit = commit
            raise error
        digest = self._built[commit]
        if digest is None:
            raise ConfigError(
                f"commit {commit} could not be built",
                hint=f"see why: edgefleet build --ref {commit}",
            )
        with self._lock:
            if digest not in self._loaded:
                self._loaded[digest] = self._load(digest)
            return self._loaded[digest]
