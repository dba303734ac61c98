"""Which deployments are allowed: how many versions, which shares, which versions at all.

See https://developers.cloudflare.com/workers/configuration/versions-and-deployments/.
"""

from collections.abc import Sequence

from localedge.model import Json, TrafficShare
from localedge.state.rules.bindings import changed_secrets
from localedge.state.scripts.records import Deployment, Version
from localedge.wire.script_errors import InvalidDeployment, UndeployableVersion

MOST_VERSIONS = 2
DEPLOYABLE_VERSIONS = 100
"""How many versions, from the newest one, may get traffic."""
TOLERANCE = 0.001


def parse_shares(strategy: Json, versions: Json) -> tuple[TrafficShare, ...]:
    """Read `strategy` and `versions` of a new deployment; raise `InvalidDeployment`."""
    if strategy != "percentage":
        raise InvalidDeployment('strategy must be "percentage".')
    if not isinstance(versions, list) or not 1 <= len(versions) <= MOST_VERSIONS:
        raise InvalidDeployment(f"A deployment has 1 to {MOST_VERSIONS} versions.")
    found = tuple(_share(item) for item in versions)
    if len({share.version_id for share in found}) < len(found):
        raise InvalidDeployment("A deployment names each version once.")
    total = sum(share.percentage for share in found)
    if abs(total - 100) > TOLERANCE:
        raise InvalidDeployment(f"The percentages of a deployment sum to 100, these to {total:g}.")
    return found


def is_live_alone(version: Version | None, live: Deployment | None) -> bool:
    """Say whether a version gets all of the traffic."""
    return bool(
        version
        and live
        and [share.version_id for share in live.shares if share.percentage] == [version.id]
    )


def check_deployable(
    version: Version,
    latest: Version,
    migration_tag: str | None,
    live: Sequence[Version],
    *,
    force: bool,
) -> None:
    """Refuse a version that is too old, lies before a migration, or has other secrets.

    Secrets are compared with the newest of the `live` versions, and only for an older version:
    going forward is no rollback. `force` accepts changed secrets.
    """
    if version.number <= latest.number - DEPLOYABLE_VERSIONS:
        raise UndeployableVersion(
            f"Version {version.id} cannot be deployed: only the {DEPLOYABLE_VERSIONS} most recent "
            "versions can."
        )
    if version.migration_tag != migration_tag:
        raise UndeployableVersion(
            f"Version {version.id} cannot be deployed: a Durable Object migration was applied "
            "after it was uploaded."
        )
    newest = max(live, key=lambda item: item.number, default=version)
    changed = changed_secrets(version.bindings, newest.bindings)
    if changed and version.number < newest.number and not force:
        raise UndeployableVersion(
            f"Version {version.id} cannot be deployed without force. "
            f"The following secrets have changed: {', '.join(changed)}"
        )


def _share(item: Json) -> TrafficShare:
    if not isinstance(item, dict) or not isinstance(item.get("version_id"), str):
        raise InvalidDeployment("Each version of a deployment has a version_id.")
    percentage = item.get("percentage")
    if not isinstance(percentage, int | float) or not 0 <= percentage <= 100:
        raise InvalidDeployment("Each version of a deployment has a percentage from 0 to 100.")
    return TrafficShare(item["version_id"], percentage)
