"""Our tenants say only what differs, and are deployed as their whole files said before."""

from dataclasses import replace
from pathlib import Path

import pytest

from edgefleet.build.own_command.asked import asked
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, DEV, Environment
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid_then
from support.project import IN_FULL, ROOT

ALL = (*DEFAULT_ENVIRONMENTS, DEV)
TENANTS = ("mrrainbowsmoke", "rainbowsmokeofficial")


@pytest.fixture(scope="module")
def own() -> dict[str, Tenant]:
    """Read our tenants."""
    found = require_valid_then(ROOT, TENANTS, ALL, fleet_of(ROOT))
    return {tenant.name: tenant for tenant in found}


def main_of(tenant: Tenant, environment: Environment) -> Path:
    return (tenant.paths_from / str(tenant.resolved(environment)["main"])).resolve()


@pytest.mark.parametrize("environment", ALL)
@pytest.mark.parametrize("name", TENANTS)
def test_what_is_deployed_is_what_the_whole_file_said(
    own: dict[str, Tenant], name: str, environment: Environment
) -> None:
    tenant = own[name]
    whole = replace(tenant, source=(IN_FULL / f"{name}.jsonc").read_text())
    assert main_of(tenant, environment) == main_of(whole, environment)
    assert asked(ROOT, tenant, environment) == asked(ROOT, whole, environment)
    before = {**whole.resolved(environment), "main": "index.ts"}
    assert tenant.resolved(environment) == before


@pytest.mark.parametrize("name", TENANTS)
def test_an_overlay_is_less_than_half_of_the_whole_file(name: str) -> None:
    overlay = ROOT / "tenants" / name / "wrangler.jsonc"
    assert len(overlay.read_text()) * 2 < len((IN_FULL / f"{name}.jsonc").read_text())
