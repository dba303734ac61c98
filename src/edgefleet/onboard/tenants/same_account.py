"""Read a tenant that may lack resources, and the others of its account."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import account_of, tenant_names
from edgefleet.config.tenant import Tenant
from edgefleet.onboard.provision.reading import read_tenants


def tenants_of_account(root: Path, name: str, today: date) -> Sequence[Tenant]:
    """Return the tenant `name`, then the others that have the same account.

    Raises `ConfigError` where the files of one of them are not valid, but for ids of resources.
    """
    own = account_of(root, name)
    others = (one for one in tenant_names(root) if one != name and account_of(root, one) == own)
    return read_tenants(root, (name, *others), fleet_of(root).deployable, today)
