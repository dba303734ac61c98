"""What is not proved is taken back, and what happened is read from Cloudflare."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgefleet.errors import CloudflareError, Interrupted, RestoreError, UnhealthyError
from edgefleet.flows.journal import Journal
from edgefleet.flows.rollout import Rollout
from edgefleet.model.live import Deployment, Live, Share
from edgefleet.model.record import Action, Phase, Record
from edgefleet.model.secret import Secret
from edgefleet.model.target import Environment
from edgefleet.ports.account import Account
from edgefleet.ports.cloudflare import Cloudflare
from edgefleet.ports.progress import ConsoleProgress
from edgefleet.ports.records import Records
from support.clock import FakeClock


def deployment(version: str) -> Deployment:
    share = Share(version_id=version, percentage=100)
    return Deployment(id=f"deployment-of-{version}", created_on="", versions=(share,))


class FakeAccount(Account):
    """An account with one script; each fault happens once it is asked for."""

    def __init__(self, live: str | None) -> None:
        super().__init__(Cloudflare("http://nowhere.invalid", Secret("x")), "a")
        self.live = deployment(live) if live else None
        self.restorable = True
        self.readable = True

    def observe(self, script: str) -> Live:
        return Live(deployment=self.deployment(script))

    def deployment(self, script: str) -> Deployment | None:
        if not self.readable:
            raise CloudflareError("no answer")
        return self.live

    def restore(self, script: str, live: Live) -> None:
        if not self.restorable:
            raise CloudflareError("refused")
        self.live = live.deployment


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    clock = FakeClock()
    record = Record(
        tenant="acme",
        environment=Environment.STAGING,
        action=Action.DEPLOY,
        edgefleet_version="0",
        started=clock.now(),
    )
    return Journal(record, Records(tmp_path), clock, ConsoleProgress(clock))


def uploads(account: FakeAccount, version: str = "v2") -> Callable[[], str]:
    def upload() -> str:
        account.live = deployment(version)
        return version

    return upload


def raises(error: BaseException, first: Callable[[], str] | None = None) -> Callable[[], str]:
    def upload() -> str:
        if first:
            first()
        raise error

    return upload


def unhealthy(_: str) -> None:
    raise UnhealthyError("500")


def healthy(_: str) -> None:
    return None


def test_a_proved_version_stays(journal: Journal) -> None:
    account = FakeAccount("v1")
    Rollout(account, "s", uploads(account), healthy, journal).run()
    assert account.live == deployment("v2")
    assert (journal.record.previous_version_id, journal.record.version_id) == ("v1", "v2")


def test_an_unhealthy_version_gives_way_to_the_one_before(journal: Journal) -> None:
    account = FakeAccount("v1")
    with pytest.raises(UnhealthyError) as caught:
        Rollout(account, "s", uploads(account), unhealthy, journal).run()
    assert account.live == deployment("v1")
    assert caught.value.hint == "version v1 is live again, as before"
    assert journal.record.phase is Phase.RESTORE


def test_an_unhealthy_first_deploy_is_removed(journal: Journal) -> None:
    account = FakeAccount(None)
    with pytest.raises(UnhealthyError) as caught:
        Rollout(account, "s", uploads(account), unhealthy, journal).run()
    assert account.live is None
    assert "was removed" in caught.value.hint


def test_an_upload_that_failed_before_it_changed_anything_restores_nothing(
    journal: Journal,
) -> None:
    account = FakeAccount("v1")
    account.restorable = False
    with pytest.raises(CloudflareError) as caught:
        Rollout(account, "s", raises(CloudflareError("500")), healthy, journal).run()
    assert caught.value.hint == "nothing was changed"
    assert journal.record.phase is Phase.UPLOAD


def test_an_upload_that_failed_with_the_new_version_live_is_taken_back(journal: Journal) -> None:
    account = FakeAccount("v1")
    upload = raises(CloudflareError("triggers"), uploads(account))
    with pytest.raises(CloudflareError, match="triggers"):
        Rollout(account, "s", upload, healthy, journal).run()
    assert account.live == deployment("v1")


def test_a_version_that_cloudflare_does_not_show_live_is_not_believed(journal: Journal) -> None:
    account = FakeAccount("v1")
    with pytest.raises(CloudflareError, match="Cloudflare says otherwise"):
        Rollout(account, "s", lambda: "v2", healthy, journal).run()
    assert account.live == deployment("v1")


def test_a_restore_that_is_refused_needs_a_person(journal: Journal) -> None:
    account = FakeAccount("v1")
    account.restorable = False
    with pytest.raises(RestoreError, match="v1 could not be restored: refused"):
        Rollout(account, "s", uploads(account), unhealthy, journal).run()


def test_a_state_that_cannot_be_read_needs_a_person(journal: Journal) -> None:
    account = FakeAccount("v1")

    def upload() -> str:
        account.readable = False
        raise CloudflareError("dropped")

    with pytest.raises(RestoreError, match="state cannot be read"):
        Rollout(account, "s", upload, healthy, journal).run()


@pytest.mark.parametrize("uploaded", [True, False])
def test_an_interruption_ends_with_what_was_before(journal: Journal, *, uploaded: bool) -> None:
    account = FakeAccount("v1")
    first = uploads(account) if uploaded else None
    with pytest.raises(Interrupted) as caught:
        Rollout(account, "s", raises(KeyboardInterrupt(), first), healthy, journal).run()
    assert account.live == deployment("v1")
    assert ("live again" if uploaded else "nothing was changed") in caught.value.message
