"""Hold the workflows to the rules of this house that no linter knows.

One function a rule; its docstring is the rule. A finding is a line `file: job: what is wrong`.
ci/workflow_files.py says which files are read, ci/workflow_gates.py keeps gates strong, and
ci/workflow_rights.py has the rules about tokens, ci/workflow_builds.py those about builds,
ci/workflow_release.py that of releases.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from edgefleet.errors import ExitCode
from workflow_builds import RULES as RULES_OF_BUILDS
from workflow_builds import nothing_is_built_beside_a_token
from workflow_files import misplaced, missing_actions, unowned, uses_stay_here
from workflow_gates import RULES as RULES_OF_GATES
from workflow_gates import TARGET_ACTION, nothing_is_forgiven
from workflow_release import releases_are_what_was_tested
from workflow_rights import RULES as RULES_OF_RIGHTS
from workflow_rights import only_the_actions_deploy, secrets_are_named
from workflows import ACTIONS, Workflow, load, steps, steps_with

ROOT = Path(__file__).parents[1]

PINS = ".github/pins.txt"
NPM = ".npmrc"
GROUPS = {
    "deploy": "target-${{ matrix.target }}",
    "rollback": "rollback-${{ matrix.target }}",
    "canary": "rollback-${{ matrix.target }}",
}
"""Of deploys and of rollbacks of a target. A rollback has its own, for a deploy that waits for its
reviewer holds the other one; that a deploy is under way it asks GitHub (wait_for_deploys.py). A
canary goes on in that of rollbacks; the target's lock keeps it and a deploy apart."""
ALONE = {"cancel-in-progress": False, "queue": "max"}
UNKNOWN_TO_ACT = {"queue": "max"} if os.environ.get("ACT") else {}
"""A copy that act runs does not have it (ci/act_copy.py); act, and act alone, sets ACT."""

MOST_INPUTS = 25
"""https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax"""

LEVELS = {"none": 0, "read": 1, "write": 2}
TYPES: dict[str, Any] = {"boolean": bool, "number": (int, float), "string": str}

Rule = Callable[[Workflow, Sequence[Workflow]], Iterator[str]]


