"""Validation as other commands and `--remote` use it."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from edgefleet.errors import ConfigError, ExitCode
from edgefleet.flows.validate import Validation, require_valid, validate, validate_remote
from edgefleet.model.finding import Finding
from edgefleet.model.target import DEPLOYABLE, Environment
from edgefleet.rules.validation.registry import RULES
from support.fleet import make_fleet

TODAY = date(2026, 11, 21)
STAGING = (Environment.STAGING,)


@dataclass
class FakeAccount:
    """An account that has what it is told to have."""

    kv: Collection[str] = ()
    d1: Collection[str] = ()
    vectorize: Collection[str] = ()
    scripts: Collection[str] = ()
    secrets: dict[str, Collection[str]] = field(default_factory=dict)

    def kv_namespace_ids(self) -> Collection[str]:
        return self.kv

    def d1_database_ids(self) -> Collection[str]:
        return self.d1

    def vectorize_index_names(self) -> Collection[str]:
        return self.vectorize

    def script_names(self) -> Collection[str]:
        return self.scripts

    def secret_names(self, script: str) -> Collection[str] | None:
        return self.secrets.get(script)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


def change(fleet: Path, file: str, before: str, after: str) -> None:
    path = fleet / "tenants" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def complete(validation: Validation) -> FakeAccount:
    """Return an account that has everything that these targets name."""
    workers = [target.worker for target in validation.targets]
    return FakeAccount(
        kv=[str(one.id) for worker in workers for one in worker.kv_namespaces],
        d1=[str(one.database_id) for worker in workers for one in worker.d1_databases],
        vectorize=[one.index_name for worker in workers for one in worker.vectorize],
        scripts=[worker.name for worker in workers],
        secrets={worker.name: () for worker in workers},
    )


def remote(validation: Validation, account: FakeAccount) -> tuple[Finding, ...]:
    return validate_remote(validation, lambda _tenant, _environment: account)


def short(findings: Collection[Finding]) -> list[str]:
    return [f"{each.line}:{each.column} {each.code} {each.severity}" for each in findings]


class TestRequireValid:
    def test_tenants_come_back_in_the_order_asked_for(self, fleet: Path) -> None:
        tenants = require_valid(fleet, ("birch", "alder"), DEPLOYABLE, today=TODAY)
        assert [tenant.config.tenant_id for tenant in tenants] == ["birch", "alder"]

    def test_errors_are_raised_with_every_finding(self, fleet: Path) -> None:
        change(fleet, "alder/wrangler.jsonc", '"LOG_LEVEL"', '"LOGLEVEL"')
        change(fleet, "alder/tenant.config.json", '"burst": 20', '"burst": 0')
        with pytest.raises(ConfigError) as caught:
            require_valid(fleet, ("alder",), STAGING, today=TODAY)
        assert caught.value.exit_code is ExitCode.CONFIG
        assert "alder/tenant.config.json:16:35: config-value: " in caught.value.message
        assert "alder/wrangler.jsonc:19:9: var-unknown: " in caught.value.message
        assert "1 tenant, 1 target: 2 errors, no warnings" in caught.value.message

    def test_warnings_stop_nothing(self, fleet: Path) -> None:
        change(fleet, "alder/wrangler.jsonc", '"workers_dev"', '"worker_dev"')
        assert require_valid(fleet, ("alder",), STAGING, today=TODAY)


class TestEnvironments:
    def test_what_is_wrong_in_another_environment_is_left_out(self, fleet: Path) -> None:
        change(fleet, "alder/wrangler.jsonc", '"LOG_LEVEL": "info"', '"LOG_LEVEL": "loud"')
        assert validate(fleet, ("alder",), STAGING, today=TODAY).ok
        assert not validate(fleet, ("alder",), DEPLOYABLE, today=TODAY).ok

    def test_dev_is_checked_when_it_is_asked_for(self, fleet: Path) -> None:
        found = validate(fleet, ("alder",), (Environment.DEV,), today=TODAY).findings
        assert short(found) == ["11:3 environment-missing error"]

    def test_a_shared_id_in_another_environment_of_the_tenant_is_found(self, fleet: Path) -> None:
        path = "alder/wrangler.jsonc"
        change(fleet, path, '"alder-worker-production" }', '"alder-worker-staging" }')
        found = validate(fleet, ("alder",), STAGING, today=TODAY).findings
        assert short(found) == [
            "33:47 vectorize-index-shared warning",
            "65:47 vectorize-index-shared warning",
        ]


class TestToday:
    @pytest.mark.parametrize(("day", "ok"), [(TODAY, True), (date(2026, 11, 22), False)])
    def test_an_exception_of_drift_holds_until_its_last_day(
        self, fleet: Path, day: date, ok: bool
    ) -> None:
        entry = f'{{ "path": "vars", "reason": "known", "expires": "{TODAY}" }}'
        change(fleet, "alder/tenant.config.json", '"ignore": []', f'"ignore": [{entry}]')
        assert validate(fleet, ("alder",), STAGING, today=day).ok is ok

    def test_a_compatibility_date_may_be_today(self, fleet: Path) -> None:
        day = date(2026, 1, 15)
        assert validate(fleet, ("alder",), STAGING, today=day).ok
        assert not validate(fleet, ("alder",), STAGING, today=date(2026, 1, 14)).ok


class TestRemote:
    def test_nothing_is_found_where_the_account_has_everything(self, fleet: Path) -> None:
        validation = validate(fleet, ("alder", "birch"), DEPLOYABLE, today=TODAY)
        assert remote(validation, complete(validation)) == ()

    def test_what_does_not_exist_is_found_at_its_key(self, fleet: Path) -> None:
        validation = validate(fleet, ("alder",), STAGING, today=TODAY)
        assert short(remote(validation, FakeAccount())) == [
            "22:38 remote-kv-namespace-missing error",
            "23:32 remote-kv-namespace-missing error",
            "24:31 remote-kv-namespace-missing error",
            "30:11 remote-d1-database-missing error",
            "33:47 remote-vectorize-index-missing error",
        ]

    def test_a_required_secret_must_be_set_once_the_script_exists(self, fleet: Path) -> None:
        path = "alder/tenant.config.json"
        change(fleet, path, '"requiredSecrets": []', '"requiredSecrets": ["ONE", "TWO"]')
        validation = validate(fleet, ("alder",), STAGING, today=TODAY)
        account = complete(validation)
        account.secrets = {"alder-worker-staging": ["ONE"]}
        assert short(remote(validation, account)) == ["23:30 remote-secret-missing error"]
        account.secrets = {}
        assert short(remote(validation, account)) == [
            "23:23 remote-secret-missing warning",
            "23:30 remote-secret-missing warning",
        ]

    @pytest.mark.parametrize(
        ("scripts", "expected"),
        [
            (99, []),
            (100, ["3:3 remote-plan-limit warning"]),
            (500, ["3:3 remote-plan-limit error"]),
        ],
    )
    def test_a_plan_allows_only_so_many_scripts(
        self, fleet: Path, scripts: int, expected: list[str]
    ) -> None:
        validation = validate(fleet, ("alder",), STAGING, today=TODAY)
        account = complete(validation)
        account.scripts = [f"other-{number}" for number in range(scripts)]
        assert short(remote(validation, account)) == expected

    def test_dev_is_not_looked_for_at_cloudflare(self, fleet: Path) -> None:
        path = "alder/wrangler.jsonc"
        change(fleet, path, '"staging": {', '"dev": {')
        change(fleet, path, '"ENVIRONMENT": "staging"', '"ENVIRONMENT": "dev"')
        validation = validate(fleet, ("alder",), (Environment.DEV,), today=TODAY)
        assert len(validation.targets) == 1
        assert remote(validation, FakeAccount()) == ()


def test_many_tenants_with_one_id_are_each_told_of_another(fleet: Path) -> None:
    names = [f"copy-{number:02}" for number in range(20)]
    for name in names:
        shutil.copytree(fleet / "tenants/alder", fleet / "tenants" / name)
    found = validate(fleet, names, STAGING, today=TODAY).findings
    shared = [finding for finding in found if finding.code == "script-shared"]
    # Each copy and the original, once: not once for every pair.
    assert len(shared) == 21


def test_more_vars_than_any_plan_allows_is_an_error(fleet: Path) -> None:
    more = "".join(f'"V{number}": "", ' for number in range(122))
    change(fleet, "alder/wrangler.jsonc", '"vars": { '.rstrip(), f'"vars": {{ {more}')
    found = validate(fleet, ("alder",), STAGING, today=TODAY).findings
    counts = [finding for finding in found if finding.code == "var-count"]
    assert short(counts) == ["13:7 var-count error"]


def test_codes_are_stable_names_and_each_its_own() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() and " " not in code for code in codes)
