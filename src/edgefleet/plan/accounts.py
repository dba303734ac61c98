"""Cloudflare accounts, each over one connection pool for all that is done with it."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from edgefleet.cloudflare.account import Account, VerifiedAccount
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.config.credentials.lookup import Credential
from edgefleet.core.secret import Secret
from edgefleet.state.live_state import Observer, keep_sent
from edgefleet.state.seen.store import SeenVersions

Api = Callable[[Credential, str], Cloudflare]
"""Opens the API with a token, for one account."""


class VerifiedToken(NamedTuple):
    """A token that was looked at a moment ago, and what was read of its account."""

    token: Secret
    subdomain: str | None = None
    """The account's name below workers.dev, if it has one."""


OPEN = 8
"""Accounts whose connections are kept: a command may go through thousands, one after the other."""


class Accounts:
    """The accounts that one command, or one target of many, has to do with.

    `verified` are tokens by the id of the account that they open, `seen` the versions that this
    machine looked at before. With `sent` a version that it uploaded counts as one of these.
    """

    def __init__(
        self,
        api: Api,
        verified: Mapping[str, VerifiedToken] | None = None,
        seen: SeenVersions | None = None,
        *,
        sent: bool = False,
    ) -> None:
        self._seen = seen
        self._sent = sent
        self._api = lru_cache(OPEN)(api)
        self._verified = verified or {}

    def connect(self, credential: Credential, account_id: str) -> Account:
        """Return an account, seen with a token."""
        api, known = self._api(credential, account_id), self._verified.get(account_id)
        on_sent = partial(keep_sent, self._seen, account_id) if self._seen else None
        if known is None or known.token != credential.token:
            return Account(api, account_id, on_sent=on_sent)
        return VerifiedAccount(api, account_id, known.subdomain, on_sent)

    def observe(self, credential: Credential, account_id: str) -> Observer:
        """Return an account for reading what runs."""
        account = Account(self._api(credential, account_id), account_id)
        return Observer(account, self._seen, sent=self._sent)
