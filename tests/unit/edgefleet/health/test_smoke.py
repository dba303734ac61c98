"""The smoke test: its requests in order, what ends it, and what it always tidies up."""

from datetime import date
from pathlib import Path

import pytest

from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.health.smoke import EventStream, SmokeContract
from edgefleet.config.target import STAGING
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.core.secret import Secret
from edgefleet.health.client import WorkerRequest
from edgefleet.health.models import Event, Reply, SmokeResult
from edgefleet.health.smoke import SmokeDependencies, smoke
from edgefleet.records.models import Health
from support.clock import FakeClock
from support.contracts import OWN_SMOKE, answer, smoke_contract
from support.fleet import make_fleet

HEALTH = Health(url="https://w.example", healthy=True, attempts=1, seconds=0, version_id="v2")
TOKENS = (Event(name="message", data={"token": "yes"}), Event(name="done", data={"complete": True}))
SESSION = "0b6e1b54-6c4e-4b8e-9d2c-0d7d3b1f0a11"
KEYS = dict.fromkeys(OWN_SMOKE.secrets, Secret("k"))
DELETED = Reply(answer=answer(200, {"ok": True, "data": {"deleted": 4}}))


class FakeWorker:
    """A Worker that chats; a reply that is given stands for a good one."""

    def __init__(self, **replies: Reply | BaseException) -> None:
        self.replies = replies
        self.asked: list[WorkerRequest] = []
        self.urls: set[str] = set()

    def send(self, url: str, request: WorkerRequest, stream: EventStream | None) -> Reply:
        self.urls.add(url)
        self.asked.append(request)
        kind = "delete" if request.method == "DELETE" else "streamed" if stream else "whole"
        given = self.replies.get(kind, self._good(kind))
        if isinstance(given, BaseException):
            raise given
        return given

    @staticmethod
    def _good(kind: str) -> Reply:
        if kind == "delete":
            return DELETED
        if kind == "streamed":
            return Reply(answer=answer(200, content_type="text/event-stream"), events=TOKENS)
        data = {"sessionId": SESSION, "message": {"content": "yes"}}
        return Reply(answer=answer(200, {"ok": True, "data": data}))

    @property
    def said(self) -> list[str]:
        """Method and path of each request."""
        return [f"{request.method} {request.path}" for request in self.asked]


ALL = ["POST /chat", "POST /chat", f"DELETE /chat/{SESSION}"]


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    return require_valid(make_fleet(tmp_path), ("alder",), (STAGING,), today=date(2026, 3, 1))[0]


def tried(
    worker: FakeWorker,
    tenant: Tenant,
    contract: SmokeContract = OWN_SMOKE,
    health: Health = HEALTH,
) -> SmokeResult:
    deps = SmokeDependencies(
        Credentials({}, tenant.folder),
        FakeClock(),
        tenant.folder,
        {},
        worker.send,
        lambda: SESSION,
    )
    return smoke(contract, tenant, STAGING, health, secrets=KEYS, deps=deps)


def test_a_session_is_chatted_in_both_ways_and_deleted(tenant: Tenant) -> None:
    worker = FakeWorker()

    assert tried(worker, tenant) == SmokeResult(passed=True, seconds=0)
    assert worker.said == ALL
    message = '"message": "This is a smoke test. Answer with the word: yes"'
    assert [one.body and one.body.decode() for one in worker.asked] == [
        f'{{"sessionId": "{SESSION}", {message}, "stream": false}}',
        f'{{"sessionId": "{SESSION}", {message}, "stream": true}}',
        None,
    ]
    script = f"{tenant.wrangler['name']}-staging"
    for request in worker.asked:
        assert request.headers["X-Tenant-Id"] == "alder"
        assert request.headers["X-Api-Key"] == Secret("k")
        override = request.headers["Cloudflare-Workers-Version-Overrides"]
        assert override == f'{script}="v2"'
    assert worker.urls == {"https://w.example"}


def test_a_secret_that_the_tenant_does_not_ask_for_is_not_sent(tenant: Tenant) -> None:
    worker = FakeWorker()
    deps = SmokeDependencies(
        Credentials({}, tenant.folder), FakeClock(), tenant.folder, {}, worker.send
    )
    smoke(OWN_SMOKE, tenant, STAGING, HEALTH, secrets={}, deps=deps)
    assert all("X-Api-Key" not in request.headers for request in worker.asked)


@pytest.mark.parametrize(
    ("turn", "reason", "said"),
    [
        ("whole", "the whole answer: it answers HTTP 502, not 200", [ALL[0], ALL[2]]),
        ("streamed", "the streamed answer: it answers HTTP 502, not 200", ALL),
    ],
)
def test_failed_request_is_named_and_its_session_deleted(
    tenant: Tenant, turn: str, reason: str, said: list[str]
) -> None:
    worker = FakeWorker(**{turn: Reply(answer=answer(502))})

    result = tried(worker, tenant)
    assert not result.passed
    assert result.reason.startswith(reason)
    assert worker.said == said


def test_a_session_that_cannot_be_deleted_is_named(tenant: Tenant) -> None:
    result = tried(FakeWorker(delete=Reply(broken="ReadTimeout")), tenant)

    assert result.reason == (
        f"the deletion of its session {SESSION}: it does not answer (ReadTimeout)"
    )


def test_an_interrupt_does_not_leave_the_session_behind(tenant: Tenant) -> None:
    worker = FakeWorker(streamed=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        tried(worker, tenant)

    assert worker.said == ALL


def test_live_version_is_expected_where_none_is_told(tenant: Tenant) -> None:
    worker = FakeWorker()
    contract = smoke_contract({"name": "page", "path": "/x?tenant={tenant}&v={version}"})
    health = HEALTH.model_copy(update={"version_id": None, "live_version_id": "v7"})
    tried(worker, tenant, contract, health)
    assert worker.said == ["GET /x?tenant=alder&v=v7"]
    assert '="v7"' in str(worker.asked[0].headers["Cloudflare-Workers-Version-Overrides"])


def test_a_run_makes_a_new_session(tenant: Tenant) -> None:
    worker = FakeWorker()
    contract = smoke_contract({"name": "page", "path": "/{session}"})
    deps = SmokeDependencies(
        Credentials({}, tenant.folder), FakeClock(), tenant.folder, {}, worker.send
    )
    for _ in range(2):
        smoke(contract, tenant, STAGING, HEALTH, secrets={}, deps=deps)
    assert len(set(worker.said)) == 2


def test_a_placeholder_is_quoted_in_a_path_and_not_in_a_body(tenant: Tenant) -> None:
    worker = FakeWorker()
    contract = smoke_contract(
        {"name": "put", "method": "PUT", "path": "/{version}", "body": "<{version}> {other}"}
    )
    tried(worker, tenant, contract, HEALTH.model_copy(update={"version_id": "a/b ?"}))
    assert worker.said == ["PUT /a%2Fb%20%3F"]
    assert worker.asked[0].body == b"<a/b ?> {other}"
