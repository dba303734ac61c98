"""All tokens are looked at before the first target is touched."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgefleet.config.account_api import AccountApi
from edgefleet.config.account_session import ConnectAccount
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.target import STAGING
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import SystemClock
from edgefleet.core.secret import Secret
from edgefleet.core.signals import Cancellation
from edgefleet.errors import CloudflareError, CredentialError
from edgefleet.fleet.cancellation import TargetCancellation
from edgefleet.fleet.checks import BATCH, check_credentials
from edgefleet.plan.accounts import VerifiedToken
from support.many import names_of, tenant_of
from support.stub_account import StubAccount

NAMES = names_of(5)
EXPIRES = datetime.now(UTC) + timedelta(days=13)
TOKENS = {f"CLOUDFLARE_API_TOKEN_{name.upper()}": f"token-of-{name}" for name in NAMES}


@pytest.fixture
def tenants(tmp_path: Path) -> tuple[Tenant, ...]:
    return tuple(tenant_of(tmp_path, name) for name in NAMES)


def connecting(act: Callable[[str], None]) -> ConnectAccount:
    """Return accounts whose verification does as the test says, with the token."""

    class Told(StubAccount):
        def __init__(self, token: Secret, account_id: str) -> None:
            super().__init__(account_id)
            self._token_itself = token.reveal()

        def verify(self) -> datetime | None:
            act(self._token_itself)
            return EXPIRES if self._token_itself == "token-of-t003" else None

    def connect(credential: Credential, account_id: str) -> AccountApi:
        return Told(credential.token, account_id)

    return connect


def check(
    tenants: tuple[Tenant, ...], connect: ConnectAccount, **environ: str
) -> dict[str, VerifiedToken]:
    credentials = Credentials({**TOKENS, **environ}, tenants[0].folder)
    return check_credentials(
        tenants, STAGING, credentials, connect, Cancellation(), parallel=3, warn=print
    )


def test_the_tokens_are_returned_by_account(tenants: tuple[Tenant, ...]) -> None:
    found = check(tenants, connecting(lambda _: None))
    assert {account: one.token.reveal() for account, one in found.items()} == {
        tenant.config.account_id: f"token-of-{tenant.name}" for tenant in tenants
    }


def test_a_fleet_of_several_batches_is_checked_whole(tenants: tuple[Tenant, ...]) -> None:
    asked: list[str] = []
    check(tenants * 60, connecting(asked.append))
    assert sorted(asked) == sorted([*TOKENS.values()] * 60)
    assert len(asked) > BATCH


def test_every_token_that_opens_nothing_is_named_in_one_error(tenants: tuple[Tenant, ...]) -> None:
    def refuse(token: str) -> None:
        if token.endswith("1"):
            raise CredentialError("the token opens another account", hint="see the table")

    with pytest.raises(CredentialError) as caught:
        check(tenants, connecting(refuse), CLOUDFLARE_API_TOKEN_T003="")
    assert caught.value.message.splitlines() == [
        "nothing was touched: 2 of 5 targets cannot be opened",
        "  t001-staging: the token opens another account",
        "  t003-staging: there is no token for t003-staging",
    ]
    assert caught.value.hint == "see the table"


def test_silent_cloudflare_is_no_fault_of_tokens(
    tenants: tuple[Tenant, ...],
) -> None:
    def refuse(token: str) -> None:
        raise (CloudflareError if token.endswith("1") else CredentialError)("no")

    with pytest.raises(CloudflareError, match="5 of 5"):
        check(tenants, connecting(refuse))


def test_a_plain_token_is_for_a_fleet_of_one_alone(tenants: tuple[Tenant, ...]) -> None:
    none = dict.fromkeys(TOKENS, "")
    found = check(tenants[:1], connecting(lambda _: None), **none, CLOUDFLARE_API_TOKEN="plain")
    assert [one.token.reveal() for one in found.values()] == ["plain"]
    with pytest.raises(CredentialError, match="2 of 2"):
        check(tenants[:2], connecting(lambda _: None), **none, CLOUDFLARE_API_TOKEN="plain")


def test_expiring_token_is_named_before_the_first_deploy(
    tenants: tuple[Tenant, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    check(tenants, connecting(lambda _: None))
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(
        "t003: CLOUDFLARE_API_TOKEN_T003 in the environment expires on "
        f"{EXPIRES:%Y-%m-%d %H:%M} UTC: replace the token before"
    )


def test_nobody_is_asked_where_nobody_is_to_be_deployed(tenants: tuple[Tenant, ...]) -> None:
    nobody = check_credentials(
        (),
        STAGING,
        Credentials({}, Path()),
        connecting(print),
        Cancellation(),
        parallel=1,
        warn=print,
    )
    assert nobody == {}


def test_ctrl_c_ends_the_looking_whatever_it_waits_for(tenants: tuple[Tenant, ...]) -> None:
    halt = Cancellation()

    def wait(_token: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        TargetCancellation(halt, SystemClock()).wait(3600)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            check_credentials(
                tenants[:1],
                STAGING,
                Credentials(TOKENS, tenants[0].folder),
                connecting(wait),
                halt,
                parallel=1,
                warn=print,
            )
    finally:
        signal.signal(signal.SIGINT, before)
    assert halt.requested
