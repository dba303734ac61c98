"""Reads the accounts and resources that wrangler files name, and creates the resources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyjson5

from localedge.model import Json
from localedge.state.hyperdrive import HyperdriveDocument, origin_of
from localedge.state.r2.buckets import DEFAULT_JURISDICTION
from localedge.state.server import ServerState


class UnreadableFile(Exception):
    """A wrangler file that cannot be read or understood; the message names it."""


@dataclass(frozen=True, slots=True)
class ProvisionedResource:
    """One thing that a Worker's binding needs: `kind` is the key of the wrangler file.

    `origin` is the connection string of the database behind a Hyperdrive configuration.
    """

    account_id: str
    kind: str
    id: str
    name: str
    jurisdiction: str = DEFAULT_JURISDICTION
    origin: str = ""


KINDS = {
    "kv_namespaces": ("id", "binding"),
    "d1_databases": ("database_id", "database_name"),
    "vectorize": ("index_name", "index_name"),
    "r2_buckets": ("bucket_name", "bucket_name"),
    "queues": ("queue", "queue"),
    "hyperdrive": ("id", "binding"),
}
"""For each list of a wrangler file, the keys of an entry that hold its id and its name."""


def read_resources(path: Path) -> list[ProvisionedResource]:
    """Return what a wrangler.json(c) names, at its top level and in every environment.

    Entries without an id are left out, for wrangler makes those itself. Raises `UnreadableFile`.
    """
    try:
        config = pyjson5.decode(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as broken:
        raise UnreadableFile(f"{path}: cannot be read: {_reason(broken)}") from broken
    except pyjson5.Json5DecoderException as broken:
        raise UnreadableFile(
            f"{path}: is not valid JSON with comments: {broken.message}"
        ) from broken
    if not isinstance(config, dict):
        raise UnreadableFile(f"{path}: must hold a JSON object")
    try:
        return [item for section in _sections(config) for item in _resources(*section)]
    except (AttributeError, KeyError, TypeError) as broken:
        raise UnreadableFile(f"{path}: is not a wrangler configuration: {broken}") from broken


def ensure(state: ServerState, resource: ProvisionedResource) -> None:
    """Create a resource with the id of its file, if it does not exist."""
    account, given, name = resource.account_id, resource.id, resource.name
    match resource.kind:
        case "kv_namespaces":
            state.kv.ensure(account, given, f"{name} ({given[:8]})")
        case "d1_databases":
            state.d1.ensure(account, given, name)
        case "vectorize":
            state.vectorize.ensure(account, given)
        case "r2_buckets":
            state.r2.buckets.ensure(account, name, resource.jurisdiction)
        case "queues":
            state.queues.ensure(account, name)
        case "hyperdrive":
            origin = origin_of(resource.origin) if resource.origin else None
            document = HyperdriveDocument(name=name, origin=origin)
            state.hyperdrive.ensure(account, given, document)


def _sections(config: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Yield each part of a file that lists bindings, with the account that it is for."""
    top = config.get("account_id", "")
    yield top, config
    for environment in (config.get("env") or {}).values():
        yield environment.get("account_id", top), environment


def _resources(account_id: str, section: Mapping[str, Json]) -> Iterator[ProvisionedResource]:
    for kind, (id_key, name_key) in KINDS.items():
        for entry in _entries(section, kind):
            if entry.get(id_key):
                name = entry.get(name_key) or entry["binding"]
                yield ProvisionedResource(
                    _text(account_id),
                    kind,
                    _text(entry[id_key]),
                    _text(name),
                    _text(entry.get("jurisdiction") or DEFAULT_JURISDICTION),
                    _origin(entry),
                )


def _entries(section: Mapping[str, Json], kind: str) -> list[Mapping[str, Json]]:
    if kind == "queues":
        queues: Mapping[str, Json] = section.get(kind) or {}
        return [*(queues.get("producers") or []), *(queues.get("consumers") or [])]
    return list(section.get(kind) or [])


def _origin(entry: Mapping[str, Json]) -> str:
    """Return the connection string of a Hyperdrive entry; raise `TypeError` where it is none."""
    url = _text(entry.get("localConnectionString") or "")
    try:
        if url:
            origin_of(url)
    except ValueError:
        # The message must not repeat the text: it contains a password.
        raise TypeError("localConnectionString must be the URL of a database") from None
    return url


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} must be a string")
    return value


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
