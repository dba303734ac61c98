"""What localedge keeps as it was said: Agent Memory, dispatch namespaces, event subscriptions."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.timestamps import now

SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    account_id TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    created_on TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, id)
);
"""


class ResourceKind(StrEnum):
    """The kinds of resources that are kept here."""

    AGENT_MEMORY = "agent_memory"
    DISPATCH_NAMESPACE = "dispatch_namespace"
    CONTAINER_APPLICATION = "container_application"
    EVENT_SUBSCRIPTION = "event_subscription"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of an account; `document` holds what else was said when it was made."""

    account_id: str
    kind: ResourceKind
    id: str
    name: str
    created_on: str
    document: dict[str, Json]


class ResourceStore:
    """The resources of all accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def all(self, account_id: str, kind: ResourceKind) -> list[Resource]:
        """Return the resources of one kind, by name."""
        rows = self._database.all(
            "SELECT * FROM resources WHERE account_id = ? AND kind = ? ORDER BY name, id",
            (account_id, kind),
        )
        return [_resource(dict(row)) for row in rows]

    def get(self, account_id: str, kind: ResourceKind, resource_id: str) -> Resource | None:
        """Return one resource."""
        row = self._database.one(
            "SELECT * FROM resources WHERE account_id = ? AND kind = ? AND id = ?",
            (account_id, kind, resource_id),
        )
        return _resource(dict(row)) if row else None

    def named(self, account_id: str, kind: ResourceKind, name: str) -> Resource | None:
        """Return the resource of this name."""
        return next((it for it in self.all(account_id, kind) if it.name == name), None)

    def add(
        self,
        account_id: str,
        kind: ResourceKind,
        resource_id: str,
        name: str,
        document: dict[str, Json] | None = None,
    ) -> Resource:
        """Make a resource, unless it is there already; return it."""
        self._database.run(
            "INSERT OR IGNORE INTO resources VALUES (?, ?, ?, ?, ?, ?)",
            (account_id, kind, resource_id, name, now(), json.dumps(document or {})),
        )
        made = self.get(account_id, kind, resource_id)
        if made is None:
            raise LookupError(resource_id)
        return made

    def change(self, resource: Resource, name: str, document: dict[str, Json]) -> Resource:
        """Give a resource another name, and other facts."""
        self._database.run(
            "UPDATE resources SET name = ?, document = ? WHERE account_id = ? AND kind = ?"
            " AND id = ?",
            (name, json.dumps(document), resource.account_id, resource.kind, resource.id),
        )
        return replace(resource, name=name, document=document)

    def remove(self, resource: Resource) -> None:
        """Delete a resource."""
        self._database.run(
            "DELETE FROM resources WHERE account_id = ? AND kind = ? AND id = ?",
            (resource.account_id, resource.kind, resource.id),
        )

    def clear(self) -> None:
        """Forget everything."""
        self._database.run("DELETE FROM resources")


def _resource(row: dict[str, Json]) -> Resource:
    return Resource(
        **{**row, "kind": ResourceKind(row["kind"]), "document": json.loads(row["document"])}
    )
