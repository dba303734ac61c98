"""A repository's history of which everything is known, without git."""

from pathlib import Path

from edgefleet.records.commit_order import Order
from edgefleet.records.lineage import Lineage


class KnownLineage(Lineage):
    """Says of every commit the same."""

    def __init__(self, *, merged: bool | None = True, on_github: bool = False) -> None:
        super().__init__(Path(), {"GITHUB_ACTIONS": "true"} if on_github else {})
        self._all_merged = merged

    @property
    def default_branch(self) -> str | None:
        """Return `main`."""
        return "main"

    def merged(self, commit: str) -> bool | None:
        """Return what is known of all commits."""
        return self._all_merged

    def order(self, commit: str, live: str) -> Order:
        """Let each commit follow the one before."""
        return Order.SAME if commit.startswith(live) else Order.LATER
