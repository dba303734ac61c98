"""The values of secrets; no other table holds them in plain text."""

import json

from localedge.model import Json, ScriptRef
from localedge.state.database import Database
from localedge.state.scripts.records import new_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS secrets (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, script TEXT NOT NULL, value TEXT NOT NULL
);
"""
SECRET_TYPES = frozenset({"secret_text", "secret_key"})
PRIVATE = frozenset({"text", "key_base64", "key_jwk"})
"""The keys of a secret binding that no answer may carry."""


class SecretStore:
    """Takes the private part of a secret binding away and leaves an id in its place."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def seal(self, ref: ScriptRef, binding: dict[str, Json]) -> dict[str, Json]:
        """Return the binding with its secret stored; any other binding as it is."""
        if binding["type"] not in SECRET_TYPES or "secret_id" in binding:
            return binding
        private = {key: value for key, value in binding.items() if key in PRIVATE}
        secret_id = new_id()
        self._database.run(
            "INSERT INTO secrets VALUES (?, ?, ?, ?)",
            (secret_id, ref.account_id, ref.name, json.dumps(private)),
        )
        return {**without_secret(binding), "secret_id": secret_id}

    def unseal(self, binding: dict[str, Json]) -> dict[str, Json]:
        """Return the binding as a runtime needs it, with its value."""
        if "secret_id" not in binding:
            return binding
        row = self._database.one("SELECT value FROM secrets WHERE id = ?", (binding["secret_id"],))
        return {**without_secret(binding), **(json.loads(row["value"]) if row else {})}

    def remove(self, ref: ScriptRef) -> None:
        """Forget the secrets of a script."""
        self._database.run(
            "DELETE FROM secrets WHERE account_id = ? AND script = ?", (ref.account_id, ref.name)
        )

    def clear(self) -> None:
        """Forget everything."""
        self._database.run("DELETE FROM secrets")


def without_secret(binding: dict[str, Json]) -> dict[str, Json]:
    """Return the binding without any value of a secret and without its id."""
    if binding["type"] not in SECRET_TYPES:
        return binding
    return {
        key: value for key, value in binding.items() if key not in PRIVATE and key != "secret_id"
    }
