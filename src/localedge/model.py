"""What both planes speak of: scripts, versions, shares of the traffic; data and two protocols."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Json = Any
"""A parsed JSON value, as Cloudflare's own documents carry it."""


@dataclass(frozen=True, slots=True, order=True)
class ScriptRef:
    """Names one script: Cloudflare's account id and the script's name in it."""

    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Module:
    """One uploaded module: its path in the bundle, the content type of its part, its bytes."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Code:
    """What a runtime needs to load an upload: the modules and their compatibility settings."""

    main_module: str
    modules: tuple[Module, ...]
    compatibility_date: str
    compatibility_flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerVersion:
    """One immutable version, as it runs.

    `bindings` are entries of an upload's `metadata.bindings`, resolved: secret texts present, no
    `inherit`, each `durable_object_namespace` with the `namespace_id` of its script's class.
    """

    id: str
    number: int
    created_on: str
    tag: str
    code: Code
    bindings: tuple[Mapping[str, Json], ...]


@dataclass(frozen=True, slots=True)
class TrafficShare:
    """One version's part of a deployment, in percent."""

    version_id: str
    percentage: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """What loading an upload in a throw-away workerd showed.

    `exports` maps each exported name to its kind: for `default`, the handler names (`fetch`,
    `scheduled`, ...); for a class, the method names of its prototype.
    """

    exports: Mapping[str, tuple[str, ...]]
    startup_ms: int


class UploadRejected(Exception):
    """workerd refused to load an upload; the message holds its own words (API error 10021)."""


class Inspector(Protocol):
    """Tries an upload before it is accepted."""

    async def inspect(self, code: Code) -> Inspection:
        """Load `code` in a separate workerd and say what it exports; raise `UploadRejected`."""
        ...


class WorkerSource(Protocol):
    """What the data plane asks of the state, and the state answers."""

    def find_script(self, subdomain: str, name: str) -> ScriptRef | None:
        """Return the script `name` of the account whose workers.dev subdomain it is, if public."""
        ...

    def live(self, ref: ScriptRef) -> Sequence[TrafficShare]:
        """Return the traffic split in force; empty where nothing is deployed."""
        ...

    def version(self, ref: ScriptRef, version_id: str) -> WorkerVersion | None:
        """Return one version of the script, with its modules and secrets."""
        ...
