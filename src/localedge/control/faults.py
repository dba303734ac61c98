"""Faults on order: which requests fail, how, and how often."""

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
    """An order: requests of `method` (`*`: any) whose path matches the glob `path` go wrong.

    `nth` is the first matching request that does, counted from 1, `times` how many do (null: all
    from then on). `status` answers that status without acting, with `headers`, and with `code` and
    `message` in the envelope; `latency` waits `seconds`, then acts; `drop_before` closes the
    connection without acting; `drop_after` acts, then closes it without an answer; `malformed`
    acts and cuts the answer in half. A path may be written with or without `/client/v4`, with or
    without a query; one that starts with `http://` means a request to a Worker.
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
        """Say whether a request is meant; `spellings` are its path, written in several ways."""
        if self.method not in ("*", method):
            return False
        return any(fnmatchcase(path, self.path) for path in spellings)


@dataclass(slots=True)
class _ActiveFault:
    fault: Fault
    seen: int = 0

    def strikes(self) -> bool:
        self.seen += 1
        late = self.seen - self.fault.nth
        return late >= 0 and (self.fault.times is None or late < self.fault.times)


class Faults:
    """The orders in force, in the order they were given; the first that strikes is taken."""

    def __init__(self) -> None:
        self._ordered: list[_ActiveFault] = []

    def add(self, fault: Fault) -> None:
        """Take an order."""
        self._ordered.append(_ActiveFault(fault))

    def all(self) -> list[Fault]:
        """Return the orders."""
        return [item.fault for item in self._ordered]

    def clear(self) -> None:
        """Drop all orders."""
        self._ordered.clear()

    def take(self, method: str, path: str, query: str, origin: str = "") -> Fault | None:
        """Count a request and return the fault that strikes it; `origin` means a Worker's."""
        spellings = [origin + path, f"{origin}{path}?{query}"]
        if not origin and path.startswith(API):
            spellings += [text.removeprefix(API) for text in spellings]
        matching = [item for item in self._ordered if item.fault.matches(method, spellings)]
        striking = [item.fault for item in matching if item.strikes()]
        return striking[0] if striking else None