def no_rights_by_default(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """`permissions: {}` at the top; each job says what it needs."""
    if workflow.data.get("permissions") != {}:
        yield "the workflow does not begin with `permissions: {}`"
    for name, job in workflow.jobs.items():
        if not isinstance(job.get("permissions"), dict):
            yield f"{name}: no permissions, each by its name"


def every_job_has_a_timeout(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """GitHub would let a job hang for six hours."""
    for name, job in workflow.jobs.items():
        if "uses" not in job and "timeout-minutes" not in job:
            yield f"{name}: no timeout-minutes"


def every_step_has_a_name(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Without a name GitHub's log shows a command, or the commit of an action."""
    for name, _job, step in steps(workflow):
        if not step.get("name"):
            what = str(step.get("uses") or step.get("run"))
            yield f"{name}: a step without a name: {what.splitlines()[0]}"


def changes_of_a_target_wait_for_each_other(
    workflow: Workflow, _: Sequence[Workflow]
) -> Iterator[str]:
    """Deploys of a target share one group, rollbacks and canaries another; none is lost."""
    for name, job, step in steps_with(workflow, TARGET_ACTION):
        action = step.get("with", {}).get("action")
        if action in {"plan", "drift"}:
            continue
        asked = {"group": GROUPS.get(action, GROUPS["deploy"]), **ALONE}
        given = {**UNKNOWN_TO_ACT, **job.get("concurrency", {})}
        if given != asked:
            yield f"{name}: its concurrency is not {asked}"
    if "workflow_call" not in workflow.events and "group" not in workflow.data.get(
        "concurrency", {}
    ):
        yield "no concurrency group for the workflow"


def actions_are_pinned_to_known_commits(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Each commit of an action was read by a reviewer before .github/pins.txt lists it."""
    known = {line.split(" #")[0] for line in (ROOT / PINS).read_text().splitlines()}
    for name, job in workflow.jobs.items():
        for step in (job, *job.get("steps", ())):
            used = str(step.get("uses", "./"))
            if not used.startswith("./") and used not in known:
                yield f"{name}: {used} is not in {PINS}"


def callers_grant_what_is_asked(workflow: Workflow, others: Sequence[Workflow]) -> Iterator[str]:
    """GitHub refuses the whole run where a called job asks for more than its caller has."""
    for name, job in workflow.jobs.items():
        called = workflow.called(job, others)
        for inner_name, inner in called.jobs.items() if called else ():
            for right, level in inner.get("permissions", {}).items():
                if LEVELS[job.get("permissions", {}).get(right, "none")] < LEVELS[level]:
                    yield f"{name}: {inner_name} asks for {right}: {level}"


def inputs_fit(workflow: Workflow, others: Sequence[Workflow]) -> Iterator[str]:
    """At most 25 inputs, and literals of the types that the called workflow declares."""
    asked = (workflow.events.get("workflow_dispatch") or {}).get("inputs", {})
    if len(asked) > MOST_INPUTS:
        yield f"{len(asked)} inputs: GitHub takes {MOST_INPUTS}"
    for name, job in workflow.jobs.items():
        called = workflow.called(job, others)
        if "uses" in job and called is None:
            yield f"{name}: there is no {job['uses']}"
        declared = (called.events.get("workflow_call") or {}).get("inputs", {}) if called else {}
        for key, value in job.get("with", {}).items():
            kind = declared.get(key, {}).get("type")
            if kind is None:
                yield f"{name}: {key} is no input of what it calls"
            elif "${{" not in str(value) and not isinstance(value, TYPES[kind]):
                yield f"{name}: {key} is no {kind}"
        for key, one in declared.items():
            if one.get("required") and key not in job.get("with", {}):
                yield f"{name}: {key} is required"


RULES: tuple[Rule, ...] = (
    no_rights_by_default,
    every_job_has_a_timeout,
    every_step_has_a_name,
    changes_of_a_target_wait_for_each_other,
    actions_are_pinned_to_known_commits,
    callers_grant_what_is_asked,
    inputs_fit,
    uses_stay_here,
    *RULES_OF_GATES,
    *RULES_OF_RIGHTS,
    *RULES_OF_BUILDS,
    releases_are_what_was_tested,
)


RULES_OF_ACTIONS: tuple[Rule, ...] = (
    every_step_has_a_name,
    actions_are_pinned_to_known_commits,
    uses_stay_here,
    nothing_is_forgiven,
    secrets_are_named,
    only_the_actions_deploy,
    nothing_is_built_beside_a_token,
)


def scripts_of_packages(root: Path) -> Iterator[str]:
    """See to it that npm runs no package's scripts: jobs that may push install packages, too."""
    file = root / NPM
    if not file.is_file() or "ignore-scripts=true" not in file.read_text("utf-8").splitlines():
        yield f"{NPM}: it has no line ignore-scripts=true"


def findings(workflows: Sequence[Workflow], rules: Sequence[Rule] = RULES) -> list[str]:
    """Return what breaks a rule."""
    return [
        f"{workflow.file}: {found}"
        for workflow in workflows
        for rule in rules
        for found in rule(workflow, workflows)
    ]


def check(root: Path) -> list[str]:
    """Return what breaks a rule in a repository, whichever file of .github it stands in."""
    workflows, actions = load(root), load(root, ACTIONS)
    return [
        *misplaced(root),
        *missing_actions(root, [*workflows, *actions]),
        *unowned(root),
        *scripts_of_packages(root),
        *findings(workflows),
        *findings(actions, RULES_OF_ACTIONS),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Print what breaks a rule; return 4 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="[default: this repository]")
    found = check(parser.parse_args(argv).root)
    print("\n".join(found) or "workflows: every rule holds")
    return ExitCode.CONFIG if found else ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
