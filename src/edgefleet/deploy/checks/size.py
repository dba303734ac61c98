"""The size of a bundle against the limit of the account's plan, before it is uploaded."""

from edgefleet.cloudflare.limits import GZIP_BYTES_FREE, GZIP_BYTES_PAID
from edgefleet.cloudflare.plan_limits import WorkersPlan, excess
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.errors import ConfigError


def size_note(bundle: Bundle, plan: WorkersPlan | None) -> str:
    """Return a warning where the bundle is too large for the free plan, which is assumed.

    Raises `ConfigError` if it is too large for the plan that is named, or for any.
    """
    size = bundle.gzip_size
    found = excess(size, GZIP_BYTES_FREE, GZIP_BYTES_PAID, plan)
    if found is None:
        return ""
    words = f"the Worker has {size:,} bytes after gzip, {found.words}"
    if found.certain:
        raise ConfigError(
            f"{words}: nothing was uploaded",
            hint="make it smaller; `edgefleet build` shows its size",
        )
    return words
