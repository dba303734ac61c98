"""Three hundred tenants that serve the same files, and one that serves others."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from edgefleet.build.assets import read
from edgefleet.build.build import Builder, Bundler, build
from edgefleet.build.own_command.commands import Commands
from edgefleet.build.wrangler import Wrangler
from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from support.other_workers import make_other
from support.project import ROOT

TODAY = date(2026, 11, 1)


def many(folder: Path) -> tuple[Path, Sequence[Tenant]]:
    """Make a fleet of static sites of which the last one has an overlay with a folder."""
    root = make_other(folder, "site").root
    for number in range(300):
        tenant = root / "tenants" / f"t{number:03d}"
        tenant.mkdir()
        config = f'{{ "tenantId": "t{number:03d}", "accountId": "{number:032x}" }}'
        (tenant / "tenant.config.json").write_text(config)
        (tenant / "wrangler.jsonc").write_text(f'{{ "name": "t{number:03d}-site" }}')
    (tenant / "pages").mkdir()
    (tenant / "pages" / "index.html").write_text("<h1>Own</h1>")
    (tenant / "wrangler.jsonc").write_text('{ "name": "own", "assets": { "directory": "pages" } }')
    names = tenant_names(root)
    return root, require_valid(root, names, DEFAULT_ENVIRONMENTS, today=TODAY)


def test_each_file_is_hashed_once_for_the_fleet(tmp_path: Path) -> None:
    root, tenants = many(tmp_path)
    commands = Commands(os.environ, str, tmp_path / "packages", print)
    builder = Builder(Wrangler(ROOT / "node_modules", os.environ, str), None, commands)
    before = read._hash.cache_info().misses

    bundle = build(root, tenants, DEFAULT_ENVIRONMENTS, builder)
    assert [(one.directory, len(one.files)) for one in bundle.assets] == [
        ("src/worker/pages", 4),
        ("tenants/t299/pages", 1),
    ]
    bundler = Bundler(builder)
    sets = {bundler(root, tenant, STAGING).assets[0].digest for tenant in tenants}
    assert sets == {one.digest for one in bundle.assets}
    assert read._hash.cache_info().misses - before == 5
