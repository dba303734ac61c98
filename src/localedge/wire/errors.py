"""Cloudflare's error codes: a class each, with code, HTTP status and text as class data.

Codes and texts are the public API's; a service raises, `wire.envelope` renders.
"""

from typing import ClassVar


class ApiError(Exception):
    """An answer with `success: false`; subclasses name the code, the status and the text."""

    status: ClassVar[int] = 500
    code: ClassVar[int] = 10013
    text: ClassVar[str] = "workers.api.error.unknown"

    def __init__(self, text: str = "", *, headers: dict[str, str] | None = None) -> None:
        self.message = text or self.text
        self.headers = headers or {}
        super().__init__(self.message)


class RouteNotFound(ApiError):
    """No such path: wrong account id, unknown endpoint."""

    status = 404
    code = 7003
    text = "Could not route to the request path, perhaps your object identifier is invalid?"


class AuthenticationError(ApiError):
    """The token does not open this account."""

    status = 403
    code = 10000
    text = "Authentication error"


class UnauthorizedResource(ApiError):
    """The token is not one that this server knows."""

    status = 403
    code = 9109
    text = "Invalid access token"


class MalformedAuthorization(ApiError):
    """The Authorization header is missing or has another form than `Bearer TOKEN`."""

    status = 400
    code = 6003
    text = "Invalid request headers"


class BadBody(ApiError):
    """The body could not be read as what the endpoint takes."""

    status = 400
    code = 10026
    text = "Could not parse request body."
