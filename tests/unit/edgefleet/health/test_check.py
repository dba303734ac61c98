"""A look at many targets goes on whatever becomes of one."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from edgefleet.config.account_api import AccountApi, ScriptApi
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.errors import CloudflareError, CredentialError, EdgefleetError
from edgefleet.health.check import HealthDependencies, check_health
from edgefleet.health.models import Expectation
from edgefleet.health.probe import Probe, VersionOverride
from edgefleet.records.models import Health
from edgefleet.records.store import Records
from support.fleet import make_fleet
from support.past import PastAccount, made
from support.records import deployed, run

BOTH = {f"CLOUDFLARE_API_TOKEN_{name}": "t" for name in ("ALDER", "BIRCH")}


class Unreadable(PastAccount):
    """An account in which Cloudflare answers nothing of scripts."""

    def script(self, name: str) -> ScriptApi:
        raise CloudflareError(f"{name}: no answer")


def healthy(
    url: str, expected: Expectation, *, deadline: float, pin: VersionOverride | None = None
) -> Health:
    return Health(url=url, healthy=True, attempts=1, seconds=0, version_id=expected.version_id)


@pytest.fixture
def tenants(tmp_path: Path) -> Sequence[Tenant]:
    fleet = make_fleet(tmp_path)
    return require_valid(fleet, ("alder", "birch"), DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21))


def ports(
    tenants: Sequence[Tenant],
    environ: dict[str, str],
    connect: Callable[[Credential, str], AccountApi],
    probe: Probe = healthy,
) -> HealthDependencies:
    """Return an outside world in which each Worker is healthy, and records in a folder."""
    return HealthDependencies(
        credentials=Credentials(environ, tenants[0].folder),
        connect=connect,
        probe=probe,
        records=Records(tenants[0].folder / "deployments"),
        workers_dev="https://workers.dev",
    )


def live(_credential: Credential, _account_id: str) -> AccountApi:
    return PastAccount([made(1)], [deployed(1, "v1")])


def absent(_credential: Credential, _account_id: str) -> AccountApi:
    return PastAccount([], [])


def looked(
    tenants: Sequence[Tenant], environ: dict[str, str], broken: str = ""
) -> dict[str, str | None]:
    """Return the version that answered, or the name of the error, for each target."""

    def connect(credential: Credential, account_id: str) -> AccountApi:
        if account_id == broken:
            return Unreadable([made(1)], [deployed(1, "v1")])
        return live(credential, account_id)

    found = check_health(tenants, STAGING, lambda: ports(tenants, environ, connect), deadline=1)
    return {
        str(target): type(one).__name__ if isinstance(one, EdgefleetError) else one[0].version_id
        for target, one in found
    }


def test_a_missing_token_hides_no_other_target(tenants: Sequence[Tenant]) -> None:
    token = {"CLOUDFLARE_API_TOKEN_BIRCH": "t"}
    expected = {"alder-staging": CredentialError.__name__, "birch-staging": "v1"}
    assert looked(tenants, token) == expected


def test_unknown_subdomain_hides_no_other_target(
    tenants: Sequence[Tenant],
) -> None:
    expected = {"alder-staging": CloudflareError.__name__, "birch-staging": "v1"}
    assert looked(tenants, BOTH, tenants[0].config.account_id) == expected


def test_workers_are_probed_in_parallel(tenants: Sequence[Tenant]) -> None:
    together = threading.Barrier(2)

    def probe(
        url: str, expected: Expectation, *, deadline: float, pin: VersionOverride | None = None
    ) -> Health:
        together.wait(60)  # breaks where the other one is not asked at the same time
        return healthy(url, expected, deadline=deadline, pin=pin)

    found = check_health(tenants, STAGING, lambda: ports(tenants, BOTH, live, probe), deadline=1)
    assert [str(target) for target, one in found if not isinstance(one, EdgefleetError)] == [
        "alder-staging",
        "birch-staging",
    ]


def test_what_was_never_deployed_is_told_from_what_is_gone(tenants: Sequence[Tenant]) -> None:
    """C12: a script that a record knows is gone; any other is not deployed, which is no fault."""
    given = ports(tenants, BOTH, absent)
    target = Target(tenant="alder", environment=STAGING)
    given.records.create(run(0, 5, **target.model_dump()))
    (_, gone), (_, new) = check_health(tenants, STAGING, lambda: given, deadline=1)
    assert not isinstance(gone, EdgefleetError)
    assert not isinstance(new, EdgefleetError)
    assert (gone[0].healthy, gone[0].deployed) == (False, True)
    assert "the deploy of" in gone[0].reason
    assert (new[0].healthy, new[0].deployed) == (False, False)


def test_a_worker_without_http_is_proved_by_cloudflare_alone(tenants: Sequence[Tenant]) -> None:
    def never(*_: object, **__: object) -> Health:
        raise AssertionError("it is asked")

    silent = tuple(
        replace(one, fleet=one.fleet.model_copy(update={"health": None})) for one in tenants
    )
    given = ports(tenants, BOTH, live, never)
    for _, one in check_health(silent, STAGING, lambda: given, deadline=1):
        assert not isinstance(one, EdgefleetError)
        assert (one[0].healthy, one[0].proof) == (True, "deployed")
        assert (one[0].version_id, one[0].live_version_id) == (None, "v1")
