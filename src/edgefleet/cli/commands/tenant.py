"""`edgefleet tenant`: the group of what is done with a tenant as a whole."""

from edgefleet.cli.lazy_group import LazyGroup

tenant = LazyGroup(
    {
        "add": "Write the files of a new tenant.",
        "remove": "Delete what a tenant has at Cloudflare and at GitHub, and its files.",
        "list": "List tenants, accounts, environments and the last record of each.",
    },
    within="tenant",
    help_text="Add, list and remove tenants.",
)
