"""What a Worker said in a smoke test, and what that proves."""

from edgefleet.core.model import Json, Model


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


class Smoke(Model):
    """How a smoke test ended."""

    passed: bool
    seconds: float
    reason: str = ""
    """Which turn failed, and what came in its place; empty where all passed."""
