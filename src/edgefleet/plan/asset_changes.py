"""Which files of a target's assets a deploy changes, as far as this machine knows the live ones."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from edgefleet.cloudflare.worker.static_assets import AssetEntry, AssetSet, assets_digest
from edgefleet.core.model import Json
from edgefleet.state.asset_facts import DIGEST
from edgefleet.state.models import AssetChanges, FlatState


class Manifests(Protocol):
    """The manifests of assets that were seen before."""

    def keep(self, digest: str, found: AssetSet) -> None:
        """Store the files of assets."""
        ...

    def find(self, digest: str) -> Sequence[AssetEntry] | None:
        """Return the files of assets; None where they were never seen."""
        ...


def asset_changes(
    resolved: Mapping[str, Json],
    found: AssetSet | None,
    live: FlatState,
    manifests: Manifests | None,
) -> AssetChanges | None:
    """Return how the assets of a target differ from the live ones; None where it has none."""
    if found is None:
        return None
    digest = assets_digest(resolved["assets"], found)
    before: Sequence[AssetEntry] | None = () if DIGEST not in live else None
    if manifests is not None:
        manifests.keep(digest, found)
        if before is None:
            before = manifests.find(str(live[DIGEST]))
    sizes = {"digest": digest, "files": len(found.files), "size": found.size}
    return AssetChanges(**sizes, **({} if before is None else _counts(found.files, before)))


def _counts(files: Sequence[AssetEntry], before: Sequence[AssetEntry]) -> dict[str, int]:
    now, then = ({one.path: one.hash for one in some} for some in (files, before))
    both = now.keys() & then.keys()
    return {
        "added": len(now) - len(both),
        "removed": len(then) - len(both),
        "changed": sum(now[path] != then[path] for path in both),
    }
