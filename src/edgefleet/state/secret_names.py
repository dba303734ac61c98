"""Names of secrets: those that a tenant declares beside those that a version has.

An upload takes its secrets from the newest version of a script, be it live or not
(https://developers.cloudflare.com/workers/configuration/versions-and-deployments/); no value is
ever read.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from edgefleet.cloudflare.models import VersionDetails
from edgefleet.core.model import Json
from edgefleet.state.flat_state import BELOW_SECRETS, SECRET_TYPES
from edgefleet.state.models import Change, FlatState

DRAFT = sha256(b"export default { fetch() {} }").hexdigest()
"""The one module of the script that `wrangler secret put` makes where there is none (4.63.0)."""


def is_draft(live: FlatState) -> bool:
    """Whether a script was made by setting a secret alone: no release is in it yet."""
    modules = [value for path, value in live.items() if path.startswith("modules.")]
    return modules == [DRAFT]


def declared_secrets(names: Iterable[str]) -> FlatState:
    """Return the secrets that are to be there, as facts."""
    return {f"{BELOW_SECRETS}{name}": "set" for name in names}


def split_secrets(changes: Sequence[Change]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return differences without those of secrets, and these: no deploy makes them."""
    secrets = tuple(one for one in changes if one.path.startswith(BELOW_SECRETS))
    return tuple(one for one in changes if one not in secrets), secrets


def secret_names(bindings: Sequence[Mapping[str, Json]]) -> frozenset[str]:
    """Return the names of a version's secrets."""
    return frozenset(str(one["name"]) for one in bindings if one["type"] in SECRET_TYPES)


def secret_names_in(facts: FlatState) -> frozenset[str]:
    """Return the names of the secrets in a state."""
    return frozenset(
        path.removeprefix(BELOW_SECRETS) for path in facts if path.startswith(BELOW_SECRETS)
    )


def put_command(tenant: str, environment: str, name: str, *, undeployed: bool) -> str:
    """Return what sets a secret; `undeployed` is whether the newest version is not live.

    Cloudflare refuses `wrangler secret put` then (10215).
    """
    put = "versions secret put" if undeployed else "secret put"
    config = f"tenants/{tenant}/wrangler.jsonc"
    return f"npx wrangler {put} {name} --config {config} --env {environment}"


def same_but_secrets(one: VersionDetails, other: VersionDetails) -> bool:
    """Whether two versions have the same vars and bindings, apart from secrets."""
    return _open(one) == _open(other)


def _open(details: VersionDetails) -> dict[str, dict[str, Json]]:
    return {str(one["name"]): one for one in details.bindings if one["type"] not in SECRET_TYPES}
