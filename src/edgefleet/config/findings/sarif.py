"""Findings for code scanning (SARIF)."""

from collections.abc import Iterable, Sequence

from edgefleet.config.reading.finding import Finding
from edgefleet.config.reading.rule import Rule
from edgefleet.core.model import Json
from edgefleet.core.output.sarif import sarif_location, sarif_log


def findings_sarif(findings: Sequence[Finding], rules: Iterable[Rule], version: str) -> Json:
    """Return a SARIF log, with what each code that was found means; none found is one, too."""
    found = {finding.code for finding in findings}
    told = [_rule(rule) for rule in rules if rule.code in found]
    return sarif_log("edgefleet validate", version, told, [_result(one) for one in findings])


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
