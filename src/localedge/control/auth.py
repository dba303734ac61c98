"""Authentication and authorization of API requests: bearer tokens and the accounts they open."""

import re

from starlette.requests import Request

from localedge.state.accounts import AccountStore, Token
from localedge.state.assets.tokens import AssetTokens, Purpose
from localedge.state.rules.permissions import allowed
from localedge.wire.errors import (
    ApiError,
    AuthenticationError,
    FailedAuthentication,
    InvalidToken,
    MalformedAuthorization,
    MalformedKey,
    MissingAuthorization,
    RouteNotFound,
    UnauthorizedResource,
)

ACCOUNT = re.compile(r"/accounts/([^/]+)")
OF_ACCOUNT = re.compile(r"/accounts/[^/]+/|/memberships$")
"""Routes whose services check credentials themselves, and name malformed ones in their own way."""
ASSET_UPLOAD = re.compile(r"/accounts/[^/]+/workers/assets/upload")
BEARER = re.compile(r"Bearer ([\x21-\x7e]+)")


class Authenticator:
    """Finds a request's token and checks that it opens the account of the path.

    An upload of assets comes with the token of its upload session in place of an API token.
    """

    def __init__(self, accounts: AccountStore, asset_tokens: AssetTokens) -> None:
        self._accounts = accounts
        self._asset_tokens = asset_tokens

    def authenticate(self, request: Request, path: str) -> Token:
        """Return the request's token, or raise the API's error.

        `path` is relative to the API's base.
        """
        text = _bearer(request, path)
        if ASSET_UPLOAD.fullmatch(path):
            token: Token | None = self._upload_token(text)
        else:
            token = self._accounts.token(text)
        if token is None:
            raise _unknown_token(path)
        account = ACCOUNT.match(path)
        if account:
            self._check_account(token, account[1])
        limited = token.permissions is not None and not path.endswith("/tokens/verify")
        if limited and not allowed(token.permissions or frozenset(), request.method, path):
            raise AuthenticationError
        return token

    def _upload_token(self, text: str) -> Token:
        upload = self._asset_tokens.read(text, Purpose.UPLOAD)
        return Token(upload.session, (upload.account,), upload)

    def _check_account(self, token: Token, account_id: str) -> None:
        if account_id in token.account_ids:
            return
        if self._accounts.get(account_id) is None:
            raise RouteNotFound(
                f"Could not route to /client/v4/accounts/{account_id}, perhaps your object "
                "identifier is invalid?"
            )
        raise AuthenticationError


def _bearer(request: Request, path: str) -> str:
    header = request.headers.get("authorization")
    if header is None:
        raise MalformedKey if "x-auth-key" in request.headers else MissingAuthorization
    match = BEARER.fullmatch(header)
    if match is None:
        raise FailedAuthentication if OF_ACCOUNT.match(path) else MalformedAuthorization
    return match[1]


def _unknown_token(path: str) -> ApiError:
    if path.endswith("/tokens/verify"):
        return InvalidToken()
    return AuthenticationError() if ACCOUNT.match(path) else UnauthorizedResource()
