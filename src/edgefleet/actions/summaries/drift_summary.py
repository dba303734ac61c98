"""Show on the page of the run what `edgefleet drift --format json` found at many targets.

Exit 0 where none drifts, 3 where one does, 6 where no check succeeded at one: a target that is
expected and in no report is not in sync, it is unknown.
"""

from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, annotate
from edgefleet.actions.summaries.drift_text import drift_summary
from edgefleet.actions.targets.job_outputs import targets_in
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import find_root, tenant_names
from edgefleet.config.target import Target
from edgefleet.drift.report_file import read_drifts
from edgefleet.errors import CloudflareError, ExitCode


def summarize_drift(paths: Sequence[Path], targets: str | None) -> ExitCode:
    """Show the table of the run's page, and annotate what needs a person.

    `targets` is as job_outputs.py writes them; None: every target. Raises `UsageError`, and
    `CloudflareError` where a target is in no report.
    """
    if targets == "":
        raise CloudflareError("no target was looked at", hint="the job `targets` says why")
    expected = every_target() if targets is None else [str(one) for one in targets_in(targets)]
    drifts = read_drifts(paths)
    seen = {str(drift.target) for drift in drifts}
    unseen = [name for name in expected if name not in seen]
    add_summary(drift_summary(drifts, unseen))
    drifting = [str(drift.target) for drift in drifts if drift.drifting]
    if drifting:
        annotate("warning", "drift", f"not what was deployed on purpose: {', '.join(drifting)}")
    if unseen:
        raise CloudflareError(
            f"no check succeeded at {', '.join(unseen)}",
            hint="the jobs of these targets say why; they may drift or not",
        )
    return ExitCode.CHANGES if drifting else ExitCode.OK


def every_target() -> list[str]:
    """Return every target that is deployed to."""
    root = find_root(Path.cwd(), None)
    environments = fleet_of(root).deployable
    return [
        str(Target(tenant=name, environment=one))
        for name in tenant_names(root)
        for one in environments
    ]
