"""Leave a pinned or frozen tenant alone: what a pin or a freeze says, and who heeds it."""

from datetime import datetime

from edgefleet.config.tenant import Tenant, TenantConfig
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import UsageError
from edgefleet.records.models import Action, Origin, Record


class TargetHeld(UsageError):
    """A tenant is pinned or frozen."""

    code = "held"


def check_hold(tenant: Tenant, request: DeployRequest, ports: Dependencies) -> None:
    """Raise `TargetHeld` where a tenant is to be left alone; who does not heed it is told of it.

    `force` is no word about holds: it goes to whole fleets. A rollback goes on in any case: it is
    what takes a tenant to its pin, and a bad version is taken back at any time.
    """
    if request.action is not Action.DEPLOY:
        return
    words = hold(tenant.config, ports.clock.now(), request.origin)
    if words is None:
        return
    if request.heed_hold:
        raise TargetHeld(
            f"{tenant.name} is {words}",
            hint=f"change tenants/{tenant.name}/tenant.config.json; or deploy it alone all the "
            f"same: edgefleet deploy --tenant {tenant.name} --env {request.target.environment} "
            "--ignore-hold",
        )
    ports.progress.say(f"  note: {tenant.name} is {words}")


def was_held(record: Record) -> bool:
    """Whether a deploy ended before it began, since its tenant is to be left alone."""
    return record.error is not None and record.error.code == TargetHeld.code


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
