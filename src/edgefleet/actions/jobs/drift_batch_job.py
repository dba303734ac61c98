"""Check many targets for drift on one runner, and keep the result as the job's artifact.

Tokens come from the program that EDGEFLEET_CREDENTIAL_COMMAND names, one target at a time; it is
enough that they can read. Drift is reported by another job: red here means that it could not look
at a target.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.actions.github_actions import add_block, run_edgefleet
from edgefleet.actions.jobs.results import keep_drifts
from edgefleet.config.credentials.command import VARIABLE
from edgefleet.config.identifiers import READONLY
from edgefleet.drift.report import drift_text
from edgefleet.drift.report_file import read_drifts
from edgefleet.errors import CredentialError, ExitCode

PARALLEL = "16"


def check_batch(tenants: str, environment: str) -> int:
    """Check them, and return edgefleet's exit code; 0 where it found drift.

    Raises `CredentialError` where no program knows the tokens.
    """
    if not os.environ.get(VARIABLE):
        home = f"fleet-{environment}{READONLY}"
        raise CredentialError(
            f"the GitHub environment {home} has no variable {VARIABLE}",
            hint=f"gh variable set {VARIABLE} --env {home}",
        )
    with TemporaryDirectory() as folder:
        report = Path(folder, "drift.json")
        chosen = ("--tenants", tenants, "--env", environment, "--parallel", PARALLEL)
        code, _ = run_edgefleet("drift", *chosen, "--format", "json", "--output", str(report))
        found = read_drifts([report]) if report.exists() else ()
    drifts = keep_drifts(found)
    drifting = [drift_text(one) for one in drifts if one.drifting]
    add_block(f"{len(drifting)} of {len(drifts)} targets drift", "\n".join(drifting))
    return ExitCode.OK if code == ExitCode.CHANGES else code
