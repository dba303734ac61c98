"""The parts of a wrangler file that edgefleet reads, of one resolved environment.

The file is wrangler's, with keys that edgefleet has no opinion on, so these models alone leave
unknown keys to others (https://developers.cloudflare.com/workers/wrangler/configuration/).
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, model_validator

from edgefleet.cloudflare.worker.unsupported import WRANGLER
from edgefleet.cloudflare.wrangler_keys import top_level
from edgefleet.config.environments import NON_INHERITABLE, TOP_LEVEL_ONLY
from edgefleet.core.model import Json

INHERITABLE = top_level(WRANGLER) - NON_INHERITABLE - TOP_LEVEL_ONLY - {"$schema", "env"}
"""Keys that an environment takes, whole, from the top level unless it has its own."""


class WranglerPart(BaseModel):
    """A part of the file: frozen, unknown keys ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class NamedBinding(WranglerPart):
    """Something bound to a name; on its own, AI or version metadata."""

    binding: str


class KvNamespace(NamedBinding):
    """A Workers KV namespace."""

    id: str | None = None


class D1Database(NamedBinding):
    """A D1 database."""

    database_id: str | None = None
    database_name: str | None = None


class VectorizeIndex(NamedBinding):
    """A Vectorize index."""

    index_name: str | None = None


class DurableObject(WranglerPart):
    """A Durable Object class bound to a name; `script_name` where another Worker has the class."""

    name: str
    class_name: str
    script_name: str | None = None


class DurableObjects(WranglerPart):
    """The Durable Objects section."""

    bindings: tuple[DurableObject, ...] = ()


class Renamed(WranglerPart):
    """A class that got another name, and kept its objects."""

    old: str = Field(alias="from")
    new: str = Field(alias="to")


class Transferred(WranglerPart):
    """A class that came from another script, with its objects."""

    old: str = Field(alias="from")
    script: str = Field(alias="from_script")
    new: str = Field(alias="to")


class Migration(WranglerPart):
    """One step in the life of Durable Object classes."""

    tag: str
    new_classes: tuple[str, ...] = ()
    new_sqlite_classes: tuple[str, ...] = ()
    renamed_classes: tuple[Renamed, ...] = ()
    deleted_classes: tuple[str, ...] = ()
    transferred_classes: tuple[Transferred, ...] = ()


class WranglerRoute(WranglerPart):
    """Where requests come from; written as its pattern alone, or as an object."""

    pattern: Annotated[str, Field(min_length=1)]
    zone_id: str | None = None
    zone_name: str | None = None
    custom_domain: StrictBool | None = None

    @model_validator(mode="before")
    @classmethod
    def _written(cls, value: Json) -> Json:
        if isinstance(value, str):
            return {"pattern": value}
        if not isinstance(value, Mapping):
            raise ValueError("must be a pattern in double quotes, or an object: { ... }")  # noqa: TRY004 - pydantic wants it
        if not value.keys() & {"zone_id", "zone_name", "custom_domain"}:
            raise ValueError("needs zone_name, zone_id or custom_domain beside its pattern")
        return value

    @model_validator(mode="after")
    def _host(self) -> Self:
        if self.custom_domain and set(self.pattern) & {"*", "/"}:
            raise ValueError("is a custom domain: its pattern must be a host, without * and path")
        return self


class Triggers(WranglerPart):
    """What starts the Worker besides requests."""

    crons: tuple[str, ...] | None = None


class StaticAssets(WranglerPart):
    """The static assets of the Worker."""

    directory: Annotated[str, Field(min_length=1)] | None = None
    """From the folder of the file."""
    binding: Annotated[str, Field(min_length=1)] | None = None
    html_handling: (
        Literal["auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none"] | None
    ) = None
    not_found_handling: Literal["single-page-application", "404-page", "none"] | None = None
    run_worker_first: StrictBool | tuple[StrictStr, ...] | None = None


class WranglerConfig(WranglerPart):
    """One environment of a wrangler file, as `rules.environments.resolve` returns it."""

    name: str = ""
    account_id: str | None = None
    main: str | None = None
    compatibility_date: str | None = None
    compatibility_flags: tuple[str, ...] = ()
    workers_dev: StrictBool | None = None
    route: WranglerRoute | None = None
    routes: tuple[WranglerRoute, ...] = ()
    vars: Annotated[dict[str, Json], Field(default_factory=dict)]
    kv_namespaces: tuple[KvNamespace, ...] = ()
    d1_databases: tuple[D1Database, ...] = ()
    vectorize: tuple[VectorizeIndex, ...] = ()
    durable_objects: DurableObjects = DurableObjects()
    ai: NamedBinding | None = None
    version_metadata: NamedBinding | None = None
    migrations: tuple[Migration, ...] = ()
    triggers: Triggers = Triggers()
    assets: StaticAssets | None = None
