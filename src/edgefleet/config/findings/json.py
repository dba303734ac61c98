"""Findings for programs."""

from edgefleet.config.findings.text import Validated
from edgefleet.config.reading.finding import Severity
from edgefleet.core.model import Json

SCHEMA_VERSION = 1


def findings_json(validated: Validated) -> Json:
    """Return what `edgefleet validate --format json` prints, as plain data."""
    errors = sum(finding.severity is Severity.ERROR for finding in validated.findings)
    return {
        "schemaVersion": SCHEMA_VERSION,  # the older name
        "schema_version": SCHEMA_VERSION,
        "ok": errors == 0,
        "tenants": list(validated.names),
        "environments": [environment.value for environment in validated.environments],
        "errors": errors,
        "warnings": len(validated.findings) - errors,
        "findings": [finding.model_dump(mode="json") for finding in validated.findings],
    }
