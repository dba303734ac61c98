"""How much of Cloudflare's limits a built Worker takes up."""

from edgefleet.cloudflare.worker.bundle import Bundle, Manifest
from edgefleet.core.model import Model


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
