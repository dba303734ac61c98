"""An instance and its versions as Miniflare's options see them: folders, networks, namespaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localedge.model import Json, ScriptRef, WorkerVersion

VERSION_HEADER = "localedge-version"
"""Tells the router which version a request is for; it names no version to the Worker."""

KEY_HEADER = "localedge-key"
"""Proves to the router and the dispatcher that localedge or one of its own Workers calls."""

EVENT_HEADER = "localedge-event"
"""Makes the router start a handler of this name other than `fetch`; the body says with what."""

Binding = Mapping[str, Json]
Owners = Mapping[str, str]
"""For each Durable Object namespace id, the id of the version whose class it runs."""


@dataclass(frozen=True, slots=True)
class InstanceContext:
    """The settings of an instance besides its versions: folders, and localedge's own URL.

    `bindings_url` serves KV, D1, R2, Vectorize and AI; account, script and version id follow it.
    `key` is known to localedge and its own Workers alone. `networks` are the addresses, as CIDR
    blocks, that the versions reach besides the public internet's.
    """

    ref: ScriptRef
    folder: Path
    bindings_url: str
    key: str
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionContext:
    """One version among those of an instance; `owners` says who runs each namespace."""

    instance: InstanceContext
    version: WorkerVersion
    owners: Owners

    def remote(self, **designator: Json) -> Json:
        """Return a designator of a binding that localedge itself serves."""
        return {**designator, "remoteProxyConnectionString": self.backend()}

    def backend(self) -> str:
        """Return where localedge serves the bindings of the version."""
        ref = self.instance.ref
        return f"{self.instance.bindings_url}/{ref.account_id}/{ref.name}/{self.version.id}"

    def own_worker(self, binding: Binding) -> str:
        """Return the name of localedge's Worker that a binding of the version leads to."""
        return f"localedge:{binding['type']}:{self.version.id}:{binding['name']}"


def outbound(networks: Sequence[str] = ()) -> dict[str, Json]:
    """Return the network that `fetch` and `connect` of a Worker reach: no private address.

    The resolved address is checked, not the name (workerd.capnp, `Network`).
    """
    tls = {"trustBrowserCas": True}
    return {"network": {"allow": ["public", *networks], "deny": [], "tlsOptions": tls}}


def durable_objects(folder: Path) -> Path:
    """Return the folder that holds each Durable Object namespace, in a folder named by its id."""
    return folder / "do"


def own_namespaces(ref: ScriptRef, version: WorkerVersion) -> tuple[str, ...]:
    """Return the ids of the script's own Durable Object namespaces that the version can run."""
    bound = {it["namespace_id"] for it in version.bindings if is_own_object(ref, it)}
    return tuple(sorted(bound | set(version.objects.values())))


def is_own_object(ref: ScriptRef, binding: Binding) -> bool:
    """Return whether a binding leads to a Durable Object class of the script itself."""
    return (
        binding["type"] == "durable_object_namespace"
        and (binding.get("script_name") or ref.name) == ref.name
    )
