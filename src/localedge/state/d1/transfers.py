"""SQL files on their way in and out of D1: `wrangler d1 execute --file`, `wrangler d1 export`.

Cloudflare gives such files a signed address in R2; here a transfer's secret token is the address.
"""

import re
import secrets
import shutil
from pathlib import Path

from localedge.state.d1.models import D1Database
from localedge.state.database import Database
from localedge.wire.d1_errors import D1BadRequest

ETAG = re.compile(r"[0-9a-f]{32}")


class D1Transfers:
    """The files of transfers that are under way; none survives a restart."""

    def __init__(self, database: Database) -> None:
        self._folder = database.folder / "d1-transfers"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._paths: dict[str, Path] = {}

    def file_name(self, database: D1Database, etag: str) -> str:
        """Name an upload by its database and the MD5 of its bytes, which the client says."""
        if not ETAG.fullmatch(etag):
            raise D1BadRequest("etag must be the MD5 of the file, 32 hex digits")
        return f"{database.account_id}-{database.uuid}-{etag}.sql"

    def offer(self, name: str, content: bytes | None = None) -> str:
        """Return the token of a file: one to be uploaded, or one with this content."""
        self._folder.mkdir(exist_ok=True)
        token = secrets.token_urlsafe(32)
        self._paths[token] = self._folder / name
        if content is not None:
            self._paths[token].write_bytes(content)
        return token

    def path(self, token: str) -> Path | None:
        """Return the file that a token opens."""
        return self._paths.get(token)

    def take(self, name: str) -> str:
        """Return an uploaded file's text and forget the file."""
        path = self._folder / name
        if not path.is_file():
            raise D1BadRequest(f"{name} was not uploaded")
        text = path.read_text("utf-8", "replace")
        path.unlink()
        return text
