"""Select the targets that a look at drift left: no job had built the commit that they run.

Only Cloudflare tells what runs where GitHub did not deploy last, and only jobs with a token ask it.
So they name the commits, a job without a token builds those, and a second look follows. Outputs of
the step: `commits`, `matrix` and `count`. A job of the matrix has `tenant`, or, where a program
knows the tokens, `only` and `batch`.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, set_output
from edgefleet.actions.jobs.results import UnbuiltTarget, read_unbuilt
from edgefleet.actions.targets.ring_jobs import target_entry
from edgefleet.config.identifiers import READONLY

REST = "rest"
"""What names a batch in place of a number."""


def select_unbuilt(reports: Path) -> None:
    """Set the outputs of the step; `reports` holds the artifacts of the first looks."""
    left = read_unbuilt(reports) if reports.is_dir() else []
    jobs = [*_alone(left), *_batches(left)]
    set_output("commits", " ".join(sorted({one.commit for one in left})))
    set_output("matrix", json.dumps({"include": jobs}))
    set_output("count", str(len(jobs)))
    lines = [f"### drift: {len(left)} targets run a commit that was not built yet", ""]
    add_summary("\n".join([*lines, *(f"- {one.target}: {one.commit}" for one in left)]))


def _alone(left: Sequence[UnbuiltTarget]) -> Iterator[dict[str, object]]:
    for one in left:
        if not one.batch:
            yield {"job": f"drift {one.target} again", **target_entry(one.target, READONLY)}


def _batches(left: Sequence[UnbuiltTarget]) -> Iterator[dict[str, object]]:
    """Yield a job for all targets of an environment: few are left, and a job checks many."""
    targets = sorted((one.target for one in left if one.batch), key=lambda it: it.environment)
    for environment, group in groupby(targets, key=lambda it: it.environment):
        yield {
            "job": f"drift {environment} batch {REST}",
            "environment": environment,
            "only": ",".join(sorted(one.tenant for one in group)),
            "batch": REST,
            "github_environment": f"fleet-{environment}{READONLY}",
        }
