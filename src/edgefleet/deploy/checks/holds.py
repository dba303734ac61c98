"""Pins and freezes: whether a deploy must skip a tenant, and why."""

from datetime import datetime

from edgefleet.config.fleet_config import DEFAULTS, FLEET_FILE
from edgefleet.config.tenant import Tenant, TenantConfig
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import UsageError
from edgefleet.records.models import Action, Origin, Record


class TargetHeld(UsageError):
    """A tenant is pinned or frozen."""

    code = "held"


def check_hold(tenant: Tenant, request: DeployRequest, deps: Dependencies) -> None:
    """Raise `TargetHeld` if the tenant is pinned or frozen; with `heed_hold=False` print a note.

    `--force` does not override a hold, because it applies to whole fleets. A rollback goes on in
    any case: it takes a tenant to its pin, and a bad version may be rolled back at any time.
    """
    if request.action is not Action.DEPLOY:
        return
    reason = hold(tenant.config, deps.clock.now(), request.origin)
    if reason is None:
        return
    if request.heed_hold:
        raise TargetHeld(
            f"{tenant.name} is {reason}",
            hint=f"change {_file(tenant, deps.clock.now())}; or deploy this tenant all the "
            f"same: edgefleet deploy {request.target.as_option} --ignore-hold",
        )
    deps.progress.say(f"  note: {tenant.name} is {reason}")


def _file(tenant: Tenant, now: datetime) -> str:
    """Return the file that says the hold in force."""
    if _frozen(tenant.config, now) and tenant.config.freeze == tenant.fleet.defaults.freeze:
        return f"{DEFAULTS}.freeze of {FLEET_FILE}"
    return f"tenants/{tenant.name}/tenant.config.json"


def was_held(record: Record) -> bool:
    """Whether a deploy was refused because its tenant is pinned or frozen."""
    return record.error is not None and record.error.code == TargetHeld.code


def hold(config: TenantConfig, now: datetime, origin: Origin) -> str | None:
    """Return why a deploy must skip this tenant; None if it need not.

    A tenant that is pinned to a commit may be deployed from that commit.
    """
    pin = config.pin
    if not _frozen(config, now) and pin:
        at_commit = pin.commit and (origin.git_commit or "").startswith(pin.commit)
        if at_commit and not origin.dirty:
            return None
    return in_force(config, now)


def in_force(config: TenantConfig, now: datetime) -> str | None:
    """Return a description of the freeze, or else the pin, in force; None if there is none."""
    freeze, pin = config.freeze, config.pin
    if freeze and _frozen(config, now):
        return f"frozen until {freeze.until:%Y-%m-%d %H:%M %Z}: {freeze.reason}"
    if pin is None or now.date() > pin.expires:
        return None
    what = f"commit {pin.commit}" if pin.commit else f"version {pin.version}"
    return f"pinned to {what} until {pin.expires}: {pin.reason}"


def _frozen(config: TenantConfig, now: datetime) -> bool:
    return config.freeze is not None and config.freeze.start <= now < config.freeze.until
