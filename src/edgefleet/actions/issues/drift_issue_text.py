"""The GitHub issue about one target's drift."""

from edgefleet.actions.issues.drift_issue_rules import marker
from edgefleet.core.output.markdown import fenced
from edgefleet.drift.models import Drift
from edgefleet.drift.report import drift_text

OUTSIDE = "a run outside GitHub Actions"
LONGEST = 40_000
"""Characters of differences: GitHub takes 65,536 for the body of an issue."""


def issue_title(drift: Drift) -> str:
    """Return the title: where, and how much."""
    count = len(drift.findings)
    return f"Drift at {drift.target}: {count} difference{'' if count == 1 else 's'}"


def issue_body(drift: Drift, run_url: str | None) -> str:
    """Return the body: a mark to find it by, the differences, and what to do."""
    look = f"edgefleet drift --tenants {drift.target.tenant} --env {drift.target.environment}"
    return f"""{marker(drift.target)}

What runs as `{drift.script}` is not what was last deployed on purpose.

{fenced(drift_text(drift), LONGEST)}

- Look again: `{look}`
- Repair it: `{look} --repair`
- It was meant: bring it into the tenant's files and deploy, or allow it in `drift.ignore`

Found by {run_url or OUTSIDE}; its artifact `drift-{drift.target}` has every difference in full.
This text is written again after each look, so write into comments; the issue is closed when the
drift is gone."""


def closing_comment(run_url: str | None) -> str:
    """Return what is said when an issue is closed."""
    return f"In sync again, says {run_url or OUTSIDE}."
