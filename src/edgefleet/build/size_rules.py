"""Cloudflare's limits on what a Worker weighs, and how its start is read from a CPU profile.

https://developers.cloudflare.com/workers/platform/limits/#worker-size (after compression) and
#worker-startup-time (parsing and running the global scope), as of November 2026.
"""

from itertools import pairwise

from edgefleet.build.size_models import BundleSize
from edgefleet.core.model import Json

FREE_BYTES = 3_000_000
PAID_BYTES = 10_000_000
STARTUP_MS = 1_000.0


def over_limit(weight: BundleSize) -> tuple[str, ...]:
    """Return a sentence for each limit that this is above."""
    found = []
    if weight.gzip_size > PAID_BYTES:
        found.append("Cloudflare refuses an upload of more than 10 MB after gzip")
    elif weight.gzip_size > FREE_BYTES:
        found.append("more than 3 MB after gzip needs a Workers Paid plan in every account")
    if weight.startup_ms is not None and weight.startup_ms > STARTUP_MS:
        found.append("Cloudflare refuses a Worker whose start takes more than 1 s of CPU time")
    return tuple(found)


def cpu_time_ms(profile: Json) -> float:
    """Return the milliseconds in which a CPU profile of V8's saw something run.

    Raises `ValueError` for what is no such profile.
    """
    try:
        idle = {
            node["id"] for node in profile["nodes"] if node["callFrame"]["functionName"] == "(idle)"
        }
        times, now = [], profile["startTime"]
        for delta in profile["timeDeltas"]:
            now += delta
            times.append(now)
        spans = pairwise([*times, max(now, profile["endTime"])])
        taken = zip(profile["samples"], spans, strict=True)
        busy = sum(end - start for sample, (start, end) in taken if sample not in idle)
        return float(busy) / 1_000
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("it is no CPU profile") from error
