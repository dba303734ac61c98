"""A verified way into an account: it warns of a token that expires soon."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.config.account_session import NotedAt, open_account, verified_if_refused
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.credentials.token_notes import TokenNotes
from edgefleet.config.target import STAGING, Target
from edgefleet.errors import CredentialError
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


class Counting(StubAccount):
    """An account that counts how often its token was verified."""

    def __init__(self, expires: datetime | None, *, good: bool = True) -> None:
        super().__init__("a")
        self.expires = expires
        self.good = good
        self.verified = 0

    def verify(self) -> datetime | None:
        self.verified += 1
        if not self.good:
            raise CredentialError("the token does not open account a")
        return self.expires


@pytest.mark.parametrize(
    ("expires", "times"), [(None, 1), (timedelta(days=90), 1), (timedelta(days=13), 3)]
)
def test_a_noted_token_is_verified_again_where_it_ends_soon(
    tmp_path: Path, expires: timedelta | None, times: int
) -> None:
    account = Counting(NOW + expires if expires else None)
    credentials = Credentials({"CLOUDFLARE_API_TOKEN_ACME": "canary-token-1"}, tmp_path)
    noted, tenant = NotedAt(TokenNotes(tmp_path / "notes"), NOW), tenant_of(tmp_path, "acme")
    for _ in range(3):
        session = open_account(tenant, TARGET, credentials, lambda *_: account, noted=noted)
        assert session.expires == account.expires
    assert account.verified == times


def test_a_refused_read_is_explained_by_the_token() -> None:
    refused = ApiError("no", codes=(10000,), status=403)
    with pytest.raises(CredentialError), verified_if_refused(Counting(None, good=False)):
        raise refused
    with pytest.raises(ApiError), verified_if_refused(Counting(None)):
        raise refused


def test_a_failure_of_cloudflare_says_nothing_of_the_token() -> None:
    account = Counting(None, good=False)
    with pytest.raises(ApiError), verified_if_refused(account):
        raise ApiError("no answer", status=503)
    assert account.verified == 0
