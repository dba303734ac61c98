"""A rule, a problem that breaks it, and the finding that a user reads."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from edgefleet.config.overlay.layers import Unlocated
from edgefleet.config.overlay.origin import Keys, ValueOrigin
from edgefleet.core.model import Model


class Severity(StrEnum):
    """Whether a finding stops a deploy."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Model):
    """One problem at one place, in words for people and a code for machines.

    `path` is relative to the root, with forward slashes; `line` and `column` count from 1, in
    characters.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    action: str
    severity: Severity


KeyPath: TypeAlias = Keys

Spot: TypeAlias = KeyPath | int
"""A key in a document (for something missing: where it would stand), or an offset in its text."""

Place: TypeAlias = Spot | ValueOrigin | Unlocated
"""A spot in a document that is named beside it, or a key with the file that it is in."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One breach of a rule; `validate` turns its place into line and column."""

    rule: "Rule"
    file: str
    place: Spot
    message: str
    action: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must hold, in the words of docs/reference/validation.md.

    `means` says what is wrong and why it matters; `example` is a piece of a file that breaks the
    rule; `fix` completes the sentence "what to do now" in a finding.
    """

    code: str
    means: str
    example: str
    fix: str
    severity: Severity = Severity.ERROR

    def broken(
        self,
        file: str,
        place: Place,
        message: str,
        *,
        action: str = "",
        severity: Severity | None = None,
    ) -> Problem:
        """Return a breach of this rule in `file`, or in the file that `place` names."""
        if isinstance(place, Unlocated):
            place = place.locate()
        if isinstance(place, ValueOrigin):
            file, place = place
        return Problem(self, file, place, message, action or self.fix, severity or self.severity)
