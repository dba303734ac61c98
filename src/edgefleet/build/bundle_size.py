"""The size and start-up time of a built Worker, against Cloudflare's limits."""

from itertools import pairwise

from edgefleet.cloudflare.limits import GZIP_BYTES_FREE, GZIP_BYTES_PAID, STARTUP_MS
from edgefleet.cloudflare.worker.bundle import Bundle, Manifest
from edgefleet.core.model import Json, Model


class BundleSize(Model):
    """Bytes as Cloudflare counts them, and the start as it was measured on this machine."""

    size: int
    """Bytes of all modules."""
    gzip_size: int
    """The same, compressed: what Cloudflare limits."""
    startup_ms: float | None
    """CPU time of the modules' global scope in workerd, sampled about each millisecond."""
    not_measured: str = ""
    """Why there is no `startup_ms`; empty where there is one."""


class BuildResult(Manifest):
    """What `edgefleet build --format json` prints."""

    weight: BundleSize

    @classmethod
    def of_bundle(cls, bundle: Bundle, weight: BundleSize) -> "BuildResult":
        """Describe a bundle and what it weighs."""
        return cls(**dict(Manifest.of(bundle)), weight=weight)


def over_limit(weight: BundleSize) -> tuple[str, ...]:
    """Return a sentence for each limit that this is above."""
    found = []
    if weight.gzip_size > GZIP_BYTES_PAID:
        found.append("Cloudflare refuses an upload of more than 10 MiB after gzip")
    elif weight.gzip_size > GZIP_BYTES_FREE:
        found.append("more than 3 MiB after gzip needs a Workers Paid plan in every account")
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


GZIP_LIMITS = "limit, gzip: 3 MiB Workers Free, 10 MiB Workers Paid"


def size_text(weight: BundleSize) -> str:
    """Return a line each for size and start, and one for each limit that is passed."""
    lines = [
        f"  size        {_kib(weight.size)}, gzip {_kib(weight.gzip_size)}  ({GZIP_LIMITS})",
        f"  start       {_start(weight)}  (limit: 1 s)",
        *(f"  warning     {words}" for words in over_limit(weight)),
    ]
    return "\n".join(lines)


def _start(weight: BundleSize) -> str:
    if weight.startup_ms is None:
        return f"not measured: {weight.not_measured}"
    took = f"{weight.startup_ms:.0f} ms" if weight.startup_ms >= 1 else "under 1 ms"
    return f"{took} of CPU time in workerd, on this machine"


def _kib(size: int) -> str:
    return f"{size / 1024:.1f} KiB"
