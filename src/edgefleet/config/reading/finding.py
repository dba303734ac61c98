"""A finding: one thing that is wrong in a file, where, and what to do about it."""

from enum import StrEnum

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
