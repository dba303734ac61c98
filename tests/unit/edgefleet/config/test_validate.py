"""Validation as other commands and `--remote` use it."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from edgefleet.cloudflare.worker.unsupported import WRANGLER
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, DEV, STAGING
from edgefleet.config.validate import require_valid, validate
from edgefleet.config.validation.registry import RULES
from edgefleet.errors import ConfigError, ExitCode
from support.fleet import change, make_fleet, short

TODAY = date(2026, 11, 21)
ONE_ENVIRONMENT = (STAGING,)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


class TestRequireValid:
    def test_tenants_come_back_in_the_order_asked_for(self, fleet: Path) -> None:
        tenants = require_valid(fleet, ("birch", "alder"), DEFAULT_ENVIRONMENTS, today=TODAY)
        assert [tenant.config.tenant_id for tenant in tenants] == ["birch", "alder"]

    def test_errors_are_raised_with_every_finding(self, fleet: Path) -> None:
        change(fleet, "alder/wrangler.jsonc", '"LOG_LEVEL"', '"LOGLEVEL"')
        change(fleet, "alder/tenant.config.json", '"burst": 20', '"burst": 0')
        with pytest.raises(ConfigError) as caught:
            require_valid(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)
        assert caught.value.exit_code is ExitCode.CONFIG
        assert "alder/tenant.config.json:16:35: config-value: " in caught.value.message
        assert "alder/wrangler.jsonc:19:9: var-unknown: " in caught.value.message
        assert "1 tenant, 1 target: 2 errors, no warnings" in caught.value.message

    def test_a_missing_id_names_the_command_that_makes_it(self, fleet: Path) -> None:
        file = fleet / "tenants" / "alder" / "wrangler.jsonc"
        text = file.read_text()
        file.write_text(re.sub(r'"id": "[0-9a-f]{32}"', '"id": "TODO"', text, count=1))
        with pytest.raises(ConfigError) as caught:
            require_valid(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)
        assert "binding-id: 'TODO' cannot be the id of the KV namespace" in caught.value.message
        command = "make it: edgefleet provision --tenants alder --env staging --apply; or"
        assert command in caught.value.message

    def test_warnings_stop_nothing(self, fleet: Path) -> None:
        change(fleet, "alder/wrangler.jsonc", '"workers_dev"', '"worker_dev"')
        assert require_valid(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY)


class TestEnvironments:
    def test_what_is_wrong_in_another_environment_is_left_out(self, fleet: Path) -> None:
        change(fleet, "alder/wrangler.jsonc", '"LOG_LEVEL": "info"', '"LOG_LEVEL": "loud"')
        assert validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY).ok
        assert not validate(fleet, ("alder",), DEFAULT_ENVIRONMENTS, today=TODAY).ok

    def test_dev_is_checked_when_it_is_asked_for(self, fleet: Path) -> None:
        found = validate(fleet, ("alder",), (DEV,), today=TODAY).findings
        assert short(found) == ["11:3 environment-missing error"]

    def test_id_shared_by_two_environments_is_found(self, fleet: Path) -> None:
        path = "alder/wrangler.jsonc"
        change(fleet, path, '"alder-worker-production" }', '"alder-worker-staging" }')
        found = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY).findings
        assert short(found) == [
            "33:47 vectorize-index-shared warning",
        ]

    def test_index_of_another_account_is_another_index(self, fleet: Path) -> None:
        path = "alder/wrangler.jsonc"
        change(fleet, path, '"alder-worker-production" }', '"birch-worker-production" }')
        assert validate(fleet, ("alder", "birch"), ONE_ENVIRONMENT, today=TODAY).findings == ()


class TestToday:
    @pytest.mark.parametrize(("day", "ok"), [(TODAY, True), (date(2026, 11, 22), False)])
    def test_an_exception_of_drift_holds_until_its_last_day(
        self, fleet: Path, day: date, ok: bool
    ) -> None:
        entry = f'{{ "path": "vars", "reason": "known", "expires": "{TODAY}" }}'
        change(fleet, "alder/tenant.config.json", '"ignore": []', f'"ignore": [{entry}]')
        assert validate(fleet, ("alder",), ONE_ENVIRONMENT, today=day).ok is ok

    def test_a_compatibility_date_may_be_today(self, fleet: Path) -> None:
        day = date(2026, 1, 15)
        assert validate(fleet, ("alder",), ONE_ENVIRONMENT, today=day).ok
        assert not validate(fleet, ("alder",), ONE_ENVIRONMENT, today=date(2026, 1, 14)).ok


def test_many_tenants_with_one_id_are_each_told_of_another(fleet: Path) -> None:
    names = [f"copy-{number:02}" for number in range(20)]
    for name in names:
        shutil.copytree(fleet / "tenants/alder", fleet / "tenants" / name)
    found = validate(fleet, names, ONE_ENVIRONMENT, today=TODAY).findings
    shared = [finding for finding in found if finding.code == "script-shared"]
    # Each copy once, and not once for every pair; the original was not asked for (C14).
    assert [finding.path.split("/")[1] for finding in shared] == names
    assert all("alder-staging (tenants/alder/wrangler.jsonc)" in it.message for it in shared)


def test_more_vars_than_any_plan_allows_is_an_error(fleet: Path) -> None:
    more = "".join(f'"V{number}": "", ' for number in range(122))
    change(fleet, "alder/wrangler.jsonc", '"vars": { '.rstrip(), f'"vars": {{ {more}')
    found = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY).findings
    counts = [finding for finding in found if finding.code == "var-count"]
    assert short(counts) == ["13:7 var-count error"]


def test_codes_are_stable_names_and_each_its_own() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() and " " not in code for code in codes)


def test_a_fleet_read_in_parts_is_as_one(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(fleet, "alder/tenant.config.json", '"burst": 20', '"burst": 0')
    change(fleet, "birch/wrangler.jsonc", '"LOG_LEVEL"', '"LOGLEVEL"')
    wrangler = fleet / "tenants" / "birch" / "wrangler.jsonc"
    copied = re.search(
        r'"id": "([0-9a-f]{32})"', (fleet / "tenants/alder/wrangler.jsonc").read_text()
    )
    assert copied
    wrangler.write_text(re.sub(r'"id": "[0-9a-f]{32}"', copied[0], wrangler.read_text(), count=1))
    whole = validate(fleet, ("birch", "alder"), DEFAULT_ENVIRONMENTS, today=TODAY)
    in_parts = "edgefleet.config.validate.map_in_processes"
    monkeypatch.setattr(in_parts, lambda work, names, _: [work([name]) for name in names])
    assert validate(fleet, ("birch", "alder"), DEFAULT_ENVIRONMENTS, today=TODAY) == whole
    assert {one.code for one in whole.findings} >= {
        "config-value",
        "var-unknown",
        "kv-namespace-shared",
    }


def test_the_two_lists_of_required_secrets_are_compared(fleet: Path) -> None:
    """R23: what newer wranglers read is no second truth in silence."""
    path = "alder/wrangler.jsonc"
    change(fleet, path, '"name":', '"secrets": { "required": ["ONE", "TWO"] }, "name":')
    change(fleet, "alder/tenant.config.json", '"requiredSecrets": []', '"requiredSecrets": ["TWO"]')
    (found,) = validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY).findings
    assert found.message == "edgefleet uses requiredSecrets, which lacks ONE"


def test_keys_are_those_of_the_wrangler_in_package_json() -> None:
    package = json.loads((Path(__file__).parents[4] / "package.json").read_text())
    assert package["devDependencies"]["wrangler"] == WRANGLER


def test_a_class_that_another_script_hands_over_is_migrated(fleet: Path) -> None:
    """R11."""
    moved = '{ "from": "RateLimiter", "from_script": "limits", "to": "RateLimiter" }'
    change(
        fleet,
        "alder/wrangler.jsonc",
        '"new_sqlite_classes": ["ChatSession", "RateLimiter"] }',
        f'"new_sqlite_classes": ["ChatSession"] }}, '
        f'{{ "tag": "v2", "transferred_classes": [{moved}] }}',
    )
    assert validate(fleet, ("alder",), ONE_ENVIRONMENT, today=TODAY).findings == ()
