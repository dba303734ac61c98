"""Data and protocols that control plane and data plane share: scripts, versions, traffic shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Json = Any
"""A parsed JSON value, as Cloudflare's own documents carry it."""


@dataclass(frozen=True, slots=True, order=True)
class ScriptRef:
    """Names one script: Cloudflare's account id and the script's name in it.

    A script in a dispatch namespace has the namespace's name and a slash before its own.
    """

    account_id: str
    name: str

    @property
    def own_name(self) -> str:
        """The name without a dispatch namespace."""
        return self.name.rpartition("/")[2]

    @property
    def namespace(self) -> str:
        """The dispatch namespace that the script is in, or nothing."""
        return self.name.rpartition("/")[0]


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
class AssetFile:
    """A file among a version's assets.

    `hash` is the client's, which is the file's ETag; `digest` finds its content. Without a content
    type it is served without one.
    """

    hash: str
    digest: str
    content_type: str | None


@dataclass(frozen=True, slots=True)
class StaticAssets:
    """The static assets of a version: its files by path, and the settings of the upload."""

    files: Mapping[str, AssetFile]
    config: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class WorkerVersion:
    """One immutable version, as it runs.

    `bindings` are entries of an upload's `metadata.bindings`, resolved: secret texts present, no
    `inherit`, each `durable_object_namespace` with the `namespace_id` of its script's class. A
    version that has assets alone has `code` without modules. `objects` are the script's Durable
    Object classes that the version exports, each with the id of its namespace; `entrypoints` are
    the names of all its exports besides `default`. `streamed` says that streaming tail Workers get
    what it does.
    """

    id: str
    number: int
    created_on: str
    tag: str
    code: Code
    bindings: tuple[Mapping[str, Json], ...]
    assets: StaticAssets | None = None
    objects: Mapping[str, str] = field(default_factory=dict)
    entrypoints: frozenset[str] = frozenset()
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class TrafficShare:
    """One version's part of a deployment, in percent."""

    version_id: str
    percentage: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of loading an upload in a temporary workerd.

    `exports` maps each exported name to its kind: for `default`, the handler names (`fetch`,
    `scheduled`, ...); for a class, the method names of its prototype.
    """

    exports: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message that a Worker logged, or that the runtime logged about it.

    `at` is in seconds since the epoch; `level` as in `console`: log, debug, info, warn, error.
    """

    at: float
    level: str
    message: str


class UploadRejected(Exception):
    """workerd rejected an upload; the message is workerd's (API error 10021)."""


class Inspector(Protocol):
    """Inspects an upload before it is accepted."""

    async def inspect(self, code: Code) -> Inspection:
        """Load `code` in a separate workerd and return its exports; raise `UploadRejected`."""
        ...


@dataclass(frozen=True, slots=True)
class WorkflowClass:
    """A registered workflow of a script: its name, its class, and the id of its runs' namespace."""

    name: str
    class_name: str
    namespace_id: str


class WorkerSource(Protocol):
    """What the data plane reads from the state."""

    def find_script(self, subdomain: str, name: str) -> ScriptRef | None:
        """Return the script `name` of the account whose workers.dev subdomain it is, if public."""
        ...

    def routed(self, host: str, target: str) -> ScriptRef | None:
        """Return the script whose route or custom domain gets a request.

        `host` has no port and is lower-case; `target` is path and query.
        """
        ...

    def live(self, ref: ScriptRef) -> Sequence[TrafficShare]:
        """Return the traffic split in force; empty if nothing is deployed."""
        ...

    def hyperdrive_changed(self, account_id: str, config_id: str) -> str:
        """Return when a Hyperdrive configuration was last changed; empty where it is gone."""
        ...

    def version(self, ref: ScriptRef, version_id: str) -> WorkerVersion | None:
        """Return one version of the script, with its modules and secrets."""
        ...

    def workflow_classes(self, ref: ScriptRef) -> Sequence[WorkflowClass]:
        """Return the workflows whose class the script holds."""
        ...
