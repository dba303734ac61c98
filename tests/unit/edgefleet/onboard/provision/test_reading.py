"""Targets whose resources may not exist yet: wrong ids stop nothing, all else does."""

import re
from datetime import date
from pathlib import Path

import pytest

from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.config.editing.edits import set_value
from edgefleet.config.editing.file_edit import edit_file
from edgefleet.config.target import PRODUCTION, STAGING
from edgefleet.errors import ConfigError
from edgefleet.onboard.provision.reading import (
    bound_elsewhere,
    bound_in_accounts,
    read_tenants,
    wanted_by,
)
from support.fleet import make_fleet

TODAY = date(2026, 11, 21)
ALDER = "tenants/alder/wrangler.jsonc"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


def test_ids_and_names_may_be_missing_or_copied(fleet: Path) -> None:
    file = fleet / ALDER
    birch = fleet / "tenants/birch/wrangler.jsonc"
    copied = re.findall(r'"id": "([0-9a-f]{32})"', birch.read_text())
    text = re.sub(r'"id": "[0-9a-f]{32}"', f'"id": "{copied[0]}"', file.read_text(), count=1)
    text = re.sub(r'"database_id": "[0-9a-f-]{36}"', '"database_id": "TODO"', text)
    file.write_text(re.sub(r', "index_name": "[^"]*"', "", text))
    (tenant,) = read_tenants(fleet, ("alder",), (STAGING,), TODAY)
    index = next(one for one in wanted_by(tenant, STAGING) if one.kind is K.INDEX)
    assert (index.name, index.id) == ("alder-worker-staging-vectorize", None)


def test_anything_else_that_is_wrong_is_named(fleet: Path) -> None:
    edit_file(fleet, ALDER, lambda text: set_value(text, ("compatibility_date",), "soon"))
    with pytest.raises(ConfigError, match=r"alder/wrangler\.jsonc:\d+:\d+: ") as caught:
        read_tenants(fleet, ("alder",), (STAGING,), TODAY)
    assert "binding-" not in caught.value.message


def test_a_binding_that_the_contract_names_may_be_missing(fleet: Path) -> None:
    bindings = ("env", "staging", "kv_namespaces")
    edit_file(fleet, ALDER, lambda text: set_value(text, bindings, []))
    assert read_tenants(fleet, ("alder",), (STAGING,), TODAY)


def test_what_other_environments_bind_is_known(fleet: Path) -> None:
    (tenant,) = read_tenants(fleet, ("alder",), (STAGING,), TODAY)
    assert bound_elsewhere(tenant, STAGING) == wanted_by(tenant, PRODUCTION)
    assert bound_in_accounts(fleet, {tenant.config.account_id}) == {}
    assert {one.id for one in wanted_by(tenant, STAGING)}.isdisjoint(
        {one.id for one in bound_elsewhere(tenant, STAGING) if one.kind is not K.GATEWAY}
    )


def test_what_another_tenant_of_the_account_binds_is_known(fleet: Path) -> None:
    (alder,) = read_tenants(fleet, ("alder",), (STAGING,), TODAY)
    (birch,) = read_tenants(fleet, ("birch",), (STAGING,), TODAY)
    account = alder.config.account_id
    edit_file(
        fleet,
        "tenants/birch/tenant.config.json",
        lambda text: set_value(text, ("accountId",), account),
    )
    found = bound_in_accounts(fleet, {account})
    assert {*wanted_by(alder, STAGING), *wanted_by(birch, PRODUCTION)} <= {*found[account]}
