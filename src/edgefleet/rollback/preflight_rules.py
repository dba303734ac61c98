"""What would stop a return to a version, and its side effects."""

from collections.abc import Sequence

from edgefleet.cloudflare.error_codes import SECRET_NOT_LIVE
from edgefleet.cloudflare.limits import DEPLOYABLE_VERSIONS
from edgefleet.cloudflare.models import Version, VersionDetails
from edgefleet.cloudflare.named_resources import NamedResource
from edgefleet.state.flat_state import SECRET_TYPES

DATA = {
    "kv_namespace": "KV",
    "d1": "D1",
    "durable_object_namespace": "Durable Objects",
    "vectorize": "Vectorize",
}


def obstacles(
    target: VersionDetails,
    live: VersionDetails,
    deployable: Sequence[Version],
    gone: Sequence[NamedResource],
) -> list[str]:
    """Return why Cloudflare would refuse to give `target` the traffic; empty if it would accept it.

    `gone` is what the target's bindings point to and the account does not have.
    https://developers.cloudflare.com/workers/configuration/versions-and-deployments/rollbacks/
    """
    problems = []
    if target.id not in {version.id for version in deployable}:
        problems.append(f"it is not among the newest {DEPLOYABLE_VERSIONS} versions")
    if target.migration_tag != live.migration_tag:
        problems.append(
            "a Durable Object migration lies between: it is at "
            f"{_migration(target)}, the live version at {_migration(live)}"
        )
    if target.exports != live.exports:
        problems.append(
            "it declares other exports than the live version: "
            f"{', '.join(sorted(target.exports)) or 'none'}, "
            f"not {', '.join(sorted(live.exports)) or 'none'}"
        )
    problems += [f"its binding {one.keys[0]} needs the {one.words}, which is gone" for one in gone]
    return problems


def changed_secrets(target: VersionDetails, live: VersionDetails) -> list[str]:
    """Return the names of secrets that only one of the two has; no value can be read."""
    return sorted(_secrets(target) ^ _secrets(live))


def secrets_set_since(target: str, deployable: Sequence[Version]) -> int:
    """Return how often a secret was set after a version was made."""
    number = next((version.number for version in deployable if version.id == target), None)
    if number is None:
        return 0
    return sum(version.set_secret and version.number > number for version in deployable)


def side_effects(
    target: VersionDetails, live: VersionDetails, deployable: Sequence[Version]
) -> tuple[str, ...]:
    """Return what a return to `target` does not undo, and what it makes harder."""
    kinds = {str(binding["type"]) for binding in (*target.bindings, *live.bindings)}
    data = [name for kind, name in DATA.items() if kind in kinds]
    effects = [f"the data in {', '.join(data)} stays as it is now"] if data else []
    newest = max(deployable, key=lambda version: version.number, default=None)
    if newest and newest.id != target.id:
        effects.append(
            f"the newest version {newest.id} will not be live: Cloudflare refuses to change a "
            f"secret ({SECRET_NOT_LIVE}) until a version is deployed again"
        )
    return tuple(effects)


def _secrets(details: VersionDetails) -> set[str]:
    return {str(binding["name"]) for binding in details.bindings if binding["type"] in SECRET_TYPES}


def _migration(details: VersionDetails) -> str:
    return f"'{details.migration_tag}'" if details.migration_tag else "none"
