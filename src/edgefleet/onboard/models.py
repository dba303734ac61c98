"""What `edgefleet doctor` found."""

from enum import StrEnum

from pydantic import Field

from edgefleet.core.model import Model


class CheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Check(Model):
    """One thing that edgefleet needs."""

    name: str
    state: CheckState
    found: str = Field(description="What is there, in words; never a secret's value.")
    hint: str = Field(default="", description="What to do; empty where nothing is to be done.")


class Diagnosis(Model):
    """All checks, in the order in which a new user meets them."""

    schema_version: int = 1
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks without which edgefleet cannot work here."""
        return tuple(check for check in self.checks if check.state is CheckState.FAILED)
