"""How often the targets of a ring are looked at, so that Cloudflare's limits hold."""

from collections import Counter
from collections.abc import Iterable

from edgefleet.canary.watch import usual_wait
from edgefleet.config.canary.policy import SourceName

LOOKS_PART = 0.5
"""The part of a limit that looks may use; the rest is for what follows from them."""
REQUESTS_A_LOOK = {"worker": 1, "analytics": 2, "logs": 3}
"""API requests of one look: the deployment in force, and what Cloudflare counted. Workers Logs are
asked twice. The Worker's own counters are no request to the API."""
GRAPHQL_REQUESTS, GRAPHQL_SECONDS = 300, 300.0
"""https://developers.cloudflare.com/analytics/graphql-api/limits/: what one user may ask."""
LONGEST_LOOK_WAIT = 300.0
"""A lease lasts ten minutes, and each look renews it."""
WAKES_A_SECOND, SHORTEST_REST, LONGEST_REST = 100, 0.1, 5.0
"""How often all waiting threads together see whether there is anything to do."""


def look_wait(
    soak: float, source: SourceName, owners: Iterable[str], limit: tuple[int, float]
) -> float:
    """Return the seconds between two looks at each target of a ring.

    `owners` are those of the targets' tokens, each as often as it has targets; `limit` says how
    many API requests one owner may make, in how many seconds.
    """
    most = max(Counter(owners).values(), default=1)
    requests, seconds = limit
    needed = most * REQUESTS_A_LOOK[source] * seconds / (requests * LOOKS_PART)
    if source == "analytics":
        needed = max(needed, most * GRAPHQL_SECONDS / (GRAPHQL_REQUESTS * LOOKS_PART))
    return min(max(usual_wait(soak), needed), max(LONGEST_LOOK_WAIT, usual_wait(soak)))


def rest(targets: int) -> float:
    """Return for how many seconds a thread sleeps at a time while it waits, one of so many."""
    return min(max(targets / WAKES_A_SECOND, SHORTEST_REST), LONGEST_REST)
