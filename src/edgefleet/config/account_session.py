"""Open the way to one target's account, and make sure that it is the right one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.config.account_api import AccountApi
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.credentials.token_notes import TokenNotes
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.errors import CredentialError

WARN_BEFORE = timedelta(days=14)
"""How long before a token expires edgefleet begins to warn of it."""

ConnectAccount = Callable[[Credential, str], AccountApi]


class AccountSession(NamedTuple):
    """A verified way into an account."""

    credential: Credential
    account: AccountApi
    expires: datetime | None = None
    """When the token expires, where Cloudflare says so."""

    def expiry_note(self, now: datetime) -> str:
        """Return a warning of a token that expires within `WARN_BEFORE`; empty for others."""
        if self.expires is None or self.expires - now > WARN_BEFORE:
            return ""
        return (
            f"{self.credential.source} expires on {self.expires:%Y-%m-%d %H:%M %Z}: replace the "
            "token before (docs/deployment/multi-account-auth.md)"
        )


@contextmanager
def reads_alone(account_id: str) -> Iterator[None]:
    """Name what a token lacks, in a phase that writes nothing: raises `CredentialError` for that.

    A refusal of a later phase of a deploy is an error of that phase: the deploy restores then.
    Provisioning has nothing to restore, and names what its writes lack so, too.
    """
    try:
        yield
    except ApiError as error:
        if error.permission is None:
            raise
        raise CredentialError(
            f"the token of account {account_id} lacks a permission: {error.message}",
            hint=error.permission.hint,
        ) from error


class NotedAt(NamedTuple):
    """What this machine noted of tokens, and the time at which it is read."""

    notes: TokenNotes
    now: datetime


def open_account(
    tenant: Tenant,
    target: Target,
    credentials: Credentials,
    connect: ConnectAccount,
    *,
    allow_plain: bool = True,
    noted: NotedAt | None = None,
) -> AccountSession:
    """Find the target's token and verify it against the tenant's own account id.

    With `noted` a token is not verified that was so a few days ago, and that does not expire soon:
    read below `verified_if_refused` then, and write nothing.
    Raises `CredentialError`; nothing has been written anywhere by then.
    """
    credential = credentials.find(target, allow_plain=allow_plain)
    account = connect(credential, tenant.config.account_id)
    if noted is None:
        return AccountSession(credential, account, account.verify())
    note = noted.notes.find(account.id, credential.token, noted.now)
    if note:
        session = AccountSession(credential, account, note.expires)
        if not session.expiry_note(noted.now):
            return session
    expires = account.verify()
    noted.notes.keep(account.id, credential.token, expires, noted.now)
    return AccountSession(credential, account, expires)


@contextmanager
def verified_if_refused(account: AccountApi) -> Iterator[None]:
    """Verify the token once a read is refused: raises `CredentialError` if it is not good."""
    try:
        yield
    except ApiError as error:
        if not error.is_transient:
            account.verify()
        raise
