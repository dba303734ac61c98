"""Hyperdrive configurations; the secrets of their origins leave here for a Worker alone."""

import ipaddress
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.timestamps import now
from localedge.wire.resource_errors import (
    HyperdriveExists,
    HyperdriveNotFound,
    InvalidHyperdriveConfig,
    PrivateHostNotAllowed,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS hyperdrive_configs (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, document TEXT NOT NULL,
    created_on TEXT NOT NULL, modified_on TEXT NOT NULL
);
"""
ALL = "SELECT * FROM hyperdrive_configs WHERE account_id = ? ORDER BY created_on, id"
PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306}
SECRETS = ("password", "access_client_secret")
NETWORK = ("host", "port", "access_client_id", "access_client_secret", "service_id")
"""The keys of an origin that say where it is; a change names all of them or none."""
PRIVATE_NAMES = (".localhost", ".local", ".internal")
Text = Annotated[str, Field(min_length=1)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Origin(_Document):
    """A database, and how it is reached: directly, through Access, or through a VPC service."""

    scheme: Literal["postgres", "postgresql", "mysql"]
    database: Text
    user: Text
    password: Text
    host: Text | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    access_client_id: Text | None = None
    access_client_secret: Text | None = None
    service_id: Text | None = None

    @model_validator(mode="after")
    def _one_network(self) -> Self:
        behind_access = self.access_client_id is not None
        if behind_access != (self.access_client_secret is not None):
            raise ValueError("access_client_id and access_client_secret belong together")
        if (self.host is None) == (self.service_id is None):
            raise ValueError("either host or service_id must be set")
        if self.port is not None and (behind_access or self.service_id):
            raise ValueError("port goes with a host that is reached directly")
        return self


class Caching(_Document):
    """Whether answers are cached, and for how many seconds."""

    disabled: bool = False
    max_age: int | None = Field(default=None, ge=0)
    stale_while_revalidate: int | None = Field(default=None, ge=0)


class OriginTls(_Document):
    """The certificates of the connection to the origin."""

    ca_certificate_id: str | None = None
    mtls_certificate_id: str | None = None
    sslmode: str | None = None


class HyperdriveDocument(_Document):
    """A configuration as a client writes it; one of `--provision` may have no origin."""

    name: Text
    origin: Origin | None = None
    caching: Caching = Caching()
    mtls: OriginTls | None = None
    origin_connection_limit: int = Field(default=60, ge=1, le=100)


@dataclass(frozen=True, slots=True)
class HyperdriveConfig:
    """One configuration of an account."""

    id: str
    account_id: str
    document: HyperdriveDocument
    created_on: str
    modified_on: str


class HyperdriveStore:
    """The configurations of all accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def all(self, account_id: str) -> list[HyperdriveConfig]:
        """Return an account's configurations, the oldest first."""
        return [_config(dict(row)) for row in self._database.all(ALL, (account_id,))]

    def find(self, account_id: str, config_id: str) -> HyperdriveConfig | None:
        """Return one configuration."""
        return next((it for it in self.all(account_id) if it.id == config_id), None)

    def require(self, account_id: str, config_id: str) -> HyperdriveConfig:
        """Return one configuration; raise `HyperdriveNotFound` where there is none."""
        found = self.find(account_id, config_id)
        if found is None:
            raise HyperdriveNotFound
        return found

    def create(self, account_id: str, document: HyperdriveDocument) -> HyperdriveConfig:
        """Make a configuration with a new id; raise `HyperdriveExists` for a name that is taken."""
        if any(it.document.name == document.name for it in self.all(account_id)):
            raise HyperdriveExists
        return self.ensure(account_id, uuid.uuid4().hex, document)

    def ensure(
        self, account_id: str, config_id: str, document: HyperdriveDocument
    ) -> HyperdriveConfig:
        """Make a configuration with a given id, unless it is there."""
        at, text = now(), document.model_dump_json()
        self._database.run(
            "INSERT OR IGNORE INTO hyperdrive_configs VALUES (?, ?, ?, ?, ?)",
            (config_id, account_id, text, at, at),
        )
        return self.require(account_id, config_id)

    def replace(self, config: HyperdriveConfig, document: HyperdriveDocument) -> HyperdriveConfig:
        """Put another document in the place of a configuration's."""
        self._database.run(
            "UPDATE hyperdrive_configs SET document = ?, modified_on = ? WHERE id = ?",
            (document.model_dump_json(), now(), config.id),
        )
        return self.require(config.account_id, config.id)

    def remove(self, config: HyperdriveConfig) -> None:
        """Delete a configuration."""
        self._database.run("DELETE FROM hyperdrive_configs WHERE id = ?", (config.id,))

    def clear(self) -> None:
        """Forget every configuration of every account."""
        self._database.run("DELETE FROM hyperdrive_configs")


def parse(body: Json, networks: Sequence[str]) -> HyperdriveDocument:
    """Return a document from a request, which must name an origin.

    Raises `InvalidHyperdriveConfig`, and `PrivateHostNotAllowed` for a host of this machine or of
    a private network that is not one of `networks` (CIDR blocks).
    """
    try:
        document = HyperdriveDocument.model_validate(body)
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise InvalidHyperdriveConfig(f"{where}: {problem['msg']}") from None
    if document.origin is None:
        raise InvalidHyperdriveConfig("origin: Field required")
    if document.origin.host and _is_private(document.origin.host, networks):
        raise PrivateHostNotAllowed
    return document


def changed(config: HyperdriveConfig, body: dict[str, Json]) -> Json:
    """Return what a configuration's document is with a change; `parse` checks it."""
    before = config.document.model_dump(exclude_none=True)
    origin = {**before.pop("origin", {})}
    wanted = body.get("origin")
    if isinstance(wanted, dict):
        if wanted.keys() & set(NETWORK):
            origin = {key: it for key, it in origin.items() if key not in NETWORK}
        wanted = {**origin, **wanted}
    after = {**before, **body, "origin": origin if "origin" not in body else wanted}
    return {key: it for key, it in after.items() if it is not None}


def origin_of(url: str) -> Origin:
    """Return the origin that a connection string names; raise `ValueError` where it is none."""
    parts = urlsplit(url)
    return Origin.model_validate(
        {
            "scheme": parts.scheme,
            "database": unquote(parts.path).removeprefix("/"),
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "host": parts.hostname,
            "port": parts.port,
        }
    )


def connection_string(document: HyperdriveDocument) -> str:
    """Return the URL of an origin that is reached directly; empty for any other."""
    origin = document.origin
    if origin is None or origin.host is None or origin.access_client_id:
        return ""
    user, password = quote(origin.user, safe=""), quote(origin.password, safe="")
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    place = f"{host}:{origin.port or PORTS[origin.scheme]}/{quote(origin.database, safe='')}"
    mode = (document.mtls and document.mtls.sslmode) or "prefer"
    key = "ssl-mode" if origin.scheme == "mysql" else "sslmode"
    return f"{origin.scheme}://{user}:{password}@{place}?{key}={quote(mode.lower())}"


def _is_private(host: str, networks: Sequence[str]) -> bool:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return f".{host.lower().rstrip('.')}".endswith(PRIVATE_NAMES) and not networks
    allowed = any(address in ipaddress.ip_network(it) for it in networks)
    return not address.is_global and not allowed


def _config(row: dict[str, Json]) -> HyperdriveConfig:
    document = HyperdriveDocument.model_validate(json.loads(row["document"]))
    return HyperdriveConfig(**{**row, "document": document})
