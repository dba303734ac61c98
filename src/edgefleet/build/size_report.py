"""What a built Worker weighs, for people, beside what Cloudflare allows."""

from edgefleet.build.size_models import BundleSize
from edgefleet.build.size_rules import over_limit

GZIP_LIMITS = "limit, gzip: 3 MB Workers Free, 10 MB Workers Paid"


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
