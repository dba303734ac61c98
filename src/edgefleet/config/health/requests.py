"""What the requests of a health check and of a smoke test have in common."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, Tag

from edgefleet.config.health.places import OBJECT, TEXT, HeaderName, Pointer, either
from edgefleet.core.model import CamelModel

SECRET_NAME = r"^[A-Z][A-Z0-9_]{0,63}$"  # noqa: S105 - the form of a name
OWN_HEADERS = frozenset(
    """
    host connection content-length transfer-encoding accept-encoding upgrade expect te trailer
    cloudflare-workers-version-overrides proxy-authorization
    """.split()
)
"""Headers that edgefleet sets itself, and those that would change the exchange."""


def _secret_name(text: str) -> str:
    if not re.fullmatch(SECRET_NAME, text):
        raise ValueError("must be the name of a secret, never its value: capitals, digits and _")
    return text


def _header_value(text: str) -> str:
    if not re.fullmatch(r"[ -~]{0,1000}", text):
        raise ValueError("must have printable ASCII characters only")
    return text


def _own(headers: dict[str, Any]) -> dict[str, Any]:
    for name in headers:
        if name.lower() in OWN_HEADERS:
            raise ValueError(f"must not hold {name}: edgefleet sets it itself")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("must not name a header twice")
    return headers


def _path(text: str) -> str:
    if not re.fullmatch(r"/[!-~]{0,499}", text) or "#" in text:
        raise ValueError("must be a path that begins with /, such as /health")
    if text.startswith("//"):
        raise ValueError("must begin with one / only")
    return text


class SecretHeader(CamelModel):
    """The value of a header that is a secret: its name in the environment or .env.deploy."""

    secret: Annotated[str, AfterValidator(_secret_name)] = Field(
        description="The secret's name, never its value. edgefleet reads it from the variables "
        "NAME_<TENANT>_<ENVIRONMENT> or NAME_<TENANT>, in the environment or .env.deploy."
    )
    shared: bool = Field(
        default=False,
        description="Whether NAME by itself holds the secret of all tenants, where no variable of "
        "the tenant is set.",
    )
    digests: Pointer | None = Field(
        default=None,
        description="Where the tenant's settings list the SHA-256 of the secrets that its Worker "
        "takes: no other secret is sent, and none where the list is empty.",
    )


HeaderValue = Annotated[
    Annotated[str, AfterValidator(_header_value), Tag(TEXT)] | Annotated[SecretHeader, Tag(OBJECT)],
    either('a text, or {"secret": NAME}'),
]
Headers = Annotated[dict[HeaderName, HeaderValue], AfterValidator(_own)]
"""Headers of a request: texts, or secrets by their names."""
Path = Annotated[str, AfterValidator(_path)]
Status = Annotated[int, Field(strict=True, ge=200, le=599)]


def secrets_of(headers: dict[str, Any]) -> list[SecretHeader]:
    """Return the headers that are secrets."""
    return [value for value in headers.values() if isinstance(value, SecretHeader)]
