"""Cloudflare accounts, each over one connection pool for all that is done with it."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from edgefleet.cloudflare.account import Account, VerifiedAccount
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.config.credentials.lookup import Credential
from edgefleet.core.secret import Secret
from edgefleet.state.live_state import Observer

Api = Callable[[Credential, str], Cloudflare]
"""Opens the API with a token, for one account."""

OPEN = 8
"""Accounts whose connections are kept: a command may go through thousands, one after the other."""


class Accounts:
    """The accounts that one command, or one target of many, has to do with.

    `verified` are tokens that were looked at a moment ago, by the id of the account they open.
    """

    def __init__(self, api: Api, verified: Mapping[str, Secret] | None = None) -> None:
        self._api = lru_cache(OPEN)(api)
        self._verified = verified or {}

    def connect(self, credential: Credential, account_id: str) -> Account:
        """Return an account, seen with a token."""
        known = self._verified.get(account_id) == credential.token
        kind = VerifiedAccount if known else Account
        return kind(self._api(credential, account_id), account_id)

    def observe(self, credential: Credential, account_id: str) -> Observer:
        """Return an account for reading what runs."""
        return Observer(Account(self._api(credential, account_id), account_id))
