"""What probes found, for people and for programs."""

from collections.abc import Iterable

from edgefleet.model.base import Json
from edgefleet.model.health import Health
from edgefleet.model.target import Target


def health_text(target: Target, health: Health) -> str:
    """Return one line about one target."""
    if health.healthy:
        version = (health.version_id or "")[:8]
        return f"{target}: healthy  version {version}  {health.seconds:.2f} s  {health.url}"
    return f"{target}: unhealthy  {health.url}: {health.reason}"


def health_json(results: Iterable[tuple[Target, Health]]) -> Json:
    """Return all results as a JSON value."""
    return [{**target.model_dump(), **health.model_dump()} for target, health in results]
