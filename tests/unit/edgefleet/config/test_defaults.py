"""`defaults` of fleet.jsonc: what holds for each tenant that does not say it itself."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edgefleet.cli.tenant_selection import select_tenants
from edgefleet.config.report import findings_text
from edgefleet.config.target import STAGING
from edgefleet.config.tenant import TenantConfig
from edgefleet.config.validate import Validation, validate
from support.fleet import change, make_fleet

TODAY = date(2026, 11, 1)
EXPIRED = {"path": "vars", "reason": "known", "expires": "2026-10-31"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


def with_defaults(root: Path, **defaults: Any) -> None:
    change_fleet(root, "defaults", defaults)


def change_fleet(root: Path, key: str, value: Any) -> None:
    text = (root / "fleet.jsonc").read_text()
    end = text.rindex("}")
    written = f',\n"{key}": {json.dumps(value)}\n'
    (root / "fleet.jsonc").write_text(text[:end].rstrip().rstrip(",") + written + text[end:])


def validated(root: Path) -> Validation:
    return validate(root, ("alder", "birch"), (STAGING,), today=TODAY)


def configs(root: Path) -> list[TenantConfig]:
    found = validated(root)
    assert findings_text(found.findings) == ""
    return [tenant.config for tenant in found.tenants]


def test_a_tenants_own_value_takes_the_place_of_the_default(root: Path) -> None:
    with_defaults(root, ring=2, tags=["eu", "free"])
    change(root, "birch/tenant.config.json", '"tenantId"', '"ring": 0, "tags": [],\n"tenantId"')
    assert [(one.ring, one.tags) for one in configs(root)] == [(2, ("eu", "free")), (0, ())]


def test_selectors_know_the_defaults(root: Path) -> None:
    with_defaults(root, ring=2, tags=["eu"])
    change(root, "birch/tenant.config.json", '"tenantId"', '"ring": 0,\n"tenantId"')
    assert select_tenants(root, "ring:2") == ("alder",)
    assert select_tenants(root, "tag:eu") == ("alder", "birch")


def test_a_default_that_expired_is_one_finding_in_fleet_jsonc(root: Path) -> None:
    for tenant in ("alder", "birch"):
        file = root / "tenants" / tenant / "tenant.config.json"
        kept = re.sub(r',\s*"drift": \{[^}]*\}', "", file.read_text())
        file.write_text(kept)
    with_defaults(root, drift={"ignore": [EXPIRED]})
    (line,) = findings_text(validated(root).findings).splitlines()
    assert re.match(r"fleet\.jsonc:\d+:\d+: drift-exception-expired: ", line)


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ({"ring": "1"}, "fleet-value: defaults.ring must be"),
        ({"rings": 1}, "fleet-unknown-key: defaults.rings is no key"),
        ({"tenantId": "acme"}, "fleet-unknown-key: defaults.tenantId is no key"),
        ({"pin": {}}, "fleet-unknown-key: defaults.pin is no key"),
    ],
)
def test_what_is_no_default_is_named(root: Path, defaults: dict[str, Any], said: str) -> None:
    with_defaults(root, **defaults)
    (line,) = findings_text(validated(root).findings).splitlines()
    assert line.startswith("fleet.jsonc:")
    assert said in line


def test_a_secret_by_default_counts_as_a_tenants_own(root: Path) -> None:
    for tenant in ("alder", "birch"):
        file = root / "tenants" / tenant / "tenant.config.json"
        file.write_text(re.sub(r'"requiredSecrets": \[[^]]*\],?', "", file.read_text()))
    with_defaults(root, requiredSecrets=["CACHE"])
    lines = findings_text(validated(root).findings).splitlines()
    assert [line.split(" ")[1] for line in lines] == ["binding-twice:"] * len(lines) != []
    assert {line.partition(":")[0] for line in lines} == {"fleet.jsonc"}
