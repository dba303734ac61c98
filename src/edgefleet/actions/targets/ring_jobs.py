"""The jobs of a deploy: ring after ring, and a target or a shard of many for each job."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from edgefleet.actions.github_actions import run_edgefleet
from edgefleet.actions.targets.select_targets import environments_of, no_environment
from edgefleet.config.target import Target
from edgefleet.errors import ExitCode, UsageError
from edgefleet.github.repository import GitHub

RINGS = 4
"""Jobs of a deploy that wait for each other, one for each ring of a run."""

LARGEST_MATRIX = 256
"""Jobs in a matrix: https://docs.github.com/actions/reference/limits"""

SHARD_SECONDS = "600"
"""About how long a runner deploys its shard, one target after another."""

DRY_RUN = "dry run of"
"""Begins the name of a job that deploys nothing: no proof may name such a job."""

Entry = dict[str, object]
Wave = Sequence[Entry]


def by_ring(targets: Sequence[Target], rings: Mapping[str, int]) -> list[list[Target]]:
    """Return the targets ring by ring. Raises `UsageError` where there are too many rings."""
    found: dict[int, list[Target]] = defaultdict(list)
    for target in targets:
        found[rings.get(target.tenant, 0)].append(target)
    numbers = sorted(found)
    if len(numbers) > RINGS:
        first, rest = (
            ",".join(f"ring:{one}" for one in some) for some in (numbers[:RINGS], numbers[RINGS:])
        )
        raise UsageError(
            f"{len(numbers)} rings ({', '.join(map(str, numbers))}) are more than the {RINGS} "
            "that one run goes through",
            hint=f"deploy tenants={first} first, and tenants={rest} in a run after it",
        )
    return [found[number] for number in numbers]


def single(target: Target, suffix: str = "", job: str = "deploy") -> Entry:
    """Return the entry of a job with a name that works with one target."""
    return {"job": f"{job} {target}", **target_entry(target, suffix)}


def target_entry(target: Target, suffix: str) -> Entry:
    """Return the entry of a job that works with one target, in its environment with the suffix."""
    return {
        "tenant": target.tenant,
        "environment": target.environment,
        "target": str(target),
        "github_environment": f"{target}{suffix}",
    }


def packed(
    rings: Sequence[Sequence[Target]], github: GitHub | None, *, dry_run: bool
) -> list[Wave]:
    """Return the shards of each ring, for runners in the environment `fleet-<environment>`."""
    environment = rings[0][0].environment
    home = f"fleet-{environment}"
    if github and home not in environments_of(github):
        raise no_environment([home])
    count = sum(map(len, rings))
    waves: list[Wave] = []
    first = 1
    for ring in rings:
        most = max(1, (LARGEST_MATRIX - RINGS) * len(ring) // count)
        found = enumerate(_shards(ring, most), first)
        waves.append(
            [_shard(one, number, home, DRY_RUN if dry_run else "") for number, one in found]
        )
        first += len(waves[-1])
    return waves


def _shards(ring: Sequence[Target], most: int) -> list[Entry]:
    tenants = ",".join(target.tenant for target in ring)
    chosen = ("--env", ring[0].environment, "--tenants", tenants)
    size = ("--shard-seconds", SHARD_SECONDS, "--max-shards", str(most))
    code, out = run_edgefleet("matrix", *chosen, *size)
    if code != ExitCode.OK:
        raise UsageError("edgefleet matrix failed", hint="its message stands above")
    found: list[Entry] = json.loads(out)
    return found


def _shard(entry: Entry, number: int, home: str, before: str) -> Entry:
    return {
        **entry,
        "job": f"{before} shard {number} of {entry['environment']}".strip(),
        "shard": number,
        "target": f"{home}-shard-{number}",
        "github_environment": home,
    }
