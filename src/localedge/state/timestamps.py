"""Times as Cloudflare's API writes them."""

from datetime import UTC, datetime


def now() -> str:
    """Return the current time: UTC, microseconds, `Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
