"""Findings as text, JSON, SARIF and GitHub annotations."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from edgefleet.config.reading.rule import Finding, Rule, Severity
from edgefleet.config.target import Environment
from edgefleet.core.model import Json
from edgefleet.core.output.github_annotations import workflow_command
from edgefleet.core.output.sarif import sarif_location, sarif_log


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


SCHEMA_VERSION = 1


def findings_json(validated: Validated) -> dict[str, Json]:
    """Return what `edgefleet validate --format json` prints, as plain data."""
    errors = sum(finding.severity is Severity.ERROR for finding in validated.findings)
    return {
        "schemaVersion": SCHEMA_VERSION,  # the older name
        "schema_version": SCHEMA_VERSION,
        "ok": errors == 0,
        "tenants": list(validated.names),
        "environments": list(validated.environments),
        "errors": errors,
        "warnings": len(validated.findings) - errors,
        "findings": [finding.model_dump(mode="json") for finding in validated.findings],
    }


def findings_sarif(findings: Sequence[Finding], rules: Iterable[Rule], version: str) -> Json:
    """Return a SARIF log, with what each code that was found means; none found is one, too."""
    found = {finding.code for finding in findings}
    known = [_rule(rule) for rule in rules if rule.code in found]
    return sarif_log("edgefleet validate", version, known, [_result(each) for each in findings])


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.code.replace("-", " ")},
        "fullDescription": {"text": rule.means},
        "help": {"text": f"{rule.means}\n\nWhat to do: {rule.fix}."},
    }


def _result(finding: Finding) -> Json:
    return {
        "ruleId": finding.code,
        "level": finding.severity.value,
        "message": {"text": f"{finding.message}; {finding.action}"},
        "locations": [sarif_location(finding.path, finding.line, finding.column)],
        # Without the line: the same finding further down is the same alert.
        "partialFingerprints": {"validate/v1": f"{finding.path}/{finding.code}/{finding.message}"},
    }


def findings_github(findings: Sequence[Finding]) -> str:
    """Return one `::error` or `::warning` command a finding."""
    return "\n".join(_annotation(finding) for finding in findings)


def _annotation(finding: Finding) -> str:
    properties = {
        "file": finding.path,
        "line": str(finding.line),
        "col": str(finding.column),
        "title": finding.code,
    }
    return workflow_command(finding.severity, properties, f"{finding.message}; {finding.action}")
