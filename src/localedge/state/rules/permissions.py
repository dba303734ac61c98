"""Which permission of a token a request needs.

Named as Cloudflare names permission groups:
https://developers.cloudflare.com/fundamentals/api/reference/permissions/. Which of them a request
accepts stands at each method of https://developers.cloudflare.com/api/, and as `x-api-token-group`
in its schema (https://github.com/cloudflare/api-schemas).
"""

import re

WRITE, READ = "Write", "Read"
READS = frozenset({"GET", "HEAD"})

_ACCOUNT = r"/accounts/[^/]+"
GROUPS = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (rf"{_ACCOUNT}/(?:workers|workflows)(?:/.*)?", "Workers Scripts"),
        (rf"{_ACCOUNT}/d1(?:/.*)?", "D1"),
        (rf"{_ACCOUNT}/storage/kv(?:/.*)?", "Workers KV Storage"),
        (rf"{_ACCOUNT}/r2(?:/.*)?", "Workers R2 Storage"),
        (rf"{_ACCOUNT}/queues(?:/.*)?", "Queues"),
        (rf"{_ACCOUNT}/vectorize(?:/.*)?", "Vectorize"),
        (rf"{_ACCOUNT}/hyperdrive(?:/.*)?", "Hyperdrive"),
        (rf"{_ACCOUNT}/ai-gateway(?:/.*)?", "AI Gateway"),
        (rf"{_ACCOUNT}", "Account Settings"),
        (r"/zones/[^/]+/workers(?:/.*)?", "Workers Routes"),
        (r"/zones(?:/[^/]+)?", "Zone"),
    )
)

AS_WELL = {"Queues": "Workers Scripts"}
"""A group -> another one that opens the same: a token that writes Workers writes their queues."""


def needed(method: str, path: str) -> str | None:
    """Return the permission group that a request needs; None where this server has no rule.

    `path` is relative to the API's base. A query of D1 is a POST that reading alone allows; what
    its SQL may do is decided where it runs (see `may_write`).
    """
    query = path.endswith(("/query", "/raw"))
    level = READ if method in READS or query else WRITE
    found = next((name for pattern, name in GROUPS if pattern.fullmatch(path)), None)
    return f"{found} {level}" if found else None


def allowed(granted: frozenset[str], method: str, path: str) -> bool:
    """Whether a token with these permission groups may make a request: who may write may read."""
    group = needed(method, path)
    if group is None:
        return True
    name, _, level = group.rpartition(" ")
    names = {name, AS_WELL.get(name, name)}
    levels = {level, WRITE}
    return any(f"{one} {other}" in granted for one in names for other in levels)


def may_write(granted: frozenset[str] | None, group: str) -> bool:
    """Whether a token with these permission groups may write what a group is about; None: all."""
    return granted is None or f"{group} {WRITE}" in granted
