"""Open the way to one target's account, and make sure that it is the right one."""

from collections.abc import Callable
from typing import NamedTuple

from edgefleet.config.account_api import AccountApi
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant

ConnectAccount = Callable[[Credential, str], AccountApi]


class AccountSession(NamedTuple):
    """A verified way into an account."""

    credential: Credential
    account: AccountApi


def open_account(
    tenant: Tenant,
    target: Target,
    credentials: Credentials,
    connect: ConnectAccount,
    *,
    allow_plain: bool = True,
) -> AccountSession:
    """Find the target's token and verify it against the tenant's own account id.

    Raises `CredentialError`; nothing has been written anywhere by then.
    """
    credential = credentials.find(target, allow_plain=allow_plain)
    account = connect(credential, tenant.config.account_id)
    account.verify()
    return AccountSession(credential, account)
