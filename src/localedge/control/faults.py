"""Fault rules: which requests fail, how, and how often."""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

API = "/client/v4"


class FaultKind(StrEnum):
    """What happens to a request."""

    STATUS = "status"
    LATENCY = "latency"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    MALFORMED = "malformed"


class Fault(BaseModel):
    """A fault for requests of `method` (`*`: any) whose path matches the glob `path`.

    `nth` is the first matching request that fails, counted from 1; `times` is how many fail (null:
    all from then on). Kinds: `status` responds with that status and runs nothing, with `headers`,
    and with `code` and `message` in the envelope; `latency` waits `seconds`, then runs the request;
    `drop_before` closes the connection and runs nothing; `drop_after` runs the request, then closes
    the connection without a response; `malformed` runs it and cuts the response body in half. A
    path may be written with or without `/client/v4`, with or without a query; one that starts with
    `http://` matches requests to a Worker.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Annotated[str, Field(pattern=r"^([A-Z]+|\*)$")] = "*"
    path: Annotated[str, Field(min_length=1)] = "*"
    nth: Annotated[int, Field(ge=1)] = 1
    times: Annotated[int, Field(ge=1)] | None = 1
    kind: FaultKind
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    headers: dict[str, str] = {}
    seconds: Annotated[float, Field(gt=0, le=600)] | None = None
    code: int | None = None
    message: str | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind is FaultKind.STATUS) != (self.status is not None):
            raise ValueError('`status` is needed for the kind "status", and for no other')
        if (self.kind is FaultKind.LATENCY) != (self.seconds is not None):
            raise ValueError('`seconds` is needed for the kind "latency", and for no other')
        if self.kind is not FaultKind.STATUS and (self.headers or self.code or self.message):
            raise ValueError('`headers`, `code` and `message` go with the kind "status" only')
        return self

    def matches(self, method: str, spellings: list[str]) -> bool:
        """Return whether a request matches; `spellings` are the forms of its path."""
        if self.method not in ("*", method):
            return False
        return any(fnmatchcase(path, self.path) for path in spellings)


@dataclass(slots=True)
class _ActiveFault:
    fault: Fault
    seen: int = 0

    def fires(self) -> bool:
        self.seen += 1
        late = self.seen - self.fault.nth
        return late >= 0 and (self.fault.times is None or late < self.fault.times)


class Faults:
    """The registered faults, oldest first; the first that fires is injected."""

    def __init__(self) -> None:
        self._active: list[_ActiveFault] = []

    def add(self, fault: Fault) -> None:
        """Register a fault."""
        self._active.append(_ActiveFault(fault))

    def all(self) -> list[Fault]:
        """Return every fault."""
        return [item.fault for item in self._active]

    def clear(self) -> None:
        """Remove every fault."""
        self._active.clear()

    def match(self, method: str, path: str, query: str, origin: str = "") -> Fault | None:
        """Count a request, return the fault to inject; `origin` is set for a Worker's."""
        spellings = [origin + path, f"{origin}{path}?{query}"]
        if not origin and path.startswith(API):
            spellings += [text.removeprefix(API) for text in spellings]
        matching = [item for item in self._active if item.fault.matches(method, spellings)]
        firing = [item.fault for item in matching if item.fires()]
        return firing[0] if firing else None
