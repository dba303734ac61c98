"""Secrets in the requests of a health check and a smoke test: whose they are, and who gets them."""

import dataclasses
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.health.requests import SecretHeader
from edgefleet.config.target import STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError
from edgefleet.health.expected import ForeignSecret, expectation, secret_value
from edgefleet.health.smoke import secrets_of_all
from support.contracts import OWN_SMOKE, health_contract
from support.fleet import make_fleet

TARGET = Target(tenant="alder", environment=STAGING)
(KEY,) = OWN_SMOKE.secrets
ACCESS = SecretHeader(secret="CF_ACCESS_SECRET")


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    return require_valid(make_fleet(tmp_path), ("alder",), (STAGING,), today=date(2026, 3, 1))[0]


def keyed(tenant: Tenant, *digests: str) -> Tenant:
    config = tenant.config.model_copy(
        update={"settings": {**tenant.config.settings, "apiKeyDigests": [*digests]}}
    )
    return dataclasses.replace(tenant, config=config)


def test_a_tenant_whose_settings_list_no_secret_needs_none(tenant: Tenant, tmp_path: Path) -> None:
    assert secrets_of_all((keyed(tenant),), STAGING, Credentials({}, tmp_path)) == {"alder": {}}


def test_a_tenant_whose_settings_list_secrets_gets_its_own(tenant: Tenant, tmp_path: Path) -> None:
    found = Credentials({"EDGEFLEET_SMOKE_KEY_ALDER": "a-key"}, tmp_path)
    own = keyed(tenant, "0" * 64, sha256(b"a-key").hexdigest())

    assert secrets_of_all((own,), STAGING, found) == {"alder": {KEY: Secret("a-key")}}


def test_r30_a_secret_that_is_not_the_tenants_own_is_never_sent(
    tenant: Tenant, tmp_path: Path
) -> None:
    found = Credentials({"EDGEFLEET_SMOKE_KEY_ALDER": "a-key-of-birch"}, tmp_path)
    with pytest.raises(ForeignSecret) as caught:
        secrets_of_all((keyed(tenant, sha256(b"a-key").hexdigest()),), STAGING, found)
    assert caught.value.message == (
        "EDGEFLEET_SMOKE_KEY_ALDER in the environment is none of alder's own, which "
        "apiKeyDigests lists by their digests: it was not sent"
    )


def test_a_missing_secret_is_said_before_anything_is_sent(tenant: Tenant, tmp_path: Path) -> None:
    with pytest.raises(CredentialError) as caught:
        secrets_of_all((keyed(tenant, "0" * 64),), STAGING, Credentials({}, tmp_path))
    assert not isinstance(caught.value, ForeignSecret)
    assert "the secret EDGEFLEET_SMOKE_KEY, and alder-staging has none" in caught.value.message
    assert "EDGEFLEET_SMOKE_KEY_ALDER in the environment" in caught.value.hint


@pytest.mark.parametrize(
    ("environ", "value"),
    [
        ({"CF_ACCESS_SECRET_ALDER": "a", "CF_ACCESS_SECRET_ALDER_STAGING": "b"}, "b"),
        ({"CF_ACCESS_SECRET_ALDER": "a", "CF_ACCESS_SECRET": "c"}, "a"),
    ],
)
def test_the_most_specific_variable_counts(
    tenant: Tenant, tmp_path: Path, environ: dict[str, str], value: str
) -> None:
    found = secret_value(ACCESS, tenant, TARGET, Credentials(environ, tmp_path))
    assert found == Secret(value)


def test_shared_secret_is_used_only_by_the_contract(tenant: Tenant, tmp_path: Path) -> None:
    found = Credentials({"CF_ACCESS_SECRET": "c"}, tmp_path)
    with pytest.raises(CredentialError):
        secret_value(ACCESS, tenant, TARGET, found)
    shared = ACCESS.model_copy(update={"shared": True})
    assert secret_value(shared, tenant, TARGET, found) == Secret("c")


def test_health_check_sends_the_contracts_secrets(tenant: Tenant, tmp_path: Path) -> None:
    contract = health_contract(headers={"A": "text", "B": {"secret": "CF_ACCESS_SECRET"}})
    found = Credentials({"CF_ACCESS_SECRET_ALDER": "a"}, tmp_path)
    expected = expectation(contract, tenant, TARGET, found, "v1", changed=True)
    assert expected.headers == {"A": "text", "B": Secret("a")}
    assert expected.secrets == (Secret("a"),)
    assert expected.steady == 5.0
    assert "'a'" not in repr(expected)


def test_change_without_a_version_is_watched_longer(tenant: Tenant, tmp_path: Path) -> None:
    none = Credentials({}, tmp_path)
    told = health_contract(version="/v")
    assert expectation(told, tenant, TARGET, none, "v1", changed=True).steady == 0
    assert expectation(health_contract(), tenant, TARGET, none, "v1").steady == 0
    here = Credentials({"EDGEFLEET_WORKERS_DEV": "http://workers.localhost:1"}, tmp_path)
    assert expectation(health_contract(), tenant, TARGET, here, "v1", changed=True).steady == 0
