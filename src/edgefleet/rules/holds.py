"""Whether a tenant is to be left alone: it is pinned to what it has, or its deploys are frozen."""

from datetime import datetime

from edgefleet.model.record import Origin
from edgefleet.model.tenant import TenantConfig


def hold(config: TenantConfig, now: datetime, origin: Origin) -> str | None:
    """Return in words why a deploy must leave this tenant alone; None where it need not.

    A tenant that is pinned to a commit may be deployed from that very commit.
    """
    frozen, pin = config.freeze, config.pin
    if frozen and frozen.start <= now < frozen.until:
        return f"frozen until {frozen.until:%Y-%m-%d %H:%M %Z}: {frozen.reason}"
    if pin is None or now.date() > pin.expires:
        return None
    at_commit = pin.commit and (origin.git_commit or "").startswith(pin.commit)
    if at_commit and not origin.dirty:
        return None
    what = f"commit {pin.commit}" if pin.commit else f"version {pin.version}"
    return f"pinned to {what} until {pin.expires}: {pin.reason}"
