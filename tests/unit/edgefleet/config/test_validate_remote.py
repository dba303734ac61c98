"""Files compared with an account: what they name is there, and there is room for it."""

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from edgefleet.cloudflare.named_resources import NamedResource
from edgefleet.cloudflare.plan_limits import WorkersPlan
from edgefleet.config.reading.rule import Finding
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, DEV, STAGING, Environment
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import Validation, validate
from edgefleet.config.validate_remote import validate_remote
from edgefleet.config.wrangler_config import WranglerConfig
from edgefleet.errors import CredentialError
from support.fleet import change, make_fleet, short

TODAY = date(2026, 11, 21)
ONE_ENVIRONMENT = (STAGING,)


@dataclass
class FakeAccount:
    """An account that has what the test names."""

    names: Collection[str] = ()
    """Of all that it has besides scripts and secrets."""
    scripts: Collection[str] = ()
    subscribed: WorkersPlan | None = None
    secrets: dict[str, Collection[str]] = field(default_factory=dict)
    others: dict[str, bool | None] = field(default_factory=dict)
    """Whether it has buckets, queues and the like, by name; None for what no token may see."""

    def script_names(self) -> Collection[str]:
        return self.scripts

    def plan(self) -> WorkersPlan | None:
        return self.subscribed

    @property
    def resources(self) -> "FakeAccount":
        return self

    def present(
        self, wanted: Iterable[NamedResource], scripts: Collection[str] = ()
    ) -> dict[NamedResource, bool | None]:
        return {one: self.others.get(one.name, one.name in self.names) for one in wanted}

    def secret_names(self, script: str) -> Collection[str] | None:
        return self.secrets.get(script)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


def complete(validation: Validation) -> FakeAccount:
    """Return an account that has everything that these targets name."""
    workers = [
        WranglerConfig.model_validate(tenant.resolved(environment))
        for tenant in validation.tenants
        for environment in validation.environments
    ]
    return FakeAccount(
        names=[
            str(name)
            for worker in workers
            for name in (
                *(one.id for one in worker.kv_namespaces),
                *(one.database_id for one in worker.d1_databases),
                *(one.index_name for one in worker.vectorize),
            )
        ],
        scripts=[worker.name for worker in workers],
        secrets={worker.name: () for worker in workers},
    )


def remote(validation: Validation, account: FakeAccount) -> tuple[Finding, ...]:
    return validate_remote(validation, lambda _tenant, _environment: account).findings


def test_nothing_is_found_where_the_account_has_everything(fleet: Path) -> None:
    validation = validate(fleet, ("alder", "birch"), DEFAULT_ENVIRONMENTS, today=TODAY)
    assert remote(validation, complete(validation)) == ()


def test_what_does_not_exist_is_found_at_its_key(fleet: Path) -> None:
    validation = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)
    assert short(remote(validation, FakeAccount())) == [
        "22:38 remote-kv-namespace-missing error",
        "23:32 remote-kv-namespace-missing error",
        "24:31 remote-kv-namespace-missing error",
        "30:11 remote-d1-database-missing error",
        "33:47 remote-vectorize-index-missing error",
    ]


def test_a_required_secret_must_be_set_once_the_script_exists(fleet: Path) -> None:
    path = "alder/tenant.config.json"
    change(fleet, path, '"requiredSecrets": []', '"requiredSecrets": ["ONE", "TWO"]')
    validation = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)
    account = complete(validation)
    account.secrets = {"alder-worker-staging": ["ONE"]}
    assert short(remote(validation, account)) == ["23:30 remote-secret-missing error"]
    account.secrets = {}
    assert short(remote(validation, account)) == [
        "23:23 remote-secret-missing warning",
        "23:30 remote-secret-missing warning",
    ]


