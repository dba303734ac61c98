"""Results of health checks and smoke tests, as text and as JSON."""

from collections.abc import Iterable
from typing import NamedTuple

from edgefleet.config.health.proof import ProofLevel
from edgefleet.config.target import Target, target_entry
from edgefleet.core.ids import short_id
from edgefleet.core.model import Json
from edgefleet.health.models import SmokeResult
from edgefleet.locks.models import Lock
from edgefleet.records.models import Health


class HealthResult(NamedTuple):
    """A target, what its probe found, and its smoke test, where there was one."""

    target: Target
    health: Health
    smoke: SmokeResult | None = None
    held: str | None = None
    """The pin or freeze that is in force, in words."""
    lock: Lock | None = None
    """The lock of a run that changes the target."""


def health_text(checked: HealthResult) -> str:
    """Return one line about one target."""
    held = f"  ({checked.held})" if checked.held else ""
    return f"{checked.target}: {_found(checked.health, checked.smoke)}{held}"


def health_json(results: Iterable[HealthResult]) -> Json:
    """Return all results as a JSON value; `smoke` is there where there was such a test."""
    return [
        target_entry(
            one.target,
            {
                "state": state(one.health),
                "held": one.held,
                "locked_by": one.lock and one.lock.model_dump(mode="json"),
            }
            | one.health.model_dump(mode="json")
            | ({"smoke": one.smoke.model_dump()} if one.smoke else {}),
        )
        for one in results
    ]


def state(health: Health) -> str:
    """Return what a probe found in one or two words."""
    if health.healthy:
        return "healthy"
    return "unhealthy" if health.deployed else "not deployed"


def _found(health: Health, smoke: SmokeResult | None) -> str:
    if not health.healthy:
        return f"{state(health)}  {health.url}: {health.reason}"
    version = _version(health)
    if smoke is None:
        return f"healthy  {version}  {health.seconds:.2f} s  {health.url}"
    if not smoke.passed:
        return f"smoke test failed  {version}  {health.url}: {smoke.reason}"
    tested = f"smoke test passed in {smoke.seconds:.2f} s"
    return f"healthy, {tested}  {version}  {health.seconds:.2f} s  {health.url}"


def _version(health: Health) -> str:
    """Return the version and what is shown of it; what was proved, where that is less than all."""
    shown = "".join(f"  {name} {value}" for name, value in health.shown.items())
    if health.proof in {None, ProofLevel.TENANT}:
        return f"version {short_id(health.version_id)}{shown}"
    version = short_id(health.version_id or health.live_version_id, "-")
    return f"version {version}{shown}  proved: {health.proof}"
