"""Workers KV: namespaces and their pairs, one store for the API and for running Workers."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.json_values import well_formed
from localedge.state.kv import rules as kv_rules
from localedge.wire.kv_errors import KvMissingTitle, KvNamespaceExists, KvNamespaceNotFound

SCHEMA = """
CREATE TABLE IF NOT EXISTS kv_namespaces (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE TABLE IF NOT EXISTS kv_pairs (
    account_id TEXT NOT NULL,
    namespace_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    metadata TEXT,
    expires_at INTEGER,
    PRIMARY KEY (account_id, namespace_id, key),
    FOREIGN KEY (account_id, namespace_id) REFERENCES kv_namespaces ON DELETE CASCADE
);
"""
GET = """
SELECT key, metadata, expires_at, value FROM kv_pairs
WHERE account_id = ? AND namespace_id = ? AND key = ?
AND (expires_at IS NULL OR expires_at > ?)
"""
MAX_TITLE = 512
LIST = """
SELECT key, metadata, expires_at FROM kv_pairs
WHERE account_id = ? AND namespace_id = ? AND key >= ? AND key > ?
AND substr(CAST(key AS BLOB), 1, ?) = ?
ORDER BY key LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class KvNamespace:
    """One namespace of an account."""

    account_id: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class KvKey:
    """A key as listings show it; `metadata` is JSON text, `expires_at` seconds since 1970."""

    name: str
    metadata: str | None
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class KvPair:
    """A key with its value."""

    key: KvKey
    value: bytes


@dataclass(frozen=True, slots=True)
class KvWrite:
    """A pair to store; `metadata` is JSON text, `expiration` and `ttl` are seconds."""

    key: str
    value: bytes
    metadata: str | None = None
    expiration: Json = None
    ttl: Json = None


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Keys in the order of their bytes; `cursor` leads to the next page, None ends the list."""

    keys: tuple[KvKey, ...]
    cursor: str | None


class KvStore:
    """Every namespace of every account. `clock` gives seconds since 1970."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        database.create(SCHEMA)

    def namespaces(self, account_id: str) -> list[KvNamespace]:
        """Return the account's namespaces by title."""
        rows = self._database.all(
            "SELECT account_id, id, title FROM kv_namespaces WHERE account_id = ? ORDER BY title",
            (account_id,),
        )
        return [KvNamespace(*row) for row in rows]

    def namespace(self, account_id: str, namespace_id: str) -> KvNamespace | None:
        """Return one namespace, or None where the account has none of this id."""
        row = self._database.one(
            "SELECT account_id, id, title FROM kv_namespaces WHERE account_id = ? AND id = ?",
            (account_id, namespace_id),
        )
        return KvNamespace(*row) if row else None

    def require(self, account_id: str, namespace_id: str) -> KvNamespace:
        """Return one namespace; raise `KvNamespaceNotFound` where there is none."""
        found = self.namespace(account_id, namespace_id)
        if found is None:
            raise KvNamespaceNotFound
        return found

    def create(self, account_id: str, title: str) -> KvNamespace:
        """Make a namespace with a new id; raise when the title is taken or unusable."""
        self._check_title(account_id, title)
        return self.ensure(account_id, uuid4().hex, title)

    def ensure(self, account_id: str, namespace_id: str, title: str) -> KvNamespace:
        """Make a namespace with a given id, unless it is there."""
        self._database.run(
            "INSERT OR IGNORE INTO kv_namespaces VALUES (?, ?, ?)",
            (account_id, namespace_id, title),
        )
        return self.require(account_id, namespace_id)

    def rename(self, namespace: KvNamespace, title: str) -> KvNamespace:
        """Give a namespace another title."""
        if title != namespace.title:
            self._check_title(namespace.account_id, title)
        self._database.run(
            "UPDATE kv_namespaces SET title = ? WHERE account_id = ? AND id = ?",
            (title, namespace.account_id, namespace.id),
        )
        return KvNamespace(namespace.account_id, namespace.id, title)

    def delete_namespace(self, namespace: KvNamespace) -> None:
        """Drop a namespace and all that it holds."""
        self._database.run(
            "DELETE FROM kv_namespaces WHERE account_id = ? AND id = ?",
            (namespace.account_id, namespace.id),
        )

    def clear(self) -> None:
        """Forget every namespace of every account."""
        self._database.run("DELETE FROM kv_namespaces")

    def get(self, namespace: KvNamespace, key: str) -> KvPair | None:
        """Return a pair, or None where the key is absent or has expired."""
        kv_rules.check_key(key)
        row = self._database.one(GET, (namespace.account_id, namespace.id, key, self._clock()))
        return KvPair(KvKey(row[0], row[1], row[2]), row[3]) if row else None

    def put(self, namespace: KvNamespace, *writes: KvWrite) -> None:
        """Store pairs, all or none."""
        now = self._clock()
        rows = []
        for write in writes:
            kv_rules.check_key(write.key)
            kv_rules.check_value(write.value)
            if write.metadata is not None:
                kv_rules.check_metadata(write.metadata)
            expires_at = kv_rules.expiry(now, write.expiration, write.ttl)
            rows.append((write.key, write.value, write.metadata, expires_at))
        with self._database.transaction():
            for row in rows:
                self._database.run(
                    "INSERT OR REPLACE INTO kv_pairs VALUES (?, ?, ?, ?, ?, ?)",
                    (namespace.account_id, namespace.id, *row),
                )

    def delete(self, namespace: KvNamespace, key: str) -> None:
        """Drop a pair; an absent key is no error."""
        kv_rules.check_key(key)
        self._database.run(
            "DELETE FROM kv_pairs WHERE account_id = ? AND namespace_id = ? AND key = ?",
            (namespace.account_id, namespace.id, key),
        )

    def keys(
        self, namespace: KvNamespace, *, prefix: str = "", cursor: str = "", limit: int = 1000
    ) -> KeyPage:
        """Return the keys that start with `prefix`, at most `limit`, after `cursor`."""
        now = self._clock()
        own = (namespace.account_id, namespace.id)
        self._database.run(
            "DELETE FROM kv_pairs WHERE account_id = ? AND namespace_id = ? AND expires_at <= ?",
            (*own, now),
        )
        start = prefix.encode()
        last = kv_rules.from_cursor(cursor) if cursor else ""
        rows = self._database.all(LIST, (*own, prefix, last, len(start), start, limit + 1))
        keys = tuple(KvKey(*row) for row in rows[:limit])
        return KeyPage(keys, kv_rules.to_cursor(keys[-1].name) if len(rows) > limit else None)

    def _check_title(self, account_id: str, title: str) -> None:
        if not 1 <= len(title) <= MAX_TITLE or title != well_formed(title):
            raise KvMissingTitle
        if any(namespace.title == title for namespace in self.namespaces(account_id)):
            raise KvNamespaceExists
