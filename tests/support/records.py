"""Records and deployments, as a test needs them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from edgefleet.cloudflare.models import DeploymentEvent, TrafficShare
from edgefleet.config.target import STAGING, Target
from edgefleet.records.models import Action, Record, Status

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TARGET = Target(tenant="acme", environment=STAGING)


def at(seconds: float) -> datetime:
    """Return a time, in seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def run(start: float, end: float | None, **fields: Any) -> Record:
    """Return the record of a run from `start` to `end`, in seconds after noon."""
    given = {
        "tenant": TARGET.tenant,
        "environment": TARGET.environment,
        "action": Action.DEPLOY,
        "status": Status.IN_PROGRESS if end is None else Status.SUCCEEDED,
        "edgefleet_version": "0",
        "started": at(start),
        "finished": None if end is None else at(end),
    }
    return Record.model_validate({**given, **fields})


def deployed(made: float, *versions: str, **fields: Any) -> DeploymentEvent:
    """Return a deployment that was made at `made`, in seconds after noon."""
    first, *others = versions
    shares = [TrafficShare(version_id=first, percentage=100)]
    shares += [TrafficShare(version_id=version, percentage=0) for version in others]
    given = {"id": f"{made}-{first}", "created_on": at(made), "versions": tuple(shares)}
    return DeploymentEvent.model_validate({**given, **fields})
