"""What a probe of a Worker found."""

from edgefleet.core.model import Model


class Expectation(Model):
    """Who must answer: a 200 alone is no proof. `version_id` None accepts any version."""

    tenant: str
    environment: str
    version_id: str | None = None
