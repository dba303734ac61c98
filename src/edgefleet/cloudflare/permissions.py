"""Which permission a token lacks for a request that Cloudflare refused.

Cloudflare says "Authentication error" alike for a token of another account and for one without a
permission, and tells no token which permissions it has. Names of groups:
https://developers.cloudflare.com/fundamentals/api/reference/permissions/
"""

import re
from typing import NamedTuple

READS = frozenset({"GET", "HEAD"})


class Permission(NamedTuple):
    """One permission, as the dashboard shows it: such as Account, Workers Scripts, Edit."""

    scope: str
    name: str
    level: str

    @property
    def group(self) -> str:
        """The permission group of Cloudflare's API."""
        return f"{self.name} {'Write' if self.level == 'Edit' else self.level}"

    @property
    def hint(self) -> str:
        """What to do where a token lacks it."""
        return (
            f"add the permission {self.scope}, {self.name}, {self.level} (the group "
            f'"{self.group}" of the API) to the token at '
            "https://dash.cloudflare.com/?to=/:account/api-tokens"
        )


D1_WRITE = Permission("Account", "D1", "Edit")
"""What a query needs whose SQL writes: its path does not show that."""
_ACCOUNT = r"/accounts/[^/?]+"
_GROUPS = tuple(
    (re.compile(pattern), scope, name)
    for pattern, scope, name in (
        (rf"{_ACCOUNT}/workers/scripts/[^/]+/tails\b", "Account", "Workers Tail"),
        (rf"{_ACCOUNT}/workers/observability\b", "Account", "Workers Observability"),
        (rf"{_ACCOUNT}/(?:workers|workflows)\b", "Account", "Workers Scripts"),
        (rf"{_ACCOUNT}/d1\b", "Account", "D1"),
        (rf"{_ACCOUNT}/storage/kv\b", "Account", "Workers KV Storage"),
        (rf"{_ACCOUNT}/r2\b", "Account", "Workers R2 Storage"),
        (rf"{_ACCOUNT}/queues\b", "Account", "Queues"),
        (rf"{_ACCOUNT}/vectorize\b", "Account", "Vectorize"),
        (rf"{_ACCOUNT}/hyperdrive\b", "Account", "Hyperdrive"),
        (rf"{_ACCOUNT}/ai-gateway\b", "Account", "AI Gateway"),
        (rf"{_ACCOUNT}/secrets_store\b", "Account", "Secrets Store"),
        (rf"{_ACCOUNT}/pipelines\b", "Account", "Pipelines"),
        (r"/zones/[^/?]+/workers\b", "Zone", "Workers Routes"),
        (r"/zones\b", "Zone", "Zone"),
        (r"/graphql$", "Account", "Account Analytics"),
        (rf"{_ACCOUNT}(?:\?|$)", "Account", "Account Settings"),
    )
)
"""The begin of a path -> the scope and the name of the permission that it needs."""

READ_BY_POST = re.compile(r"(?:/d1/database/[^/]+/(?:query|raw)|/graphql)$")


def permission_of(request: str) -> Permission | None:
    """Return the permission that a request (`METHOD PATH`) needs; None where that is not known."""
    method, _, path = request.partition(" ")
    reads = method in READS or READ_BY_POST.search(path)
    for pattern, scope, name in _GROUPS:
        if pattern.match(path):
            return Permission(scope, name, "Read" if reads else "Edit")
    return None
