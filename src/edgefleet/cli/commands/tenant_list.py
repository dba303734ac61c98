"""`edgefleet tenant list`: the same as `edgefleet tenants`."""

from edgefleet.cli.commands.tenants import tenants

tenant_list = tenants
