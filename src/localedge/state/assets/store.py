"""Assets as they are stored: files of a script by the client's hash, manifests, sessions."""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from sqlite3 import Row

from localedge.model import AssetFile, ScriptRef
from localedge.state.assets import manifest as manifests
from localedge.state.assets.contents import AssetContents
from localedge.state.assets.manifest import Manifest
from localedge.state.assets.tokens import LIFETIME_SECONDS
from localedge.state.database import Database
from localedge.state.scripts.records import new_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS script_asset_files (
    account_id TEXT NOT NULL, script TEXT NOT NULL, hash TEXT NOT NULL, digest TEXT NOT NULL,
    content_type TEXT,
    PRIMARY KEY (account_id, script, hash)
);
CREATE TABLE IF NOT EXISTS asset_manifests (
    account_id TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE TABLE IF NOT EXISTS asset_sessions (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, script TEXT NOT NULL,
    manifest TEXT NOT NULL, started REAL NOT NULL
);
CREATE VIEW IF NOT EXISTS named_asset_manifests AS
    SELECT account_id, script, manifest FROM asset_sessions UNION
    SELECT account_id, script, json_extract(document, '$.assets.manifest') FROM versions
    WHERE json_extract(document, '$.assets') IS NOT NULL;
"""
PARSED_KEPT = 8
_KEPT_SECONDS = 2 * LIFETIME_SECONDS
"""A session's upload token is good for one lifetime, the completion token for one more."""


@dataclass(frozen=True, slots=True)
class AssetSession:
    """An upload session: the script that it is for, and the id of its manifest."""

    id: str
    ref: ScriptRef
    manifest: str


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as a client sends it; without a content type it is served without one."""

    hash: str
    content_type: str | None
    content: bytes


class AssetStore:
    """Keeps assets. The first file of a hash stays in its script as long as a manifest names it.

    The hash is the client's own, of any function, so one script's files are never another's, as
    Cloudflare asks each new Worker for all of its files; equal contents are stored once for all
    scripts and accounts. `clock` gives seconds of the epoch.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._manifests = lru_cache(PARSED_KEPT)(self._read_manifest)
        self._missing: dict[str, set[str]] = {}
        self.contents = AssetContents(database.folder)
        database.create(SCHEMA)

    def begin(self, ref: ScriptRef, manifest: Manifest) -> AssetSession:
        """Store a manifest and start an upload session for it."""
        document = manifests.dump(manifest)
        session = AssetSession(new_id(), ref, hashlib.sha256(document.encode()).hexdigest())
        with self._database.transaction():
            self._database.run(
                "INSERT OR IGNORE INTO asset_manifests VALUES (?, ?, ?)",
                (ref.account_id, session.manifest, document),
            )
            self._database.run(
                "INSERT INTO asset_sessions VALUES (?, ?, ?, ?, ?)",
                (session.id, ref.account_id, ref.name, session.manifest, self._clock()),
            )
        return session

    def session(self, session_id: str) -> AssetSession | None:
        """Return one session."""
        row = self._database.one("SELECT * FROM asset_sessions WHERE id = ?", (session_id,))
        if row is None:
            return None
        return AssetSession(row["id"], ScriptRef(row["account_id"], row["script"]), row["manifest"])

    def manifest(self, account_id: str, manifest_id: str) -> Manifest:
        """Return one manifest; raises `KeyError` where there is none."""
        return self._manifests(account_id, manifest_id)

    def missing(self, session: AssetSession) -> set[str]:
        """Return the hashes of the session's files that its script lacked when first asked.

        Each of them leaves the set when it is added: a manifest can have many, and come in parts.
        """
        if session.id not in self._missing:
            manifest = self.manifest(session.ref.account_id, session.manifest)
            wanted = {entry.hash for entry in manifest.values()}
            self._missing[session.id] = wanted - self.known(session.ref, session.manifest)
        return self._missing[session.id]

    def known(self, ref: ScriptRef, manifest_id: str) -> set[str]:
        """Return the hashes of those files of a manifest that the script has."""
        return {row["hash"] for row in self._of_manifest(ref, manifest_id)}

    def add(self, session: AssetSession, files: Iterable[ReceivedFile]) -> bool:
        """Store files, all or none; return whether the session has all that it needs.

        A file whose hash the script has already stays as it is.
        """
        ref, missing = session.ref, self.missing(session)
        stored = [(it.hash, self.contents.put(it.content), it.content_type) for it in files]
        with self._database.transaction():
            for row in stored:
                self._database.run(
                    "INSERT OR IGNORE INTO script_asset_files VALUES (?, ?, ?, ?, ?)",
                    (ref.account_id, ref.name, *row),
                )
        missing.difference_update(row[0] for row in stored)
        return not missing

    def files(self, ref: ScriptRef, manifest_id: str) -> dict[str, AssetFile]:
        """Return a script's files of a manifest by their paths; they must all be there."""
        return {
            row["path"]: AssetFile(row["hash"], row["digest"], row["content_type"])
            for row in self._of_manifest(ref, manifest_id)
        }

    def remove_unused(self) -> None:
        """Forget what no version and no session names any more, and the contents of it."""
        database = self._database
        self._missing.clear()
        database.run(
            "DELETE FROM asset_sessions WHERE started < ?", (self._clock() - _KEPT_SECONDS,)
        )
        database.run(
            "DELETE FROM asset_manifests WHERE (account_id, id) NOT IN ("
            " SELECT account_id, manifest FROM named_asset_manifests)"
        )
        database.run(
            "DELETE FROM script_asset_files WHERE (account_id, script, hash) NOT IN ("
            " SELECT named.account_id, named.script, json_extract(file.value, '$[0]')"
            " FROM named_asset_manifests AS named JOIN asset_manifests AS kept"
            " ON kept.account_id = named.account_id AND kept.id = named.manifest,"
            " json_each(kept.document) AS file)"
        )

    def remove_unused_contents(self) -> None:
        """Delete the contents that no file has; not in a transaction, which may yet fail."""
        rows = self._database.all("SELECT DISTINCT digest FROM script_asset_files")
        self.contents.remove_unused({row["digest"] for row in rows})

    def _read_manifest(self, account_id: str, manifest_id: str) -> Manifest:
        row = self._database.one(
            "SELECT document FROM asset_manifests WHERE account_id = ? AND id = ?",
            (account_id, manifest_id),
        )
        if row is None:
            raise KeyError(manifest_id)
        return manifests.load(row["document"])

    def _of_manifest(self, ref: ScriptRef, manifest_id: str) -> list[Row]:
        return self._database.all(
            "SELECT listed.key AS path, file.* FROM asset_manifests AS manifest,"
            " json_each(manifest.document) AS listed CROSS JOIN script_asset_files AS file"
            " ON file.account_id = manifest.account_id AND file.script = ?"
            " AND file.hash = json_extract(listed.value, '$[0]')"
            " WHERE manifest.account_id = ? AND manifest.id = ?",
            (ref.name, ref.account_id, manifest_id),
        )

    def clear(self) -> None:
        """Forget everything."""
        self._manifests.cache_clear()
        self._missing.clear()
        for table in ("script_asset_files", "asset_manifests", "asset_sessions"):
            self._database.run(f"DELETE FROM {table}")  # noqa: S608 - names of our own
