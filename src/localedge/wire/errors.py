"""Cloudflare's error codes: a class each, with code, HTTP status and text as class data.

Codes and texts are the public API's; a service or a rule raises, `wire.envelope` renders. Those of
scripts stand in `script_errors`, those of bindings and Durable Objects in `binding_errors`.
"""

from typing import Any, ClassVar


class ApiError(Exception):
    """An answer with `success: false`; subclasses name the code, the status and the text."""

    status: ClassVar[int] = 500
    code: ClassVar[int] = 10013
    text: ClassVar[str] = "workers.api.error.unknown"
    chain: ClassVar[tuple[tuple[int, str], ...]] = ()

    def __init__(self, text: str = "", *, headers: dict[str, str] | None = None) -> None:
        self.message = text or self.text
        self.headers = headers or {}
        self.meta: dict[str, Any] = {}
        super().__init__(self.message)


class RouteNotFound(ApiError):
    """No such path: wrong account id, unknown endpoint."""

    status = 404
    code = 7003
    text = "Could not route to the request path, perhaps your object identifier is invalid?"


class MethodNotAllowed(ApiError):
    """The path exists, but not for this method."""

    status = 405
    code = 7001
    text = "Method not available for that URI."


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


class InvalidToken(ApiError):
    """What verifying an unknown token says."""

    status = 401
    code = 1000
    text = "Invalid API Token"


class MissingAuthorization(ApiError):
    """The request carries no credentials at all."""

    status = 400
    code = 9106
    text = "Missing X-Auth-Key, X-Auth-Email or Authorization headers"


class MalformedAuthorization(ApiError):
    """The Authorization header has another form than `Bearer TOKEN`."""

    status = 400
    code = 6003
    text = "Invalid request headers"
    chain = ((6111, "Invalid format for Authorization header"),)


class FailedAuthentication(ApiError):
    """The credentials are malformed, as an account's routes and `/memberships` say it."""

    status = 400
    code = 9106
    text = "Authentication failed (status: 400)"


class MalformedKey(ApiError):
    """Credentials of a global API key; this server has none."""

    status = 400
    code = 6003
    text = "Invalid request headers"
    chain = ((6103, "Invalid format for X-Auth-Key header"),)


class Throttled(ApiError):
    """Too many requests with one token."""

    status = 429
    code = 971
    text = "Please wait and consider throttling your request speed"


class BadBody(ApiError):
    """The body could not be read as what the endpoint takes."""

    status = 400
    code = 10026
    text = "Could not parse request body."


class UnsupportedContentType(ApiError):
    """The body comes in a content type that the endpoint does not take."""

    status = 415
    code = 10001
    text = "Content-Type must be one of: application/json, multipart/form-data."


class NotFound(ApiError):
    """A script, a version, a route or a subdomain that does not exist."""

    status = 404
    code = 10007
    text = "This Worker does not exist on your account."


class RecordNotFound(ApiError):
    """The zone has no DNS record of this id."""

    status = 404
    code = 81044
    text = "Record does not exist."


class BodyTooLarge(ApiError):
    """A request larger than this server takes."""

    status = 413
    code = 10027
    text = "The request body is too large: localedge takes 100 MiB."


class Misdirected(ApiError):
    """A request for a host that is not this server's, and no Worker's."""

    status = 421
    code = 7003
    text = "localedge does not answer for this host: use 127.0.0.1 and its port."


class CrossSite(ApiError):
    """A request that a web page sent."""

    status = 403
    code = 10000
    text = "localedge takes no requests from web pages."
