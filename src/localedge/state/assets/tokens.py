"""Tokens of upload sessions: JWTs that name an account, a script and a session.

wrangler reads their expiry, and nothing else of them.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

from localedge.model import Json, ScriptRef
from localedge.state.database import Database
from localedge.wire.asset_errors import InvalidAssetToken

LIFETIME_SECONDS = 3600
"""https://developers.cloudflare.com/workers/static-assets/direct-upload/"""

SCHEMA = "CREATE TABLE IF NOT EXISTS asset_token_key (key TEXT NOT NULL)"
_HEADER = {"alg": "HS256", "typ": "JWT"}


class Purpose(StrEnum):
    """What a token is good for."""

    UPLOAD = "upload"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class AssetToken:
    """What a token says; `session` is the id of the upload session, `exp` seconds of the epoch."""

    purpose: Purpose
    account: str
    script: str
    session: str
    exp: int

    @property
    def ref(self) -> ScriptRef:
        """The script that the assets are for."""
        return ScriptRef(self.account, self.script)


class AssetTokens:
    """Signs and checks tokens; the key survives a restart. `clock` gives seconds of the epoch."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        database.create(SCHEMA)

    def issue(self, purpose: Purpose, ref: ScriptRef, session: str) -> str:
        """Return a new token, valid for an hour."""
        expires = int(self._clock()) + LIFETIME_SECONDS
        claims = asdict(AssetToken(purpose, ref.account_id, ref.name, session, expires))
        signed = f"{_encode(json.dumps(_HEADER))}.{_encode(json.dumps(claims))}"
        return f"{signed}.{self._signature(signed)}"

    def read(self, text: str, purpose: Purpose) -> AssetToken:
        """Return what a token says; raises `InvalidAssetToken`."""
        signed, _, signature = text.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            raise InvalidAssetToken
        claims = _decode(signed.partition(".")[2])
        token = AssetToken(**{**claims, "purpose": Purpose(claims["purpose"])})
        if token.purpose != purpose or token.exp <= self._clock():
            raise InvalidAssetToken
        return token

    def _signature(self, signed: str) -> str:
        return _base64(hmac.digest(self._key().encode(), signed.encode(), hashlib.sha256))

    def _key(self) -> str:
        row = self._database.one("SELECT key FROM asset_token_key")
        if row is None:
            self._database.run(
                "INSERT INTO asset_token_key VALUES (?)", (secrets.token_urlsafe(32),)
            )
            return self._key()
        return str(row["key"])


def _encode(text: str) -> str:
    return _base64(text.encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> dict[str, Json]:
    try:
        claims: dict[str, Json] = json.loads(base64.urlsafe_b64decode(text + "=="))
    except (ValueError, binascii.Error) as broken:
        raise InvalidAssetToken from broken
    return claims
