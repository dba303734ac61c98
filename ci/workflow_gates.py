"""Rules that keep gates strong: none may be skipped, forgiven, renamed or run as something else."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from workflows import Job, Workflow, conjuncts, needs, steps, steps_with

GATES_FILE = ".github/workflows/gates.yml"
CI_FILE = ".github/workflows/ci.yml"
REQUIRED = "required-checks-pass"
TARGET_ACTION = "./.github/actions/target"
SHARD_ACTION = "./.github/actions/shard"
DEPLOYING = (TARGET_ACTION, SHARD_ACTION)
RUNNER = "ubuntu-24.04"
ALWAYS = "${{ always() }}"

GATES = {
    "lint": "make lint",
    "typecheck": "make typecheck",
    "tests": "make pytest",
    "validate": "edgefleet validate --tenants all --format github",
    "build": "python ci/build_bundle.py --output bundle",
}
"""Job of gates.yml -> the command that it runs first."""

VERDICTS = {
    (CI_FILE, REQUIRED): "python3 ci/require_success.py --may-skip attest",
    (GATES_FILE, "verdict"): "python3 ci/require_success.py --may-skip code-scanning",
}
"""Jobs that judge the others, each with its one command."""

UNBUILT = {"rollback", "canary", "drift"}
"""What a job does with a target that needs no bundle of the gates: it is about what passed them
before. Where it needs another bundle, ci/workflow_builds.py says whose."""

OF_THE_GATES = {
    "artifact": "${{ needs.gates.outputs.bundle-artifact }}",
    "digest": "${{ needs.gates.outputs.bundle-digest }}",
    "attested": "${{ needs.attest.result == 'success' }}",
}
"""What each step that works with the bundle is given."""

MAY_FAIL = {(".github/workflows/deploy.yml", "plan")}
"""Jobs of which `continue-on-error` is right: a plan that cannot be shown stops no deploy."""

RING = re.compile(r"ring-(?P<number>[0-9]+)(?P<engine>|-wrangler)")

STATUS = re.compile(r"\b(always|failure|cancelled)\s*\(", re.IGNORECASE)
"""With one of these in its `if` a job runs though jobs before it failed."""


def nothing_is_forgiven(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """No `continue-on-error`; no shell, default, variable or machine that could turn a command."""
    for name, job in workflow.jobs.items():
        if job.get("runs-on", RUNNER) != RUNNER or {"container", "services"} & job.keys():
            yield f"{name}: it does not run on {RUNNER} itself"
        if job.get("continue-on-error", False) and (workflow.file, name) not in MAY_FAIL:
            yield f"{name}: continue-on-error"
    for name, _job, step in steps(workflow):
        if step.get("continue-on-error", False):
            yield f"{name}: a step has continue-on-error"
        if step.get("shell", "bash") != "bash":
            yield f"{name}: a step has the shell {step['shell']}, and not bash"
    for where, one in (("the workflow", workflow.data), *workflow.jobs.items()):
        for key in {"defaults", "env"} & one.keys():
            yield f"{where}: {key}: give each step what it needs"


def gates_run_their_commands(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Each gate runs its own command, always; a job called `gates` calls gates.yml."""
    if workflow.file == GATES_FILE:
        for name, command in GATES.items():
            yield from _gate(name, workflow.jobs.get(name, {}), command)
    called = workflow.jobs.get("gates")
    if called is not None and (called.get("uses") != f"./{GATES_FILE}" or "if" in called):
        yield f"gates: it does not always call {GATES_FILE}"


def _gate(name: str, job: Job, command: str) -> Iterator[str]:
    if "if" in job:
        yield f"{name}: a gate has no condition"
    first: dict[str, Any] = next((step for step in job.get("steps", ()) if "run" in step), {})
    if first.keys() - {"id", "name"} != {"run"} or first["run"] != command:
        yield f"{name}: the first command of this gate is not exactly '{command}'"
    for step in job.get("steps", ()):
        if step is first:
            break
        if not _sets_up(step):
            yield f"{name}: before its command a gate only checks out this commit and sets up"


def _sets_up(step: dict[str, Any]) -> bool:
    """Whether a step is the checkout of this commit or `setup`, without a condition."""
    used, given = str(step.get("uses", "")), (step.get("with") or {}).keys()
    if "if" in step or "env" in step:
        return False
    if used.startswith("actions/checkout@"):
        return given <= {"persist-credentials", "fetch-depth"}
    return used == "./.github/actions/setup" and given <= {"python-version"}


