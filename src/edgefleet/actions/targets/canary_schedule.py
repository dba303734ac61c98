"""Switches the schedule of the workflow off that goes on with canaries, where none is under way.

The deploying workflow switches it on. What a job of this run saw of its target counts until a later
job of another run has ended there. A canary may begin at any moment, so that GitHub is asked again
once the schedule is off.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, annotate
from edgefleet.actions.jobs.outcomes import Told, read_outcomes
from edgefleet.actions.promotion.deployments import End, run_and_job
from edgefleet.actions.targets.canary_targets import ends_of_canaries, with_policy
from edgefleet.actions.targets.select_targets import asked_for
from edgefleet.cli.tenant_selection import ALL
from edgefleet.config.target import Target
from edgefleet.errors import EdgefleetError
from edgefleet.github.models import CANARY
from edgefleet.github.repository import GitHub, github_of
from edgefleet.github.runs import switch_workflow
from edgefleet.github.workflow_files import workflow_file


def end_schedule(results: Path) -> None:
    """Switch it off if nothing is left to look at; `results` holds what the jobs told.

    A switch that fails is a warning, with the command: the next run looks again, and finds nothing.
    """
    if not os.environ.get("GITHUB_TOKEN"):
        annotate("notice", CANARY, "no GITHUB_TOKEN: the schedule stays as it is")
        return
    github, told = github_of(os.environ), read_outcomes(results)
    targets = with_policy(asked_for(Path.cwd(), ALL, ALL))
    if left := still_under_way(targets, github, told):
        add_summary(f"The schedule stays on: {len(left)} more to look at.")
        return
    file = workflow_file(Path.cwd(), CANARY)
    if _switched(github, file, on=False) and still_under_way(targets, github, told):
        _switched(github, file, on=True)


def still_under_way(
    targets: Sequence[Target], github: GitHub, told: Mapping[Target, Told]
) -> list[Target]:
    """Return the targets that may have a canary under way, by GitHub and by what jobs told."""
    found = ends_of_canaries(targets, github)
    return [one for one, end in found.items() if not _over(end, told.get(one), github)]


def _over(end: End, told: Told | None, github: GitHub) -> bool:
    """Whether a job of this run saw no canary, and no later job ended there."""
    if told is None or told.under_way is not False or told.at is None:
        return False
    place = run_and_job(end.status.log_url, github.repository)
    ours = place is not None and str(place[0]) == os.environ.get("GITHUB_RUN_ID")
    return ours or end.status.created <= told.at


def _switched(github: GitHub, file: str, *, on: bool) -> bool:
    word = "enable" if on else "disable"
    try:
        switch_workflow(github, file, on=on)
    except EdgefleetError as error:
        annotate(
            "warning",
            CANARY,
            f"the schedule of {file} could not be switched {'on' if on else 'off'}: "
            f"{error.message}; by hand: gh workflow {word} {file}",
        )
        return False
    add_summary(f"The schedule of {file} is switched {'on' if on else 'off'}.")
    return True
