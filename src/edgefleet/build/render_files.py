"""Write the configuration and modules of one target, ready for plain wrangler."""

import json
from pathlib import Path

from edgefleet.build.bundle_store import write_modules
from edgefleet.build.render import render as rendered
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant


def render(tenant: Tenant, environment: Environment, bundle: Bundle, folder: Path) -> Path:
    """Write `wrangler.json` and the bundle's modules into `folder`; return the configuration.

    wrangler deploys it with `wrangler deploy --config PATH`, and can rewrite nobody's file: it
    sees this copy alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_modules(bundle, folder)
    path = folder / "wrangler.json"
    path.write_text(json.dumps(rendered(tenant, environment, bundle), indent=2) + "\n")
    return path