def verdicts_judge_every_job(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Each closing job runs one known command on all results; no other has its name or command."""
    for name, job in workflow.jobs.items():
        command = VERDICTS.get((workflow.file, name))
        if command is not None and not _judges(job, command):
            yield f"{name}: it is not a checkout and then exactly '{command}'"
        elif command is None and "require_success" in str(job):
            yield f"{name}: it runs ci/require_success.py with another --may-skip"
        taken = name == REQUIRED or REQUIRED in str(job.get("name", ""))
        if taken and (workflow.file, name) != (CI_FILE, REQUIRED):
            yield f"{name}: {REQUIRED} is the name of the check that {CI_FILE} reports"


def _judges(job: Job, command: str) -> bool:
    *first, last = job.get("steps") or [{}]
    checkout: list[Any] = [{"persist-credentials": False}]
    return (
        [step.get("with") for step in first] == checkout
        and first[0].keys() - {"name"} == {"uses", "with"}
        and str(first[0]["uses"]).startswith("actions/checkout@")
        and last.keys() - {"id", "name"} == {"env", "run"}
        and last["env"] == {"NEEDS": "${{ toJSON(needs) }}"}
        and last["run"] == command
    )


def closing_jobs_list_every_job(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """See to it that a job that always runs needs all others: none may fail unseen."""
    closing = {name for name, job in workflow.jobs.items() if job.get("if") == ALWAYS}
    for name in closing:
        missing = set(workflow.jobs) - closing - set(needs(workflow.jobs[name]))
        if missing:
            yield f"{name}: it does not need {', '.join(sorted(missing))}"
    if "pull_request" in workflow.events and REQUIRED not in closing:
        yield f"no job {REQUIRED} with `if: {ALWAYS}`: branch protection asks for it"


def deploys_follow_success(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Run a job that works with a target after success: its `if` ignores no result.

    Without a status function GitHub itself asks for success. With `!cancelled()` each job that is
    needed is named: `needs.X.result == 'success'`, or success or skipped where X may be skipped,
    which the gates and the choice of targets may not. Another deploy (a ring before) and a plan may
    fail.
    """
    for name, job, step in steps_with(workflow, *DEPLOYING):
        deploys = step.get("with", {}).get("action") not in UNBUILT
        if deploys and "gates" not in needs(job):
            yield f"{name}: it is not behind the job gates"
        asked = conjuncts(job.get("if", ""))
        found = {word.lower() for word in STATUS.findall(str(job.get("if", "")))}
        if found and (found != {"cancelled"} or "!cancelled()" not in asked):
            yield f"{name}: its condition is not '!cancelled() && ...'"
        elif found:
            ignored = [one for one in needs(job) if not _asked_for(workflow, one, asked)]
            yield from (f"{name}: its condition ignores the result of {one}" for one in ignored)


def what_the_gates_built_is_deployed(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Give each plan and deploy the id and the digest of the gates' bundle, and verify who signed.

    A name could be another artifact's by then: any job of the run can replace it.
    """
    for name, _job, step in steps_with(workflow, *DEPLOYING):
        given = step.get("with", {})
        if given.get("action") in UNBUILT:
            continue
        for key, value in OF_THE_GATES.items():
            if given.get(key) != value:
                yield f"{name}: its bundle is not the one of the gates: {key} is not {value}"


def rings_are_gates(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Begin a ring when every target of the one before was deployed well."""
    for name, job in workflow.jobs.items():
        ring = RING.fullmatch(name)
        if ring is None or ring["number"] == "0":
            continue
        before = f"ring-{int(ring['number']) - 1}{ring['engine']}"
        if f"needs.{before}.result == 'success'" not in conjuncts(job.get("if", "")):
            yield f"{name}: it begins though {before} did not end well"


def _asked_for(workflow: Workflow, needed: str, asked: Sequence[str]) -> bool:
    another = any(name == needed for name, _job, _step in steps_with(workflow, *DEPLOYING))
    if another or (workflow.file, needed) in MAY_FAIL:
        return True
    result = f"needs.{needed}.result"
    skipped = f"({result} == 'success' || {result} == 'skipped')"
    may_be_skipped = needed not in {"gates", "targets"}
    return f"{result} == 'success'" in asked or (may_be_skipped and skipped in asked)


RULES = (
    nothing_is_forgiven,
    gates_run_their_commands,
    verdicts_judge_every_job,
    closing_jobs_list_every_job,
    deploys_follow_success,
    what_the_gates_built_is_deployed,
    rings_are_gates,
)
