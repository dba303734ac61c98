"""tenant.config.json of an adopted Worker: account, secrets by name, settings from their var."""

from pathlib import Path
from typing import Any

import pyjson5
import pytest

from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.reading import jsonc
from edgefleet.config.reading.views import Document, TenantFiles
from edgefleet.onboard.adopt.config_file import Configured, config_file
from edgefleet.onboard.adopt.models import Adopted
from support.live_workers import ACCOUNT, live_worker
from support.uploads import config

FILE = "tenants/acme/tenant.config.json"
IN_VAR = {"contract": {"settings": {"var": "SETTINGS"}}}
FLAT = {"contract": {"settings": {"var": "SETTINGS", "flat": True, "schema": {"type": "object"}}}}
TOKEN = "cfut_" + "q7Zt2LmN8xVb4KcR1wPy6DgH9sJf3TaE0uXo5IiB"  # gitleaks:allow


def configured(
    fleet: dict[str, Any], adopted: dict[str, Any], own: str = "", secrets: tuple[str, ...] = ()
) -> Configured:
    document = Document(FILE, own, jsonc.parse(own)[0] if own else None)
    config_of_fleet = FleetConfig.model_validate(fleet)
    wrangler = Document("tenants/acme/wrangler.jsonc")
    files = TenantFiles("acme", Path("tenants/acme"), document, wrangler, config_of_fleet)
    live = live_worker(config(name="acme-staging"))
    return config_file(files, Adopted(keys=adopted, secrets=secrets), live, None)


def keys(found: Configured) -> dict[str, Any]:
    read: dict[str, Any] = pyjson5.decode(found.file.after)
    return read


def unwritten(found: Configured) -> list[str]:
    return [one.what for one in found.unwritten]


def test_account_and_names_of_secrets_are_written() -> None:
    found = configured({}, {}, secrets=("KEY", "TOKEN_OF_ALL"))
    assert keys(found) == {
        "tenantId": "acme",
        "accountId": ACCOUNT,
        "requiredSecrets": ["KEY", "TOKEN_OF_ALL"],
    }
    assert found.unwritten == ()


def test_secrets_that_the_fleet_requires_are_not_repeated() -> None:
    fleet = {"defaults": {"requiredSecrets": ["KEY"]}}
    assert "requiredSecrets" not in keys(configured(fleet, {}, secrets=("KEY",)))
    assert keys(configured(fleet, {}))["requiredSecrets"] == []


def test_a_secret_whose_name_no_file_takes_is_listed() -> None:
    found = configured({}, {}, secrets=("apiKey",))
    assert "requiredSecrets" not in keys(found)
    assert unwritten(found) == ["secrets.apiKey"]


@pytest.mark.parametrize(
    ("fleet", "wanted"), [(IN_VAR, {"settings": {"a": 1}}), (FLAT, {"a": 1})], ids=["own", "flat"]
)
def test_settings_come_from_the_var_that_carries_them(
    fleet: dict[str, Any], wanted: dict[str, Any]
) -> None:
    found = configured(fleet, {"vars": {"SETTINGS": {"tenantId": "acme", "a": 1}, "B": "c"}})
    assert keys(found).items() >= wanted.items()
    assert found.adopted.keys == {"vars": {"B": "c"}}
    assert found.unwritten == ()


def test_settings_that_no_file_can_hold_are_listed() -> None:
    var = {"tenantId": "other", "accountId": "x", "upstreamToken": TOKEN, "a": 1}
    found = configured(FLAT, {"vars": {"SETTINGS": var}})
    assert keys(found)["accountId"] == ACCOUNT
    assert TOKEN not in found.file.after
    assert unwritten(found) == [
        "vars.SETTINGS.tenantId",
        "vars.SETTINGS.accountId",
        "vars.SETTINGS.upstreamToken",
    ]
    assert unwritten(configured(IN_VAR, {"vars": {"SETTINGS": "text"}})) == ["vars.SETTINGS"]


def test_a_worker_without_the_var_of_its_settings_is_listed() -> None:
    own = f'{{ "tenantId": "acme", "accountId": "{ACCOUNT}" }}'
    for found in (configured(IN_VAR, {}), configured(IN_VAR, {}, own)):
        assert unwritten(found) == ["vars.SETTINGS"]
        assert "the first deploy adds" in found.unwritten[0].why


def test_a_file_that_is_there_stays_and_what_differs_is_listed() -> None:
    own = (
        f'// Ours.\n{{ "tenantId": "acme", "accountId": "{ACCOUNT}", "requiredSecrets": ["A"] }}\n'
    )
    var = {"SETTINGS": {"tenantId": "acme", "a": 1}}
    found = configured(IN_VAR, {"vars": var}, own, secrets=("B",))
    assert found.file.after == own
    assert unwritten(found) == ["vars.SETTINGS", "secrets.A", "secrets.B"]
    assert "npx wrangler secret put A --name acme-staging" in found.unwritten[1].why


def test_a_file_that_says_the_same_lists_nothing() -> None:
    own = f'{{ "tenantId": "acme", "accountId": "{ACCOUNT}", "settings": {{ "a": 1 }} }}'
    assert configured(IN_VAR, {"vars": {"SETTINGS": {"tenantId": "acme", "a": 1}}}, own)[2] == ()
