"""What a probe of a Worker found."""

from edgefleet.model.base import Model


class Expectation(Model):
    """Who must answer: a 200 alone is no proof. `version_id` None accepts any version."""

    tenant: str
    environment: str
    version_id: str | None = None


class Health(Model):
    """The last answer of a probe, and what it took to get it."""

    url: str
    healthy: bool
    attempts: int
    seconds: float
    status: int | None = None
    """HTTP status of the last answer; None where there was none."""
    version_id: str | None = None
    model_id: str | None = None
    ready: bool | None = None
    """Whether the Worker says that everything that it uses is bound; None where it does not say."""
    missing: tuple[str, ...] = ()
    """The bindings that the Worker says it lacks."""
    deployed: bool = True
    """Whether anything is deployed, or is known to have been; nothing is healthy that is not."""
    reason: str = ""
    """Why it is not healthy; empty when it is."""
