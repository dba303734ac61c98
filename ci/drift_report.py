"""Show on the page of the run what `edgefleet drift --format json` found at many targets.

Exit 0 where none drifts, 3 where one does, 6 where nobody could look at one: a target that is
expected and in no report is not in sync, it is unknown.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.drift_summary import drift_summary
from edgefleet.config.target import DEPLOYABLE, Target
from edgefleet.config.tenant_files import find_root, tenant_names
from edgefleet.drift.report_file import read_drifts
from edgefleet.errors import CloudflareError, ExitCode
from handed_on import targets_in
from steps import add_summary, annotate, ended


def main(argv: Sequence[str] | None = None) -> int:
    """Write the summary; say with an annotation what needs a person."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="+", type=Path, help="reports, or folders of reports")
    parser.add_argument(
        "--targets",
        help="the targets that must be there, as plan_matrix.py gives them "
        "[default: every tenant in staging and production]",
    )
    given = parser.parse_args(argv)
    return ended(lambda: report(given.reports, given.targets))


def report(paths: Sequence[Path], targets: str | None) -> ExitCode:
    """Do it. Raises `UsageError`, and `CloudflareError` where a target was not looked at."""
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
            f"nobody could look at {', '.join(unseen)}",
            hint="the jobs of these targets say why; they may drift or not",
        )
    return ExitCode.CHANGES if drifting else ExitCode.OK


def every_target() -> list[str]:
    """Return every target that is deployed to."""
    names = tenant_names(find_root(Path.cwd(), None))
    return [str(Target(tenant=name, environment=one)) for name in names for one in DEPLOYABLE]


if __name__ == "__main__":
    sys.exit(main())
