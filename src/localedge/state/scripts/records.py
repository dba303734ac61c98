"""The records of scripts: plain data, stored as JSON documents."""

import json
import uuid
from dataclasses import asdict, dataclass, field, fields

from localedge.model import Json, ScriptRef, TrafficShare

AUTHOR = "localedge@localhost"
"""The author of every version and deployment."""
STARTUP_MS = 0
"""The `startup_time_ms` of every upload: what Cloudflare answers for a Worker that starts at once.

workerd has no clock for the CPU time of a Worker's start, and the time until its process is ready
says more about the machine.
"""


def new_id() -> str:
    """Return an id of the kind that versions and deployments have."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Script:
    """A script: what belongs to it and to none of its versions.

    `tag` is Cloudflare's own id of the script (wrangler calls it the worker tag); `uses_exports`
    says that its Durable Object classes are declared, not migrated; `settings` holds `logpush`,
    `observability`, `tags` and `tail_consumers`.
    """

    ref: ScriptRef
    tag: str
    created_on: str
    modified_on: str
    migration_tag: str | None = None
    last_deployed_from: str = "api"
    enabled: bool = False
    previews_enabled: bool = False
    uses_exports: bool = False
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredModule:
    """A module of a version; its bytes are found by their digest."""

    name: str
    content_type: str
    digest: str


@dataclass(frozen=True, slots=True)
class VersionAssets:
    """The static assets of a version: the id of their manifest, and the settings of the upload."""

    manifest: str
    config: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Version:
    """An uploaded version as it is stored.

    `bindings` are resolved, but a secret holds a `secret_id` in place of its value. `handlers`
    belong to the default export, `named_handlers` to the other exports. `runtime` holds what the
    upload said of `limits`, `placement`, `usage_model` and the like. A version of assets alone has
    no modules, and no name of a main one.
    """

    id: str
    number: int
    created_on: str
    source: str
    annotations: dict[str, str]
    main_module: str
    modules: tuple[StoredModule, ...]
    etag: str
    compatibility_date: str
    compatibility_flags: tuple[str, ...]
    bindings: tuple[dict[str, Json], ...]
    handlers: tuple[str, ...]
    named_handlers: dict[str, tuple[str, ...]]
    runtime: dict[str, Json]
    migration_tag: str | None
    assets: VersionAssets | None = None

    def dump(self) -> str:
        """Return the document of this version."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, document: str) -> "Version":
        """Read what `dump` wrote."""
        data = json.loads(document)
        known = {item.name for item in fields(cls)}
        return cls(
            **{
                **{key: data[key] for key in data if key in known},
                "modules": tuple(StoredModule(**module) for module in data["modules"]),
                "compatibility_flags": tuple(data["compatibility_flags"]),
                "bindings": tuple(data["bindings"]),
                "assets": VersionAssets(**data["assets"]) if data.get("assets") else None,
                "handlers": tuple(data["handlers"]),
                "named_handlers": {
                    name: tuple(handlers) for name, handlers in data["named_handlers"].items()
                },
            }
        )


@dataclass(frozen=True, slots=True)
class Deployment:
    """Which versions get which share of a script's traffic, since when."""

    id: str
    created_on: str
    source: str
    shares: tuple[TrafficShare, ...]
    annotations: dict[str, str]

    def dump(self) -> str:
        """Return the document of this deployment."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, document: str) -> "Deployment":
        """Read what `dump` wrote."""
        data = json.loads(document)
        return cls(**{**data, "shares": tuple(TrafficShare(**share) for share in data["shares"])})


@dataclass(frozen=True, slots=True)
class DurableClass:
    """A Durable Object class of a script and the namespace that holds its objects."""

    name: str
    namespace_id: str
    sqlite: bool
