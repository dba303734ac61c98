"""`edgefleet dev`."""

import json
import os
import sys
from pathlib import Path

import click

from edgefleet.build.render import render_dev
from edgefleet.cli.options.shared import root_option, tenant_option
from edgefleet.cli.tenant_selection import select_one
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import DEV
from edgefleet.config.tenant import Tenant


@click.command(context_settings={"ignore_unknown_options": True})
@tenant_option
@root_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dev(*, tenant: str, root: Path | None, arguments: tuple[str, ...]) -> None:
    """Run one tenant's Worker on this machine, with wrangler dev.

    ARGUMENTS after -- go to wrangler, for example: -- --port 8788. No token is used: what exists
    at Cloudflare alone (AI, Vectorize) answers an error; 'edgefleet rehearse --keep' has stand-ins.
    """
    wiring = Wiring(root)
    name = select_one(wiring.root, tenant, "dev")
    (loaded,) = wiring.tenants((name,), (DEV,))
    config = _write(loaded, wiring.root / ".edgefleet" / "dev" / loaded.name)
    options = ["--local", *_secrets(loaded), *arguments]
    sys.exit(wiring.wrangler.dev(config, options))


def _write(tenant: Tenant, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    main = tenant.paths_from / tenant.resolved(DEV)["main"]
    config = folder / "wrangler.json"
    rendered = render_dev(tenant, os.path.relpath(main, folder))
    config.write_text(json.dumps(rendered, indent=2) + "\n")
    return config


def _secrets(tenant: Tenant) -> list[str]:
    file = tenant.folder / ".dev.vars"
    return ["--env-file", str(file)] if file.exists() else []
