"""Findings for people: one line each, and a closing sentence."""

from collections.abc import Sequence
from typing import Protocol

from edgefleet.config.reading.finding import Finding, Severity
from edgefleet.config.target import Environment


class Validated(Protocol):
    """What a closing sentence speaks of."""

    @property
    def names(self) -> Sequence[str]:
        """The tenants."""
        ...

    @property
    def environments(self) -> Sequence[Environment]:
        """The environments of each."""
        ...

    @property
    def findings(self) -> Sequence[Finding]:
        """What was found."""
        ...


def findings_text(findings: Sequence[Finding]) -> str:
    """Return `path:line:column: code: what is wrong; what to do` for each; warnings say so."""
    return "\n".join(_line(finding) for finding in findings)


def summary(validated: Validated) -> str:
    """Return, for example, `2 tenants, 4 targets: 3 errors, 1 warning`."""
    tenants = len(validated.names)
    targets = tenants * len(validated.environments)
    return (
        f"{_count(tenants, 'tenant')}, {_count(targets, 'target')}: {_counts(validated.findings)}"
    )


def _counts(findings: Sequence[Finding]) -> str:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    warnings = len(findings) - errors
    return f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _line(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}:{finding.column}"
    mild = "warning: " if finding.severity is Severity.WARNING else ""
    return f"{place}: {finding.code}: {mild}{finding.message}; {finding.action}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
