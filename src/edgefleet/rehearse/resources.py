"""Write down the accounts and resources that a fleet binds, for an embedded Cloudflare to make."""

import json
from collections.abc import Iterable
from pathlib import Path

from edgefleet.config.tenant import Tenant


def resource_files(tenants: Iterable[Tenant], folder: Path) -> list[Path]:
    """Write a wrangler file for each tenant, with its environments as they are deployed.

    localedge makes what such a file names; it knows nothing of a base and overlays.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    files = []
    for tenant in tenants:
        environments = {one: tenant.resolved(one) for one in tenant.fleet.deployable}
        file = folder / f"{tenant.name}.json"
        file.write_text(json.dumps({"account_id": tenant.config.account_id, "env": environments}))
        files.append(file)
    return files
