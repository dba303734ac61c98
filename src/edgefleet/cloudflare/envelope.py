"""The envelope of a response of Cloudflare's API: its result and its errors.

https://developers.cloudflare.com/fundamentals/api/reference/ has the form of it.
"""

import math
from collections.abc import Hashable
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from edgefleet.cloudflare.error_codes import AUTHENTICATION, OF_THE_ACCOUNT
from edgefleet.cloudflare.permissions import Permission, permission_of
from edgefleet.core.foreign.json import parse_json
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.core.redaction import known_secrets
from edgefleet.errors import CloudflareError
from edgefleet.http.connection import HttpResponse

THROTTLED = 429
FORBIDDEN = 403

T = TypeVar("T")


class ApiError(CloudflareError):
    """Cloudflare refused a request, or sent no usable response.

    `codes` are Cloudflare's error codes, the only thing to branch on; `status` is the HTTP
    status, or None where there was no answer.
    """

    code = "cloudflare_api"

    def __init__(
        self,
        message: str,
        *,
        codes: tuple[int, ...] = (),
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(known_secrets(message))  # Cloudflare may repeat what it was sent
        self.codes = codes
        self.status = status
        self.retry_after = retry_after
        """Seconds that Cloudflare asks edgefleet to wait (Retry-After), where it does."""
        self.permission: Permission | None = None
        """What the token lacks, where Cloudflare refused a request for that."""

    @property
    def is_transient(self) -> bool:
        """Whether it says nothing of the request itself, which may have been carried out.

        No answer, throttled, a server's fault, or a good status with an unreadable body.
        """
        if self.status is None or self.status == THROTTLED or self.status >= 500:
            return True
        return self.status < 400 and not self.codes

    @property
    def forbidden(self) -> bool:
        """Whether the token may not do this; Cloudflare says so with and without a code."""
        return self.status == FORBIDDEN or AUTHENTICATION in self.codes

    def lacks(self, permission: Permission | None) -> None:
        """Say what the token lacks, where that is known."""
        self.permission = permission
        self.hint = permission.hint if permission else ""


def parse_result(envelope: dict[str, Json], shape: type[T], what: str) -> T:
    """Return the `result` of an envelope, which must have this shape; raises `ApiError`."""
    try:
        checked: T = _checker(cast("Hashable", shape)).validate_python(envelope["result"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = foreign_text(".".join(str(part) for part in ("result", *first["loc"])))
        raise ApiError(
            f"{what}: unexpected response from Cloudflare: {where}: {first['msg']}"
        ) from None
    return checked


@cache
def _checker(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def parse_envelope(answer: HttpResponse, what: str) -> dict[str, Json]:
    """Return the envelope of a good answer; raises `ApiError` for any other."""
    try:
        envelope = parse_json(answer.content)
    except ValueError as error:
        raise ApiError(
            f"{what}: HTTP {answer.status} with a body that is not JSON",
            status=answer.status,
        ) from error
    if not isinstance(envelope, dict) or "success" not in envelope or "result" not in envelope:
        raise ApiError(
            f"{what}: HTTP {answer.status} with a body that is not Cloudflare's envelope",
            status=answer.status,
        )
    if envelope["success"] is True and answer.ok:
        return envelope
    raise _refusal(answer, envelope, what)


def _refusal(answer: HttpResponse, envelope: dict[str, Json], what: str) -> ApiError:
    listed = envelope.get("errors")
    errors = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    codes = tuple(item["code"] for item in errors if isinstance(item.get("code"), int))
    reasons = "; ".join(f"{item.get('message')} [code: {item.get('code')}]" for item in errors)
    message = f"{what}: HTTP {answer.status}: {foreign_text(reasons) or 'no reason given'}"
    refused = ApiError(message, codes=codes, status=answer.status, retry_after=retry_after(answer))
    if refused.forbidden and OF_THE_ACCOUNT.isdisjoint(codes):
        refused.lacks(permission_of(what))
    return refused


def retry_after(answer: HttpResponse) -> float | None:
    """Return the seconds that an answer asks to wait, where it does, and where they can be."""
    with suppress(ValueError):
        seconds = float(answer.headers.get("Retry-After", ""))
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None
