"""What a health check expects of a Worker, what came, and what a smoke test found."""

from collections.abc import Mapping

from pydantic import ConfigDict, Field

from edgefleet.config.health.contract import HealthContract
from edgefleet.core.model import Json, Model
from edgefleet.core.secret import Secret

HeaderValues = Mapping[str, str | Secret]
"""Headers of a request; a secret among them is redacted wherever it comes back."""


class Expectation(Model):
    """Who must answer, and how: a status alone is no proof. `version_id` None accepts any."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    tenant: str
    environment: str
    version_id: str | None = None
    contract: HealthContract = Field(default=HealthContract(), repr=False)
    headers: HeaderValues = Field(default={}, repr=False)
    """The headers that the contract names, with the values of its secrets."""
    steady: float = 0.0
    """Seconds for which each answer must be right, where none of them tells its version."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets that are sent."""
        return tuple(value for value in self.headers.values() if isinstance(value, Secret))


class Answer(Model):
    """One response, read whole."""

    status: int
    headers: Mapping[str, str] = Field(default={})
    """By their names in lower case."""
    content: bytes = b""
    body: Json = None
    """The JSON of the content; None where it is none."""

    def header(self, name: str) -> str | None:
        """Return a header; case does not matter."""
        return self.headers.get(name.lower())


class Event(Model):
    """One Server-Sent Event: its name (`message` where it has none) and its data, parsed."""

    name: str
    data: Json


class Reply(Model):
    """What came of one request of a smoke test, whole or streamed."""

    answer: Answer | None = None
    """The response; None where nothing answered. A stream's has no content."""
    events: tuple[Event, ...] = ()
    """The events of a stream, as far as they came."""
    broken: str = ""
    """Why it did not come to its end; empty where it did."""


class SmokeResult(Model):
    """How a smoke test ended."""

    passed: bool
    seconds: float
    reason: str = ""
    """Which request failed, and what came in its place; empty where all passed."""
