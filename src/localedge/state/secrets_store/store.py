"""Stores of an account and their secrets; the values leave here for a Worker alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.secrets_store.rules import MOST_SECRETS, MOST_STORES, SecretFields
from localedge.state.timestamps import now
from localedge.wire.secrets_store_errors import (
    SecretNameTaken,
    StoredSecretNotFound,
    StoreNotEmpty,
    StoreNotFound,
    TooManySecrets,
    TooManyStores,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS secrets_stores (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS stored_secrets (
    id TEXT PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES secrets_stores ON DELETE CASCADE,
    name TEXT NOT NULL, comment TEXT NOT NULL, scopes TEXT NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL, value TEXT NOT NULL,
    UNIQUE (store_id, name)
);
"""
SHOWN = """
SELECT id, store_id, name, comment, scopes, created, modified FROM stored_secrets
WHERE store_id = ? ORDER BY name
"""
CHANGE = """
UPDATE stored_secrets SET comment = coalesce(?, comment), scopes = coalesce(?, scopes),
value = coalesce(?, value), modified = ? WHERE id = ?
"""
COUNT = """
SELECT count(*) FROM stored_secrets JOIN secrets_stores ON secrets_stores.id = store_id
WHERE account_id = ?
"""
VALUE = """
SELECT value FROM stored_secrets JOIN secrets_stores ON secrets_stores.id = store_id
WHERE account_id = ? AND store_id = ? AND stored_secrets.name = ?
"""


@dataclass(frozen=True, slots=True)
class SecretsVault:
    """One store of an account."""

    id: str
    account_id: str
    name: str
    created: str
    modified: str


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """One secret without its value; `scopes` are the products that may use it."""

    id: str
    store_id: str
    name: str
    comment: str
    scopes: tuple[str, ...]
    created: str
    modified: str


class SecretsStores:
    """The stores of all accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def all(self, account_id: str) -> list[SecretsVault]:
        """Return the account's stores by name."""
        rows = self._database.all(
            "SELECT * FROM secrets_stores WHERE account_id = ? ORDER BY name, id", (account_id,)
        )
        return [SecretsVault(**dict(row)) for row in rows]

    def require(self, account_id: str, store_id: str) -> SecretsVault:
        """Return one store; raise `StoreNotFound` where there is none."""
        for store in self.all(account_id):
            if store.id == store_id:
                return store
        raise StoreNotFound

    def create(self, account_id: str, name: str) -> SecretsVault:
        """Make a store; raise `TooManyStores` where the account has one."""
        if len(self.all(account_id)) >= MOST_STORES:
            raise TooManyStores
        return self.ensure(account_id, uuid4().hex, name)

    def ensure(self, account_id: str, store_id: str, name: str) -> SecretsVault:
        """Make a store with a given id, unless it is there."""
        at = now()
        self._database.run(
            "INSERT OR IGNORE INTO secrets_stores VALUES (?, ?, ?, ?, ?)",
            (store_id, account_id, name, at, at),
        )
        return self.require(account_id, store_id)

    def delete(self, store: SecretsVault, *, force: bool) -> None:
        """Delete a store; one that holds secrets needs `force`, and loses them."""
        if self.secrets(store) and not force:
            raise StoreNotEmpty
        self._database.run("DELETE FROM secrets_stores WHERE id = ?", (store.id,))

    def usage(self, account_id: str) -> int:
        """Return how many secrets an account has."""
        row = self._database.one(COUNT, (account_id,))
        return row[0] if row else 0

    def secrets(self, store: SecretsVault) -> list[StoredSecret]:
        """Return the secrets of a store by name."""
        return [_secret(dict(row)) for row in self._database.all(SHOWN, (store.id,))]

    def secret(self, store: SecretsVault, secret_id: str) -> StoredSecret:
        """Return one secret; raise `StoredSecretNotFound` where there is none."""
        for secret in self.secrets(store):
            if secret.id == secret_id:
                return secret
        raise StoredSecretNotFound

    def named(self, account_id: str, store_id: str, name: str) -> StoredSecret | None:
        """Return the secret that a binding names."""
        stores = [it for it in self.all(account_id) if it.id == store_id]
        found = [it for store in stores for it in self.secrets(store) if it.name == name]
        return found[0] if found else None

    def add(self, store: SecretsVault, new: Sequence[SecretFields]) -> list[StoredSecret]:
        """Make secrets, all or none."""
        taken = {it.name for it in self.secrets(store)}
        for fields in new:
            if fields.name in taken:
                raise SecretNameTaken(f"{SecretNameTaken.text}: {fields.name}")
            taken.add(fields.name or "")
        if self.usage(store.account_id) + len(new) > MOST_SECRETS:
            raise TooManySecrets
        ids, at = [uuid4().hex for _ in new], now()
        with self._database.transaction():
            for secret_id, it in zip(ids, new, strict=True):
                scopes = json.dumps(it.scopes)
                self._database.run(
                    "INSERT INTO stored_secrets VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (secret_id, store.id, it.name, it.comment or "", scopes, at, at, it.value),
                )
        return [self.secret(store, it) for it in ids]

    def change(self, secret: StoredSecret, fields: SecretFields) -> None:
        """Change what `fields` names; a secret keeps its name."""
        scopes = None if fields.scopes is None else json.dumps(fields.scopes)
        self._database.run(CHANGE, (fields.comment, scopes, fields.value, now(), secret.id))

    def remove(self, secret: StoredSecret) -> None:
        """Delete a secret."""
        self._database.run("DELETE FROM stored_secrets WHERE id = ?", (secret.id,))

    def value(self, account_id: str, store_id: str, name: str) -> str | None:
        """Return the value of a secret, for a Worker that is bound to it."""
        row = self._database.one(VALUE, (account_id, store_id, name))
        return row["value"] if row else None

    def clear(self) -> None:
        """Forget every store of every account."""
        self._database.run("DELETE FROM secrets_stores")


def _secret(row: dict[str, Json]) -> StoredSecret:
    return StoredSecret(**{**row, "scopes": tuple(json.loads(row["scopes"]))})
