"""Whether a tenant is to be left alone: it is pinned to what it has, or its deploys are frozen."""

from datetime import datetime

from edgefleet.model.record import Origin
from edgefleet.model.tenant import TenantConfig


def hold(config: TenantConfig, now: datetime, origin: Origin) -> str | None:
    """Return in words why a deploy must leave this tenant alone; None where it need not.

    A tenant that is pinned to a commit may be deployed from that very commit.
    """
    pin = config.pin
    if not _frozen(config, now) and pin:
        at_commit = pin.commit and (origin.git_commit or "").startswith(pin.commit)
        if at_commit and not origin.dirty:
            return None
    return in_force(config, now)


def in_force(config: TenantConfig, now: datetime) -> str | None:
    """Return the freeze or else the pin that is in force, in words; None where there is none."""
    freeze, pin = config.freeze, config.pin
    if freeze and _frozen(config, now):
        return f"frozen until {freeze.until:%Y-%m-%d %H:%M %Z}: {freeze.reason}"
    if pin is None or now.date() > pin.expires:
        return None
    what = f"commit {pin.commit}" if pin.commit else f"version {pin.version}"
    return f"pinned to {what} until {pin.expires}: {pin.reason}"


def _frozen(config: TenantConfig, now: datetime) -> bool:
    return config.freeze is not None and config.freeze.start <= now < config.freeze.until
