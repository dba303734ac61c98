"""What targets went through, from records and from Cloudflare."""

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.errors import CredentialError
from edgefleet.history.read import MOST_PER_RUN, Past, cloudflare, history
from edgefleet.locks.unlock import UnlockRecords
from edgefleet.records.store import Records
from support.fleet import make_fleet
from support.records import at, deployed, run
from support.stub_account import StubAccount, StubScript

TARGETS = [Target(tenant=name, environment=STAGING) for name in ("alder", "birch")]


class EndlessScript(StubScript):
    """A script that was deployed once a second, without end."""

    def __init__(self, account: "FakeAccount", name: str) -> None:
        self._account, self._name = account, name

    def history(self) -> Iterator[DeploymentEvent]:
        self._account.asked.append(self._name)
        while True:
            self._account.read += 1
            yield deployed(-self._account.read, f"{self._name}-{self._account.read}")


class FakeAccount(StubAccount):
    """An account whose scripts were deployed without end."""

    def __init__(self, account_id: str) -> None:
        super().__init__(account_id)
        self.asked: list[str] = []
        self.read = 0

    def script(self, name: str) -> EndlessScript:
        return EndlessScript(self, name)


@pytest.fixture
def tenants(tmp_path: Path) -> Sequence[Tenant]:
    fleet = make_fleet(tmp_path)
    return require_valid(fleet, ("alder", "birch"), DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21))


@pytest.fixture
def records(tmp_path: Path) -> Records:
    kept = Records(tmp_path / "deployments")
    for number, target in enumerate(TARGETS):
        kept.create(run(number, number + 5, **target.model_dump(), version_id=target.tenant))
    return kept


def test_newest_entries_of_all_targets_up_to_the_limit(records: Records) -> None:
    both = history(TARGETS, records, None, unlocks=UnlockRecords(records.folder), limit=20).entries
    assert [(entry.tenant, entry.when) for entry in both] == [("birch", at(1)), ("alder", at(0))]
    (newest,) = history(
        TARGETS, records, None, unlocks=UnlockRecords(records.folder), limit=1
    ).entries
    assert newest.tenant == "birch"


def test_each_target_is_joined_with_its_own_deployments(records: Records) -> None:
    def told(target: Target) -> Past:
        return Past([deployed(3, "alder")] if target.tenant == "birch" else [])

    entries = history(
        TARGETS, records, told, unlocks=UnlockRecords(records.folder), limit=20
    ).entries
    assert [(entry.tenant, entry.recorded) for entry in entries] == [
        ("birch", False),
        ("birch", True),
        ("alder", True),
    ]


def test_cloudflares_history_is_read_no_further_than_needed(
    tenants: Sequence[Tenant], tmp_path: Path
) -> None:
    accounts: list[FakeAccount] = []

    def connect(credential: Credential, account_id: str) -> FakeAccount:
        accounts.append(FakeAccount(account_id))
        return accounts[-1]

    environ = {"CLOUDFLARE_API_TOKEN_ALDER": "token-of-alder"}
    told = cloudflare(tenants, Credentials(environ, tmp_path), connect, limit=50)
    assert len(told(TARGETS[0]).deployments) == 50 * MOST_PER_RUN
    (account,) = accounts
    assert account.id == tenants[0].config.account_id
    assert account.asked == [f"{tenants[0].wrangler['name']}-staging"]
    assert account.read == 50 * MOST_PER_RUN
    with pytest.raises(CredentialError, match="no token for birch-staging"):
        told(TARGETS[1])


def test_the_plain_token_is_for_one_tenant_alone(tenants: Sequence[Tenant], tmp_path: Path) -> None:
    plain = Credentials({"CLOUDFLARE_API_TOKEN": "token-of-a-person"}, tmp_path)

    def connect(credential: Credential, account_id: str) -> FakeAccount:
        return FakeAccount(account_id)

    assert cloudflare(tenants[:1], plain, connect, limit=1)(TARGETS[0])
    with pytest.raises(CredentialError):
        cloudflare(tenants, plain, connect, limit=1)(TARGETS[0])


def test_targets_are_read_in_parallel_despite_a_failure(
    records: Records,
) -> None:
    """A9, A10."""
    together = threading.Barrier(len(TARGETS))

    def told(target: Target) -> Past:
        together.wait(60)  # breaks where targets are asked for one after the other
        if target.tenant == "alder":
            raise CredentialError("no token")
        return Past([])

    found = history(TARGETS, records, told, unlocks=UnlockRecords(records.folder), limit=20)
    assert [entry.tenant for entry in found.entries] == ["birch"]
    assert [(str(target), error.message) for target, error in found.failures] == [
        ("alder-staging", "no token")
    ]
