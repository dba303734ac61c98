"""The smoke test: its turns in order, what ends it, and what it always tidies up."""

import dataclasses
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import STAGING
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError
from edgefleet.health.models import Event, Reply, SmokeResult
from edgefleet.health.probe import VersionOverride
from edgefleet.health.smoke import smoke, smoke_keys
from edgefleet.records.models import Health
from support.clock import FakeClock
from support.fleet import make_fleet

HEALTH = Health(url="https://w.example", healthy=True, attempts=1, seconds=0, version_id="v2")
TOKENS = (Event(name="message", data={"token": "yes"}), Event(name="done", data={"complete": True}))


class FakeChat:
    """A Worker that keeps its sessions; a reply that is given stands for a good one."""

    def __init__(self, **replies: Reply) -> None:
        self.replies = replies
        self.opened: tuple[Any, ...] = ()
        self.said: list[str] = []
        self.sessions: set[str] = set()

    def open(self, *site: Any) -> "FakeChat":
        self.opened = site
        return self

    def whole(self, session: str, message: str) -> Reply:
        data = {"sessionId": session, "message": {"content": "yes"}}
        return self._said("whole", session, Reply(status=200, body={"ok": True, "data": data}))

    def streamed(self, session: str, message: str) -> Reply:
        return self._said("streamed", session, Reply(status=200, events=TOKENS))

    def delete(self, session: str) -> Reply:
        self.sessions.discard(session)
        return self._said(
            "delete", "", Reply(status=200, body={"ok": True, "data": {"deleted": 4}})
        )

    def _said(self, turn: str, session: str, good: Reply) -> Reply:
        self.said.append(turn)
        self.sessions |= {session} - {""}
        return self.replies.get(turn, good)


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    return require_valid(make_fleet(tmp_path), ("alder",), (STAGING,), today=date(2026, 3, 1))[0]


def tried(chat: FakeChat, tenant: Tenant) -> SmokeResult:
    return smoke(tenant, STAGING, HEALTH, key=Secret("k"), connect=chat.open, clock=FakeClock())


def test_a_session_is_chatted_in_both_ways_and_deleted(tenant: Tenant) -> None:
    chat = FakeChat()

    assert tried(chat, tenant) == SmokeResult(passed=True, seconds=0)
    assert chat.said == ["whole", "streamed", "delete"]
    assert chat.sessions == set()
    pin = VersionOverride(script=f"{tenant.wrangler['name']}-staging", version_id="v2")
    assert chat.opened == ("https://w.example", "alder", pin, Secret("k"))


@pytest.mark.parametrize(
    ("turn", "reason", "said"),
    [
        ("whole", "the whole answer: it answers HTTP 502", ["whole", "delete"]),
        ("streamed", "the streamed answer: it answers HTTP 502", ["whole", "streamed", "delete"]),
    ],
)
def test_a_turn_that_fails_is_named_and_its_session_deleted_all_the_same(
    tenant: Tenant, turn: str, reason: str, said: list[str]
) -> None:
    chat = FakeChat(**{turn: Reply(status=502)})

    assert tried(chat, tenant) == SmokeResult(passed=False, seconds=0, reason=reason)
    assert chat.said == said
    assert chat.sessions == set()


def test_a_session_that_cannot_be_deleted_is_named(tenant: Tenant) -> None:
    result = tried(FakeChat(delete=Reply(broken="ReadTimeout")), tenant)

    assert result.reason.startswith("the deletion of its session ")
    assert result.reason.endswith(": it does not answer (ReadTimeout)")


def test_an_interrupt_does_not_leave_the_session_behind(tenant: Tenant) -> None:
    class Interrupted(FakeChat):
        def streamed(self, session: str, message: str) -> Reply:
            raise KeyboardInterrupt

    chat = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        tried(chat, tenant)

    assert chat.said == ["whole", "delete"]


def keyed(tenant: Tenant, *digests: str) -> Tenant:
    config = tenant.config.model_copy(update={"api_key_digests": digests})
    return dataclasses.replace(tenant, config=config)


def test_a_tenant_without_api_keys_needs_none(tenant: Tenant, tmp_path: Path) -> None:
    assert smoke_keys((keyed(tenant),), STAGING, Credentials({}, tmp_path)) == {"alder": None}


def test_a_tenant_with_api_keys_is_called_with_the_one_for_smoke_tests(
    tenant: Tenant, tmp_path: Path
) -> None:
    found = Credentials({"EDGEFLEET_SMOKE_KEY_ALDER": "a-key"}, tmp_path)
    own = keyed(tenant, "0" * 64, sha256(b"a-key").hexdigest())

    assert smoke_keys((own,), STAGING, found) == {"alder": Secret("a-key")}


def test_r30_a_key_that_is_not_the_tenants_own_is_never_sent(
    tenant: Tenant, tmp_path: Path
) -> None:
    found = Credentials({"EDGEFLEET_SMOKE_KEY_ALDER": "a-key-of-birch"}, tmp_path)
    with pytest.raises(CredentialError) as caught:
        smoke_keys((keyed(tenant, sha256(b"a-key").hexdigest()),), STAGING, found)
    assert caught.value.message == (
        "EDGEFLEET_SMOKE_KEY_ALDER in the environment is no API key of alder: it was not sent"
    )


def test_a_missing_key_is_said_before_anybody_is_asked(tenant: Tenant, tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="alder-staging has API keys") as caught:
        smoke_keys((keyed(tenant, "0" * 64),), STAGING, Credentials({}, tmp_path))
    assert "EDGEFLEET_SMOKE_KEY_ALDER in the environment" in caught.value.hint
