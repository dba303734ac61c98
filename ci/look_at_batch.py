"""Look for drift at many targets on one runner, and keep what was found as the job's artifact.

Tokens come from the program that EDGEFLEET_CREDENTIAL_COMMAND names, one target at a time; it is
enough that they can read. Drift is reported by another job: red here means that it could not look
at a target.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.config.credentials.command import VARIABLE
from edgefleet.config.github_environments import READONLY
from edgefleet.drift.report import drift_text
from edgefleet.drift.report_file import read_drifts
from edgefleet.errors import CredentialError, ExitCode
from results import keep_drifts
from steps import add_block, ended, run_edgefleet

PARALLEL = "16"


def main(argv: Sequence[str] | None = None) -> int:
    """Return edgefleet's exit code; drift that was found is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", required=True)
    parser.add_argument("--only", required=True, help="the tenants, with commas")
    options = parser.parse_args(argv)
    return ended(lambda: look(options.only, options.environment))


def look(tenants: str, environment: str) -> int:
    """Do it. Raises `CredentialError` where nothing knows the tokens."""
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


if __name__ == "__main__":
    sys.exit(main())
