"""The smoke test of one target of many: what it tells, and what it leaves as it is (A14)."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import STAGING
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.core.output.notes import Notes
from edgefleet.deploy.request import Dependencies
from edgefleet.fleet.smoke import SmokeFailedError, smoke_deployed
from edgefleet.health.models import Expectation, Reply
from edgefleet.health.smoke import SmokeDependencies
from edgefleet.records.models import Health, Record
from support.clock import FakeClock
from support.contracts import answer
from support.fleet import make_fleet
from support.records import run

KEY = {"EDGEFLEET_SMOKE_KEY_ALDER": "a-key-of-alder"}
RECORD = run(
    0, 1, tenant="alder", version_id="v2", previous_version_id="v1", url="https://w.example"
)


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    staging = (STAGING,)
    (made,) = require_valid(make_fleet(tmp_path), ("alder",), staging, today=date(2026, 3, 1))
    digests = (sha256(b"a-key-of-alder").hexdigest(),)
    config = made.config.model_copy(
        update={"settings": {**made.config.settings, "apiKeyDigests": [*digests]}}
    )
    return replace(made, config=config)


def smoked(tenant: Tenant, environ: dict[str, str], *, healthy: bool = True) -> list[str]:
    """Smoke-test a deploy whose Worker answers 503 to all; return the notes."""
    notes = Notes()

    def probe(url: str, expected: Expectation, *, deadline: float) -> Health:
        reason = "" if healthy else "it answers HTTP 500"
        return Health(
            url=url,
            healthy=healthy,
            attempts=1,
            seconds=0,
            version_id=expected.version_id,
            reason=reason,
        )

    clock, credentials = FakeClock(), Credentials(environ, tenant.folder)
    ports = SimpleNamespace(
        credentials=credentials,
        probe=probe,
        clock=clock,
        progress=SimpleNamespace(say=lambda text: notes.add("alder", text.strip())),
    )
    refusal = Reply(answer=answer(503))
    deps = SmokeDependencies(credentials, clock, tenant.folder, {}, lambda *_: refusal)
    smoke_deployed(tenant, RECORD, cast("Dependencies", ports), deps, 1)
    return notes.lines()


def failed(tenant: Tenant, **given: bool) -> tuple[str, Record]:
    with pytest.raises(SmokeFailedError) as caught:
        smoked(tenant, KEY, **given)
    return caught.value.message, caught.value.record


def test_failed_smoke_test_is_a_failure_that_stays_live(tenant: Tenant) -> None:
    message, record = failed(tenant)
    assert message.startswith("version v2 is live, and its smoke test failed: the whole answer:")
    assert record is RECORD


def test_unhealthy_worker_is_a_smoke_failure(tenant: Tenant) -> None:
    assert failed(tenant, healthy=False)[0].endswith("failed: it answers HTTP 500")


def test_without_a_key_there_is_no_test_and_a_note_says_so(tenant: Tenant) -> None:
    (line,) = smoked(tenant, {})
    start = "  alder: note: no smoke test: fleet.jsonc names the secret EDGEFLEET_SMOKE_KEY"
    assert line.startswith(start)


def test_fleet_without_a_smoke_test_gets_a_note(tenant: Tenant) -> None:
    fleet = tenant.fleet.model_copy(update={"smoke": None})
    (line,) = smoked(replace(tenant, fleet=fleet), {})
    assert line == "  alder: note: no smoke test: fleet.jsonc names none"


def test_r30_key_of_another_tenant_is_never_sent(
    tenant: Tenant,
) -> None:
    with pytest.raises(SmokeFailedError, match="none of alder's own") as caught:
        smoked(tenant, {"EDGEFLEET_SMOKE_KEY_ALDER": "a-key-of-birch"}, healthy=False)
    assert caught.value.hint.startswith("set one whose SHA-256")
