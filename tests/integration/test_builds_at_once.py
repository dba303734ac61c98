"""What is built is what was asked for, whatever else is built at the same time."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edgefleet.build.build import Builder, build
from edgefleet.build.own_command.commands import Commands
from edgefleet.build.wrangler import Bundled, Wrangler
from edgefleet.config.target import STAGING
from edgefleet.config.tenant import Tenant
from edgefleet.http.multipart import FormPart, write_form
from support.many import tenant_of


class Fake(Wrangler):
    """A wrangler whose bundle is the configuration that it was given."""

    meanwhile: Callable[[], object] | None = None
    """What happens in another terminal after the first configuration was written."""

    def __init__(self) -> None:
        super().__init__(Path(), os.environ, str)

    def version(self) -> str:
        return "a test"

    def bundle(self, config: Path) -> Bundled:
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            happens()
        main = FormPart("index.js", "application/javascript+module", config.read_bytes())
        return Bundled(form=write_form('{"main_module": "index.js"}', [main]), inputs=())


def minified(tenant: Tenant) -> Tenant:
    return replace(tenant, source=json.dumps({**tenant.wrangler, "minify": True}))


def test_concurrent_builds_keep_their_configurations(tmp_path: Path) -> None:
    tenant, wrangler = tenant_of(tmp_path, "acme"), Fake()
    commands = Commands(os.environ, str, tmp_path / "packages", print)

    def built(one: Tenant) -> dict[str, object]:
        bundle = build(tmp_path, (one,), (STAGING,), Builder(wrangler, None, commands))
        found: dict[str, object] = json.loads(bundle.modules[0].content)
        return found

    wrangler.meanwhile = lambda: built(minified(tenant))

    assert "minify" not in built(tenant)
    assert built(minified(tenant))["minify"] is True
    assert [path.name for path in (tmp_path / ".edgefleet/build").iterdir()] == []
