"""Targets or shards as a matrix of GitHub's."""

import json
from collections.abc import Sequence

from edgefleet.core.model import Json
from edgefleet.fleet.shards.models import Shard, TargetCost


def target_entries(loads: Sequence[TargetCost]) -> list[dict[str, Json]]:
    """Return an entry for each target."""
    return [{**load.target.model_dump(mode="json"), "ring": load.ring} for load in loads]


def shard_entries(shards: Sequence[Shard]) -> list[dict[str, Json]]:
    """Return an entry for each shard; `only` is what deploy-all is to be given."""
    return [
        {
            "shard": number,
            "environment": shard.environment,
            "only": ",".join(shard.tenants),
            "targets": len(shard.tenants),
            "seconds": shard.seconds,
        }
        for number, shard in enumerate(shards, 1)
    ]


def matrix_github(entries: Sequence[dict[str, Json]]) -> str:
    """Return the outputs of a step, as lines for `$GITHUB_OUTPUT`."""
    include = json.dumps({"include": entries}, separators=(",", ":"))
    return f"matrix={include}\ncount={len(entries)}"
