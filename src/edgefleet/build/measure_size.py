"""Measure a built Worker: its size and its start-up time. It never fails a build."""

from collections.abc import Mapping

from edgefleet.build.bundle_size import BundleSize
from edgefleet.build.bundle_store import BundleStore
from edgefleet.build.wrangler import Wrangler
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.bundle_form import startup_form
from edgefleet.core.model import Json
from edgefleet.errors import EdgefleetError


def measure_bundle(
    bundle: Bundle,
    resolved: Mapping[str, Json],
    wrangler: Wrangler,
    bundles: BundleStore,
    *,
    again: bool = False,
) -> BundleSize:
    """Return the size of a stored bundle; its start-up time is measured once, unless `again`.

    `resolved` is the configuration of a target that runs it: it says which flags it starts with.
    """
    known = None if again else bundles.weight(bundle)
    if known is not None:
        return known
    startup, reason = None, ""
    try:
        startup = round(wrangler.startup_ms(startup_form(bundle, resolved)), 1)
    except EdgefleetError as error:
        reason = error.message.splitlines()[0]
    weight = unstarted(bundle, reason).model_copy(update={"startup_ms": startup})
    if startup is not None:
        bundles.keep_weight(bundle, weight)
    return weight


def unstarted(bundle: Bundle, reason: str) -> BundleSize:
    """Return the size of a bundle that is not started, for a reason."""
    return BundleSize(
        size=bundle.size, gzip_size=bundle.gzip_size, startup_ms=None, not_measured=reason
    )
