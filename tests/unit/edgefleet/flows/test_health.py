"""A look at many targets goes on whatever becomes of one."""

from datetime import date
from pathlib import Path

import pytest

from edgefleet.errors import CloudflareError, CredentialError
from edgefleet.flows.health import HealthPorts, check_health
from edgefleet.flows.validate import require_valid
from edgefleet.model.health import Expectation, Health
from edgefleet.model.live import Deployment
from edgefleet.model.target import DEPLOYABLE, Environment
from edgefleet.model.tenant import Tenant
from edgefleet.ports.account import Account
from edgefleet.ports.credentials import Credential, Credentials
from edgefleet.ports.probe import Pin
from support.fleet import make_fleet
from support.past import PastAccount, made
from support.records import deployed

BOTH = {f"CLOUDFLARE_API_TOKEN_{name}": "t" for name in ("ALDER", "BIRCH")}


class Unreadable(PastAccount):
    """An account in which Cloudflare answers nothing of scripts."""

    def deployment(self, script: str) -> Deployment | None:
        raise CloudflareError(f"{script}: no answer")


def healthy(url: str, expected: Expectation, *, deadline: float, pin: Pin | None = None) -> Health:
    return Health(url=url, healthy=True, attempts=1, seconds=0, version_id=expected.version_id)


@pytest.fixture
def tenants(tmp_path: Path) -> tuple[Tenant, ...]:
    fleet = make_fleet(tmp_path)
    return require_valid(fleet, ("alder", "birch"), DEPLOYABLE, today=date(2026, 11, 21))


def looked(
    tenants: tuple[Tenant, ...], environ: dict[str, str], broken: str = ""
) -> dict[str, str | None]:
    """Return the version that answered, or the name of the error, for each target."""

    def connect(_credential: Credential, account_id: str) -> Account:
        kind = Unreadable if account_id == broken else PastAccount
        return kind([made(1)], [deployed(1, "v1")])

    ports = HealthPorts(
        credentials=Credentials(environ, tenants[0].folder),
        connect=connect,
        probe=healthy,
        workers_dev="https://workers.dev",
    )
    found = check_health(tenants, Environment.STAGING, ports, deadline=1)
    return {
        str(target): one.version_id if isinstance(one, Health) else type(one).__name__
        for target, one in found
    }


def test_a_missing_token_hides_no_other_target(tenants: tuple[Tenant, ...]) -> None:
    token = {"CLOUDFLARE_API_TOKEN_BIRCH": "t"}
    expected = {"alder-staging": CredentialError.__name__, "birch-staging": "v1"}
    assert looked(tenants, token) == expected


def test_what_cloudflare_does_not_tell_of_one_hides_no_other_target(
    tenants: tuple[Tenant, ...],
) -> None:
    expected = {"alder-staging": CloudflareError.__name__, "birch-staging": "v1"}
    assert looked(tenants, BOTH, tenants[0].config.account_id) == expected
