"""Workers KV's limits (https://developers.cloudflare.com/kv/platform/limits/)."""

import base64
import binascii
import json

from localedge.model import Json
from localedge.state.json_values import as_text
from localedge.wire.kv_errors import (
    KvIllegalKey,
    KvInvalidCursor,
    KvInvalidExpiration,
    KvInvalidLimit,
    KvInvalidMetadata,
    KvInvalidTtl,
    KvKeyTooLong,
    KvMetadataTooLarge,
    KvPayloadTooLarge,
)

MAX_KEY_BYTES = 512
MAX_VALUE_BYTES = 25 * 1024 * 1024
MAX_METADATA_BYTES = 1024
MAX_PAGE = 1000
MIN_LIFETIME_SECONDS = 60


def check_key(key: str) -> None:
    """Raise what the API answers to a key that cannot be one."""
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        raise KvIllegalKey(f"illegal key name: {key!r}") from None
    if key in {"", ".", ".."}:
        raise KvIllegalKey(f"illegal key name: {key!r}")
    if length > MAX_KEY_BYTES:
        raise KvKeyTooLong(
            f"UTF-8 encoded length of {length} exceeds key length limit of {MAX_KEY_BYTES}."
        )


def check_value(value: bytes) -> None:
    """Raise when a value is larger than 25 MiB."""
    if len(value) > MAX_VALUE_BYTES:
        raise KvPayloadTooLarge(f"Value length of {len(value)} exceeds limit of {MAX_VALUE_BYTES}.")


def check_metadata(text: str) -> None:
    """Raise when metadata is no JSON or longer than 1024 bytes."""
    length = len(text.encode("utf-8", "replace"))
    if length > MAX_METADATA_BYTES:
        raise KvMetadataTooLarge(
            f"Metadata length of {length} exceeds limit of {MAX_METADATA_BYTES}."
        )
    try:
        as_text(json.loads(text))
    except (ValueError, RecursionError):
        raise KvInvalidMetadata("put: 'metadata must be valid JSON'") from None


def expiry(now: float, expiration: Json, ttl: Json) -> int | None:
    """Return when a pair expires, in seconds since 1970; `ttl` wins over `expiration`."""
    if ttl is not None:
        seconds = _whole(ttl)
        if seconds is None or seconds < MIN_LIFETIME_SECONDS:
            raise KvInvalidTtl(
                f"Invalid expiration_ttl of {ttl}. "
                f"Expiration TTL must be at least {MIN_LIFETIME_SECONDS}."
            )
        return int(now) + seconds
    if expiration is None:
        return None
    at = _whole(expiration)
    if at is None or at < int(now) + MIN_LIFETIME_SECONDS:
        raise KvInvalidExpiration(
            f"Invalid expiration of {expiration}. "
            f"Expiration times must be at least {MIN_LIFETIME_SECONDS} seconds in the future."
        )
    return at


def page_size(limit: Json, *, least: int = 1) -> int:
    """Return how many keys one page holds; 1000 where nothing is said."""
    if limit is None:
        return MAX_PAGE
    count = _whole(limit)
    if count is None or not least <= count <= MAX_PAGE:
        raise KvInvalidLimit(
            f"Invalid key_count_limit of {limit}. "
            f"Please specify an integer from {least} to {MAX_PAGE}."
        )
    return count


def to_cursor(key: str) -> str:
    """Return the cursor of the page after `key`."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> str:
    """Return the last key of the page that gave `cursor`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise KvInvalidCursor from None


def _whole(value: Json) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
