"""Resources that a configuration names: which ones it names, and which the account has.

They are those whose name or id may be misspelt or not created yet: buckets, queues, Hyperdrive
configurations, other scripts. Only kinds that a configuration names are read, so that a token
needs no permission for the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from edgefleet.cloudflare import schemas as wire
from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import BUCKET_NOT_FOUND, HYPERDRIVE_NOT_FOUND
from edgefleet.core.model import Json

NOT_FOUND = 404


class ResourceKind(StrEnum):
    """What an account may have or lack."""

    BUCKET = "R2 bucket"
    QUEUE = "queue"
    HYPERDRIVE = "Hyperdrive configuration"
    SCRIPT = "script"


class NamedResource(NamedTuple):
    """One thing that a configuration names: its kind, its name or id, and where that stands."""

    kind: ResourceKind
    name: str
    keys: tuple[str | int, ...]


LISTS: tuple[tuple[ResourceKind, tuple[str, ...], str], ...] = (
    (ResourceKind.BUCKET, ("r2_buckets",), "bucket_name"),
    (ResourceKind.QUEUE, ("queues", "producers"), "queue"),
    (ResourceKind.HYPERDRIVE, ("hyperdrive",), "id"),
    (ResourceKind.SCRIPT, ("services",), "service"),
    (ResourceKind.SCRIPT, ("tail_consumers",), "service"),
    (ResourceKind.SCRIPT, ("durable_objects", "bindings"), "script_name"),
    (ResourceKind.SCRIPT, ("workflows",), "script_name"),
)
"""The lists of a wrangler file, and the key in each of their entries."""

UNSEEN = (
    "dispatch_namespaces",
    "mtls_certificates",
    "pipelines",
    "secrets_store_secrets",
    "vpc_services",
)
"""Sections whose things are not looked for."""


def named(resolved: Mapping[str, Json]) -> Iterator[NamedResource]:
    """Yield what a resolved configuration names besides KV, D1 and Vectorize, but for itself."""
    for kind, section, key in LISTS:
        found: Json = resolved
        for part in section:
            found = found.get(part) if isinstance(found, Mapping) else None
        for number, entry in enumerate(found if isinstance(found, list) else ()):
            name = entry.get(key) if isinstance(entry, Mapping) else None
            own = kind is ResourceKind.SCRIPT and name == resolved.get("name")
            elsewhere = isinstance(entry, Mapping) and entry.get("jurisdiction")
            if isinstance(name, str) and name and not own and not elsewhere:
                yield NamedResource(kind, name, (*section, number, key))


def unseen(resolved: Mapping[str, Json]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield what is named and cannot be looked for: in words, and where it stands."""
    for section in UNSEEN:
        if resolved.get(section):
            yield section, (section,)
    buckets = resolved.get("r2_buckets")
    for number, entry in enumerate(buckets if isinstance(buckets, list) else ()):
        if isinstance(entry, Mapping) and entry.get("jurisdiction"):
            words = "R2 buckets of a jurisdiction"
            yield words, ("r2_buckets", number, "jurisdiction")


class Resources:
    """What the account `account_id` has, as far as its token may look."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}"

    def present(self, wanted: Iterable[NamedResource]) -> dict[NamedResource, bool | None]:
        """Return which of these there are; None for what the token may not look for.

        Raises `ApiError` where Cloudflare gives no answer to go by.
        """
        asked = list(wanted)
        scripts = (
            self._scripts() if any(one.kind is ResourceKind.SCRIPT for one in asked) else set[str]()
        )
        return {
            one: one.name in scripts if one.kind is ResourceKind.SCRIPT else self._has(one)
            for one in asked
        }

    def _has(self, one: NamedResource) -> bool | None:
        try:
            if one.kind is ResourceKind.QUEUE:
                path = f"{self._path}/queues?name={segment(one.name)}"
                return any(
                    it.queue_name == one.name for it in self._api.get(path, list[wire.Queue])
                )
            place = "r2/buckets" if one.kind is ResourceKind.BUCKET else "hyperdrive/configs"
            self._api.get(f"{self._path}/{place}/{segment(one.name)}", dict)
        except ApiError as error:
            if error.status == NOT_FOUND or {BUCKET_NOT_FOUND, HYPERDRIVE_NOT_FOUND} & {
                *error.codes
            }:
                return False
            if error.forbidden:
                return None
            raise
        return True

    def _scripts(self) -> set[str]:
        found = self._api.get(f"{self._path}/workers/scripts", list[wire.CloudflareId])
        return {one.id for one in found}
