"""What a health check expects of a Worker, and what a smoke test found."""

from edgefleet.core.model import Json, Model


class Expectation(Model):
    """Who must answer: a 200 alone is no proof. `version_id` None accepts any version."""

    tenant: str
    environment: str
    version_id: str | None = None


class Event(Model):
    """One Server-Sent Event: its name (`message` where it has none) and its data, parsed."""

    name: str
    data: Json


class Reply(Model):
    """One answer of a Worker, whole or streamed."""

    status: int | None = None
    """HTTP status; None where nothing answered."""
    body: Json = None
    """The JSON of a whole answer; None where it was none."""
    events: tuple[Event, ...] = ()
    """The events of a stream, as far as they came."""
    broken: str = ""
    """Why it did not come to its end; empty where it did."""


class SmokeResult(Model):
    """How a smoke test ended."""

    passed: bool
    seconds: float
    reason: str = ""
    """Which turn failed, and what came in its place; empty where all passed."""
