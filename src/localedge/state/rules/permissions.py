"""Which permission of a token a request needs.

Named as Cloudflare names permission groups:
https://developers.cloudflare.com/fundamentals/api/reference/permissions/
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


def needed(method: str, path: str) -> str | None:
    """Return the permission group that a request needs; None where this server has no rule.

    `path` is relative to the API's base. A query of D1 is a POST that reading alone allows.
    """
    query = path.endswith(("/query", "/raw"))
    level = READ if method in READS or query else WRITE
    found = next((name for pattern, name in GROUPS if pattern.fullmatch(path)), None)
    return f"{found} {level}" if found else None


def allowed(granted: frozenset[str], method: str, path: str) -> bool:
    """Whether a token with these permission groups may make a request: who may write may read."""
    group = needed(method, path)
    return group is None or not {group, group.replace(READ, WRITE)}.isdisjoint(granted)
