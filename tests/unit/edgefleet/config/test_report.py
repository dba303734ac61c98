"""Findings in each format."""

from dataclasses import dataclass

import pytest

from edgefleet.config.reading.rule import Finding, Severity
from edgefleet.config.report import (
    findings_github,
    findings_json,
    findings_sarif,
    findings_text,
    summary,
)
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING, Environment
from edgefleet.config.validation.registry import RULES

ERROR = Finding(
    path="tenants/a,b/x:y.json",
    line=3,
    column=5,
    code="config-value",
    message="50% is\nno number",
    action="write one",
    severity=Severity.ERROR,
)
WARNING = ERROR.model_copy(update={"severity": Severity.WARNING})


@dataclass
class Validated:
    findings: tuple[Finding, ...] = ()
    names: tuple[str, ...] = ("alder", "birch")
    environments: tuple[Environment, ...] = DEFAULT_ENVIRONMENTS


def test_text_has_place_code_what_and_what_to_do() -> None:
    place = "tenants/a,b/x:y.json:3:5: config-value: "
    assert findings_text([ERROR]) == f"{place}50% is\nno number; write one"
    assert findings_text([WARNING]) == f"{place}warning: 50% is\nno number; write one"


@pytest.mark.parametrize(
    ("validated", "sentence"),
    [
        (Validated(), "2 tenants, 4 targets: no errors, no warnings"),
        (Validated((ERROR, ERROR, WARNING)), "2 tenants, 4 targets: 2 errors, 1 warning"),
        (
            Validated((ERROR,), ("alder",), (STAGING,)),
            "1 tenant, 1 target: 1 error, no warnings",
        ),
    ],
)
def test_a_closing_sentence_counts(validated: Validated, sentence: str) -> None:
    assert summary(validated) == sentence


def test_json_is_plain_data_with_a_version() -> None:
    assert findings_json(Validated((WARNING,), ("alder",))) == {
        "schemaVersion": 1,
        "schema_version": 1,
        "ok": True,
        "tenants": ["alder"],
        "environments": ["staging", "production"],
        "errors": 0,
        "warnings": 1,
        "findings": [
            {
                "path": "tenants/a,b/x:y.json",
                "line": 3,
                "column": 5,
                "code": "config-value",
                "message": "50% is\nno number",
                "action": "write one",
                "severity": "warning",
            }
        ],
    }


def test_github_commands_escape_what_would_end_them() -> None:
    assert findings_github([ERROR, WARNING]).splitlines() == [
        f"::{severity} file=tenants/a%2Cb/x%3Ay.json,line=3,col=5,title=config-value"
        "::50%25 is%0Ano number; write one"
        for severity in ("error", "warning")
    ]


def test_sarif_places_each_finding_and_explains_its_code() -> None:
    log = findings_sarif([ERROR, WARNING], RULES, "1.2")
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "config-value"
    assert "What to do: " in rule["help"]["text"]
    assert [result["level"] for result in run["results"]] == ["error", "warning"]
    (place,) = run["results"][0]["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "tenants/a%2Cb/x%3Ay.json"},
        "region": {"startLine": 3, "startColumn": 5},
    }


def test_sarif_of_no_finding_is_a_log_that_closes_alerts() -> None:
    (run,) = findings_sarif([], RULES, "1.2")["runs"]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
