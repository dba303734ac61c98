"""A verified way into an account: it warns of a token that expires soon."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgefleet.config.account_session import open_account
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import STAGING, Target
from support.many import tenant_of
from support.stub_account import StubAccount

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TARGET = Target(tenant="acme", environment=STAGING)


def note(tmp_path: Path, expires: datetime | None) -> str:
    account = StubAccount("a")
    account.expires = expires
    credentials = Credentials({"CLOUDFLARE_API_TOKEN_ACME": "canary-token-1"}, tmp_path)
    session = open_account(tenant_of(tmp_path, "acme"), TARGET, credentials, lambda *_: account)
    return session.expiry_note(NOW)


@pytest.mark.parametrize("days", [13, 0.1, -1])
def test_a_token_is_named_with_its_last_day(tmp_path: Path, days: float) -> None:
    expires = NOW + timedelta(days=days)
    said = note(tmp_path, expires)
    assert f"CLOUDFLARE_API_TOKEN_ACME in the environment expires on {expires:%Y-%m-%d}" in said
    assert "canary" not in said


@pytest.mark.parametrize("expires", [None, NOW + timedelta(days=15)])
def test_a_token_with_time_left_is_not_mentioned(tmp_path: Path, expires: datetime | None) -> None:
    assert note(tmp_path, expires) == ""