@pytest.mark.parametrize(
    ("scripts", "plan", "expected"),
    [
        (99, None, []),
        (100, None, ["3:3 remote-plan-limit warning"]),
        (100, WorkersPlan.PAID, []),
        (500, None, ["3:3 remote-plan-limit error"]),
    ],
)
def test_a_plan_allows_only_so_many_scripts(
    fleet: Path, scripts: int, plan: WorkersPlan | None, expected: list[str]
) -> None:
    validation = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)
    account = complete(validation)
    account.subscribed = plan
    account.scripts = [f"other-{number}" for number in range(scripts)]
    assert short(remote(validation, account)) == expected


def test_cron_triggers_of_all_environments_count_together(fleet: Path) -> None:
    listed = ", ".join(f'"{minute} 3 * * *"' for minute in range(5))
    before = '"triggers": { "crons": ["17 3 * * *"] }'
    change(fleet, "alder/wrangler.jsonc", before, f'"triggers": {{ "crons": [{listed}] }}')
    validation = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)
    (found,) = remote(validation, complete(validation))
    assert "all environments of alder have 6 cron triggers together, more than 5" in found.message
    assert found.severity == "warning"


def test_the_plan_that_a_tenant_names_decides(fleet: Path) -> None:
    change(
        fleet, "alder/tenant.config.json", '"requiredSecrets"', '"plan": "free", "requiredSecrets"'
    )
    validation = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)
    account = complete(validation)
    account.subscribed = WorkersPlan.PAID
    account.scripts = [f"other-{number}" for number in range(100)]
    assert short(remote(validation, account)) == ["3:3 remote-plan-limit error"]


def test_dev_is_not_looked_for_at_cloudflare(fleet: Path) -> None:
    path = "alder/wrangler.jsonc"
    change(fleet, path, '"staging": {', '"dev": {')
    change(fleet, path, '"ENVIRONMENT": "staging"', '"ENVIRONMENT": "dev"')
    validation = validate(fleet, ("alder",), (DEV,), today=TODAY)
    assert len(validation.tenants) == 1
    assert remote(validation, FakeAccount()) == ()


def test_accounts_are_read_in_parallel_despite_a_failure(fleet: Path) -> None:
    """A9."""
    together = threading.Barrier(2)
    validation = validate(fleet, ("alder", "birch"), ONE_ENVIRONMENT, today=TODAY)

    def account_of(tenant: Tenant, _environment: Environment) -> FakeAccount:
        together.wait(60)  # breaks where accounts are asked one after the other
        if tenant.name == "birch":
            raise CredentialError("no token")
        return FakeAccount()

    found = validate_remote(validation, account_of)
    assert {finding.path for finding in found.findings} == {"tenants/alder/wrangler.jsonc"}
    assert [(str(target), error.message) for target, error in found.failures] == [
        ("birch-staging", "no token")
    ]


NAMED = """"r2_buckets": [{ "binding": "FILES", "bucket_name": "flies" }],
      "queues": { "producers": [{ "binding": "JOBS", "queue": "jobs" }] },
      "services": [{ "binding": "AUTH", "service": "auth" }],
      "hyperdrive": [{ "binding": "PG", "id": "9f" }],
      "tail_consumers": [{ "service": "absent" }],
      "mtls_certificates": [{ "binding": "CERT", "certificate_id": "c" }],
      "unsafe": { "bindings": [{ "name": "NEW", "type": "x" }] },
      "vectorize": ["""


def test_each_other_kind_that_is_missing_is_found_at_its_key(fleet: Path) -> None:
    """R24."""
    change(fleet, "alder/wrangler.jsonc", '"vectorize": [', NAMED)
    validation = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)
    account = complete(validation)
    account.others = {"jobs": None}
    assert [one.message for one in remote(validation, account)] == [
        "the account has no R2 bucket 'flies'",
        "not checked: the queue 'jobs': the token may not read it, or the API does not tell",
        "the account has no script 'auth'",
        "the account has no Hyperdrive configuration '9f'",
        "the account has no script 'absent'",
        "the account has no mTLS certificate 'c'",
        "not checked: edgefleet does not look for unsafe bindings",
    ]
    account.others = dict.fromkeys(("flies", "jobs", "auth", "9f", "absent", "c"), True)
    assert [one.code for one in remote(validation, account)] == ["remote-resource-unseen"]
