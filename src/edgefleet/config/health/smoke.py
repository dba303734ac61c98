"""The section `smoke` of fleet.jsonc: requests that must hold after a deploy, or a program."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edgefleet.config.health.contract import Seconds, Statuses
from edgefleet.config.health.places import Expectations, HeaderName, Pattern, Pointer
from edgefleet.config.health.requests import (
    Headers,
    Path,
    SecretHeader,
    secrets_of,
)
from edgefleet.core.model import CamelModel, Json

Text = Annotated[str, Field(min_length=1, max_length=200)]
EventName = Annotated[str, Field(min_length=1, max_length=100)]


class CountedEvents(CamelModel):
    """The events of which a stream must have at least one."""

    event: EventName = Field(default="message", description="Their name.")
    called: Text = Field(default="event", description="What messages call one of them.")


class FinalEvent(CamelModel):
    """The event that ends the test of a stream."""

    event: EventName = Field(description="Its name.")
    expect: Expectations = Field(default={}, description="What must stand where in its JSON data.")
    last: bool = Field(
        default=False,
        description="Whether the stream must end with it; otherwise edgefleet reads no further.",
    )


class FailureEvent(CamelModel):
    """An event that says that something failed."""

    event: EventName = Field(default="error", description="Its name.")
    code: Pointer | None = Field(default=None, description="Where its JSON data has a code.")


class EventStream(CamelModel):
    """What Server-Sent Events must be."""

    until: FinalEvent = Field(description="The event that must come.")
    each: CountedEvents | None = Field(
        default=None, description="Events of which at least one must come before."
    )
    failure: FailureEvent | None = Field(
        default=None, description="An event that is a failure wherever it comes."
    )
    json_data: bool = Field(
        default=True,
        alias="json",
        description="Whether the data of each event must be JSON.",
    )


class SmokeRequest(CamelModel):
    """One request, and what its answer must be.

    In path, headers, body and expected texts {session}, {tenant}, {environment} and {version} are
    replaced; {session} is a UUID made anew for each run.
    """

    name: Text = Field(description="What messages call it.")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        default="GET", description="The method."
    )
    path: Path = Field(description="The path, with its query.")
    headers: Headers = Field(
        default={},
        description='Headers of the request. A secret stands by its name: {"secret": "NAME"}.',
    )
    json_body: Json = Field(
        default=None, alias="json", description="The body, sent as JSON: any value but null."
    )
    body: Annotated[str, Field(max_length=64 * 1024)] | None = Field(
        default=None, description="The body as text."
    )
    status: Statuses = Field(
        default=200, description="The status that is right, or a list of them."
    )
    expect: Expectations = Field(
        default={}, description="What must stand where in the JSON body of the answer."
    )
    body_pattern: Pattern | None = Field(
        default=None, description="A regular expression that the body must contain, as text."
    )
    expect_headers: dict[HeaderName, str] = Field(
        default={}, description="Headers that the answer must have, and their values."
    )
    events: EventStream | None = Field(
        default=None, description="The answer is a stream of Server-Sent Events."
    )
    error: Pointer | None = Field(
        default=None, description="Where a wrong answer has a code that messages name."
    )
    timeout: Seconds = Field(default=60.0, description="Seconds for the whole request.")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.json_body is not None:
            raise ValueError("must have either json or body")
        if self.method in {"GET", "HEAD"} and (self.body, self.json_body) != (None, None):
            raise ValueError(f"must have no body: its method is {self.method}")
        if self.method == "HEAD" and (self.expect or self.events or self.body_pattern):
            raise ValueError("asks with HEAD, whose answer has no body to point into")
        if (self.expect or self.body_pattern) and self.events:
            raise ValueError("must have either events, or expect and bodyPattern")
        return self


class SmokeProgram(CamelModel):
    """A program of the owner's that tests what is live."""

    command: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description="The program and its arguments; no shell reads them. It gets EDGEFLEET_URL, "
        "EDGEFLEET_TENANT, EDGEFLEET_ENVIRONMENT and EDGEFLEET_VERSION_ID as variables."
    )
    secrets: tuple[SecretHeader, ...] = Field(
        default=(), description="Secrets that it gets as variables, by their names."
    )
    timeout: Seconds = Field(default=120.0, description="Seconds after which edgefleet ends it.")


class SmokeContract(CamelModel):
    """What is tried with a Worker that is live and healthy: requests, or a program."""

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )
    requests: tuple[SmokeRequest, ...] = Field(
        default=(), description="The requests, in order; the first that fails ends the test."
    )
    cleanup: tuple[SmokeRequest, ...] = Field(
        default=(), description="Requests that are always sent at the end."
    )
    program: SmokeProgram | None = Field(
        default=None, description="A program in place of requests: exit code 0 is a pass."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.requests) == (self.program is not None):
            raise ValueError("must have either requests or a program")
        if self.cleanup and self.program:
            raise ValueError("must have no cleanup: its program tidies up by itself")
        return self

    @property
    def secrets(self) -> tuple[SecretHeader, ...]:
        """All secrets that it names."""
        if self.program:
            return self.program.secrets
        each = (*self.requests, *self.cleanup)
        return tuple(dict.fromkeys(one for it in each for one in secrets_of(it.headers)))
