"""`edgefleet dev`."""

import json
import os
import sys
from pathlib import Path

import click

from edgefleet.build.build import Bundler
from edgefleet.build.bundle_store import MODULES, write_modules
from edgefleet.build.render import linked_assets, render_dev, rendered_config
from edgefleet.cli.options.shared import root_option, tenant_option
from edgefleet.cli.tenant_selection import select_one
from edgefleet.cli.wiring import Wiring
from edgefleet.cloudflare.worker.bundle import Bundle
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
    wrangler follows changes of the source; what a script of worker.build made is built once.
    """
    wiring = Wiring(root)
    name = select_one(wiring.root, tenant, "dev")
    (loaded,) = wiring.tenants((name,), (DEV,))
    folder = wiring.root / ".edgefleet" / "dev" / loaded.name
    if loaded.fleet.worker.build.of_wrangler:
        config = _write(loaded, folder)
    else:
        with wiring.progress.step("build"):
            bundle = Bundler(wiring.builder)(wiring.root, loaded, DEV)
        config = _write_built(loaded, bundle, folder)
    options = ["--local", *_secrets(loaded), *arguments]
    sys.exit(wiring.wrangler.dev(config, options))


def _write(tenant: Tenant, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "wrangler.json"
    rendered = render_dev(tenant, lambda path: os.path.relpath(tenant.paths_from / path, folder))
    if command := rendered.get("build"):
        # wrangler runs it in its own folder, and looks for changes from the file's.
        watched = tenant.paths_from / command.get("watch_dir", "src")
        rendered["build"] = {
            **command,
            "cwd": str(tenant.paths_from / command.get("cwd", ".")),
            "watch_dir": os.path.relpath(watched, folder),
        }
    config.write_text(json.dumps(rendered, indent=2) + "\n")
    return config


def _write_built(tenant: Tenant, bundle: Bundle, folder: Path) -> Path:
    # In a separate folder: wrangler follows it, and writes its log beside the configuration.
    write_modules(bundle, folder / MODULES)
    config = folder / "wrangler.json"
    rendered = rendered_config(tenant, DEV, bundle)
    if bundle.main_module is not None:
        rendered |= {"main": f"{MODULES}/{bundle.main_module}", "base_dir": MODULES}
    rendered |= linked_assets(rendered, bundle, folder / "assets")
    config.write_text(json.dumps(rendered, indent=2) + "\n")
    return config


def _secrets(tenant: Tenant) -> list[str]:
    file = tenant.folder / ".dev.vars"
    return ["--env-file", str(file)] if file.exists() else []
