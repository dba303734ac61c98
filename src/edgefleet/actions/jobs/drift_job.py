"""Check targets for drift in a job, with bundles that a job without a token built.

Tokens of a batch come from the program that EDGEFLEET_CREDENTIAL_COMMAND names, one target at a
time; it is enough that they can read. Drift is reported by another job: red here means that it
could not look at a target. A target whose commit no job has built yet is left to a later job.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.actions.github_actions import add_block, annotate, run_edgefleet
from edgefleet.actions.jobs.results import UnbuiltTarget, keep_drifts, keep_unbuilt
from edgefleet.config.credentials.command import VARIABLE
from edgefleet.config.identifiers import READONLY
from edgefleet.drift.models import Drift, UncheckedTarget
from edgefleet.drift.report import drift_text
from edgefleet.drift.report_file import read_drifts, read_unchecked
from edgefleet.errors import CredentialError, ExitCode

PARALLEL = "16"


@dataclass(frozen=True)
class DriftLook:
    """What `edgefleet drift` found."""

    code: int
    """An exit code of edgefleet's: 0 though something drifts, or was not built yet."""
    found: tuple[Drift, ...]
    unchecked: tuple[UncheckedTarget, ...]

    def leave_unbuilt(self, *, batch: bool) -> None:
        """Leave the targets whose commits no job has built to a later job, and say so."""
        left = [
            UnbuiltTarget(target=one.target, commit=one.error.commit, batch=batch)
            for one in self.unchecked
            if one.error.commit
        ]
        for one in left:
            words = f"commit {one.commit} is built by the job `build-rest`, and checked after it"
            annotate("notice", str(one.target), words)
        keep_unbuilt(left)


def look(chosen: Sequence[str], built: Sequence[str], *options: str) -> DriftLook:
    """Run `edgefleet drift` for the targets that options name; `built` are values of `--built`."""
    given = [word for one in built for word in ("--built", one)]
    with TemporaryDirectory() as folder:
        report = Path(folder, "drift.json")
        to_report = ("--format", "json", "--output", str(report))
        code, _ = run_edgefleet("drift", *chosen, *given, *options, *to_report)
        written = report.exists()
        found = read_drifts([report]) if written else ()
        unchecked = read_unchecked(report) if written else ()
    if unchecked and code != ExitCode.INTERRUPTED:
        failed = (one.error.exit_code for one in unchecked if not one.error.commit)
        code = next(failed, ExitCode.OK)
    return DriftLook(ExitCode.OK if code == ExitCode.CHANGES else code, found, unchecked)


def check_batch(tenants: str, environment: str, built: Sequence[str]) -> int:
    """Check many targets, and return edgefleet's exit code; 0 where it found drift.

    Raises `CredentialError` where no program knows the tokens.
    """
    if not os.environ.get(VARIABLE):
        home = f"fleet-{environment}{READONLY}"
        raise CredentialError(
            f"the GitHub environment {home} has no variable {VARIABLE}",
            hint=f"gh variable set {VARIABLE} --env {home}",
        )
    chosen = ("--tenants", tenants, "--env", environment)
    seen = look(chosen, built, "--parallel", PARALLEL)
    drifts = keep_drifts(seen.found)
    seen.leave_unbuilt(batch=True)
    drifting = [drift_text(one) for one in drifts if one.drifting]
    add_block(f"{len(drifting)} of {len(drifts)} targets drift", "\n".join(drifting))
    return seen.code
