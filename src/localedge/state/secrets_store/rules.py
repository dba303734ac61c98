"""What a secret of Secrets Store may be.

Limits: https://developers.cloudflare.com/secrets-store/manage-secrets/.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from localedge.model import Json
from localedge.wire.secrets_store_errors import InvalidSecret

MOST_STORES = 1
MOST_SECRETS = 100
MAX_VALUE_BYTES = 64 * 1024
MAX_NAME = 255
MAX_COMMENT = 1024
NAME = re.compile(r"[A-Za-z0-9_-]+")
SCOPES = frozenset({"workers", "ai_gateway", "dex", "access", "containers", "websearch"})


@dataclass(frozen=True, slots=True)
class SecretFields:
    """What a request says of a secret; None where it says nothing."""

    name: str | None = None
    value: str | None = None
    comment: str | None = None
    scopes: tuple[str, ...] | None = None


def new_secret(body: Mapping[str, Json]) -> SecretFields:
    """Return the fields of a new secret; raise `InvalidSecret` for what is missing."""
    fields = changes({**body, "scopes": body.get("scopes") or []})
    if not fields.name:
        raise InvalidSecret("secret_name_empty")
    if not fields.value:
        raise InvalidSecret("secret_value_empty")
    return fields


def duplicate_of(body: Mapping[str, Json], value: str) -> SecretFields:
    """Return the fields of a copy, which has another's value."""
    return new_secret({**body, "value": value})


def changes(body: Mapping[str, Json]) -> SecretFields:
    """Return the fields that a request names; raise `InvalidSecret` for one that is unusable."""
    return SecretFields(
        _name(body.get("name")),
        _value(body.get("value")),
        _comment(body.get("comment")),
        _scopes(body.get("scopes")),
    )


def _name(given: Json) -> str | None:
    if given in (None, ""):
        return None
    if not isinstance(given, str) or not NAME.fullmatch(given) or len(given) > MAX_NAME:
        raise InvalidSecret("secret_name_invalid")
    return given


def _value(given: Json) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise InvalidSecret
    if len(given.encode(errors="replace")) > MAX_VALUE_BYTES:
        raise InvalidSecret("secret_value_too_large")
    return given


def _comment(given: Json) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or len(given) > MAX_COMMENT:
        raise InvalidSecret("secret_comment_invalid")
    return given


def _scopes(given: Json) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        raise InvalidSecret
    if not given:
        raise InvalidSecret("secret_scopes_empty")
    for scope in given:
        if not isinstance(scope, str) or scope not in SCOPES:
            raise InvalidSecret(f"secret_scope_invalid: {scope}")
    return tuple(given)
