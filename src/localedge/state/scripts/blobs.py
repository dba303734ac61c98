"""Module contents, each stored once however many versions, scripts and accounts hold it."""

import hashlib

from localedge.state.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS blobs (digest TEXT PRIMARY KEY, content BLOB NOT NULL)"


class BlobStore:
    """Bytes found by their SHA-256 digest."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def put(self, content: bytes) -> str:
        """Store `content` if it is new; return its digest."""
        digest = hashlib.sha256(content).hexdigest()
        self._database.run("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (digest, content))
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest; raises `KeyError` where there are none."""
        row = self._database.one("SELECT content FROM blobs WHERE digest = ?", (digest,))
        if row is None:
            raise KeyError(digest)
        return bytes(row["content"])

    def clear(self) -> None:
        """Forget everything."""
        self._database.run("DELETE FROM blobs")

    def remove_unused(self) -> None:
        """Forget the bytes that no version holds any more."""
        self._database.run(
            "DELETE FROM blobs WHERE digest NOT IN (SELECT json_extract(module.value, '$.digest')"
            " FROM versions, json_each(versions.document, '$.modules') AS module)"
        )
