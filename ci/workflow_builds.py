"""Rules about builds: code of npm and of the Worker's owner runs where no token is."""

import re
from collections.abc import Iterator, Mapping, Sequence

from workflow_gates import DEPLOYING
from workflows import Job, Workflow, expressions, needs, steps, steps_with

BUILD_ACTION = "./.github/actions/build"
BUILDS = re.compile(r"\bbuild_(bundle|commits)\b|\bedgefleet build\b|\bwrangler deploy --dry-run\b")
NEVER = "never"
"""What EDGEFLEET_BUILD is where edgefleet works with a token."""
TOKEN = re.compile(r"\bsecrets\.|\bgithub\.token\b")
WORKS = re.compile(r"\b(run_target|run_shard|check_drift_batch)\.py\b")
"""What works with a token, in the actions of targets and shards."""

ATTESTED = "${{ needs.attest.result == 'success' }}"

BUILT = {
    "rollback": {
        "artifact": "${{ needs.build.result == 'success' && needs.build.outputs.artifact || '' }}",
        "digest": "${{ needs.build.result == 'success' && needs.build.outputs.digest || '' }}",
    },
    "drift": {
        "artifact": "${{ needs.build.outputs.artifact }}",
        "built": "${{ needs.build.outputs.built }}",
    },
}
"""What each rollback and drift check is given; a second check, what `build-rest` built."""


def builds_see_no_token(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Build in a job that has no environment, no secret, and no right but to read the sources."""
    for name, job in workflow.jobs.items():
        if not any(_builds(step) for step in job.get("steps", ())):
            continue
        if job.get("permissions") != {"contents": "read"}:
            yield f"{name}: it builds, with more rights than `contents: read`"
        if "environment" in job or any(TOKEN.search(text) for text in expressions(job)):
            yield f"{name}: it builds where a secret or a token is"


def targets_get_what_was_built(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Give each rollback and drift check the bundles of a job that builds, by id and digest."""
    for name, job, step in steps_with(workflow, *DEPLOYING):
        given = step.get("with", {})
        for key, value in BUILT.get(str(given.get("action")), {}).items():
            rest = value.replace("needs.build.", "needs.build-rest.")
            if given.get(key) not in ({value, rest} if "build-rest" in needs(job) else {value}):
                yield f"{name}: it is not given what `build` built: {key} is not {value}"
        if given.get("action") in BUILT and not _behind_a_build(workflow, job):
            yield f"{name}: no job with {BUILD_ACTION} before it"


def rollbacks_ask_who_signed(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Have each rollback verify who signed the bundle of its commit, where attest.yml did."""
    for name, _job, step in steps_with(workflow, *DEPLOYING):
        given = step.get("with", {})
        if given.get("action") == "rollback" and given.get("attested") != ATTESTED:
            yield f"{name}: attested is not {ATTESTED}"


def nothing_is_built_beside_a_token(action: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Set EDGEFLEET_BUILD where edgefleet works with a token: it refuses to build there."""
    for name, _job, step in steps(action):
        set_to = (step.get("env") or {}).get("EDGEFLEET_BUILD")
        if WORKS.search(str(step.get("run", ""))) and set_to != NEVER:
            yield f"{name}: a step works with a token, and has no EDGEFLEET_BUILD: {NEVER}"


def _builds(step: Mapping[str, object]) -> bool:
    return step.get("uses") == BUILD_ACTION or bool(BUILDS.search(str(step.get("run", ""))))


def _behind_a_build(workflow: Workflow, job: Job) -> bool:
    waited = [workflow.jobs.get(one, {}) for one in needs(job)]
    return any(step.get("uses") == BUILD_ACTION for one in waited for step in one.get("steps", ()))


RULES = (builds_see_no_token, targets_get_what_was_built, rollbacks_ask_who_signed)
