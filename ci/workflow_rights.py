"""Rules about tokens: who gets which secret, who may sign, and what alone may deploy."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from workflow_gates import DEPLOYING
from workflow_release import RELEASE_FILE
from workflows import NO_CACHE, SETUP, Workflow, conjuncts, expressions, steps, steps_with

ATTEST_FILE = ".github/workflows/attest.yml"
SIGNING = {"id-token", "attestations"}
ON_MAIN = "github.ref == 'refs/heads/main'"

WATCH_FILE = ".github/workflows/watch.yml"
TOLD_OF_RUNS = {"workflow_run"}
TRIGGERS_WITH_RIGHTS = {
    *TOLD_OF_RUNS,
    "pull_request_target",
    "issue_comment",
    "issues",
    "discussion",
}

CHECKOUT = "actions/checkout@"
KEEPERS = ("actions/cache", "actions/upload-artifact@")
SEEN = ".edgefleet/seen"
"""What a machine has kept of the versions that it looked at (state/seen)."""


def _lock_tokens(*conditions: str) -> dict[str, str]:
    return {asked: f"${{{{ {asked} && github.token || '' }}}}" for asked in conditions}


LOCK_TOKENS = _lock_tokens("inputs.engine == 'api'")
"""What a job that may push asks for, so that no foreign code runs in it -> its token for locks."""
LOCK_TOKENS_OF_CANARIES = _lock_tokens(ON_MAIN)
"""The same of a job that goes on with a canary, which neither builds nor uploads."""
LOCK_TOKEN_OF_ROLLBACKS = "${{ github.token }}"  # noqa: S105 - an expression
"""That of a rollback, which builds nothing and uploads by the API: nothing needs to be asked."""

SWITCH = re.compile(
    r'gh workflow (enable|run) [^;&|`$(]*( -f [a-z]+="[^"]*")*( \|\| echo "[^"]*")?'
)
"""What a job that may switch workflows runs by itself: one command of GitHub's."""
SCHEDULE_ACTION = "./.github/actions/schedule"

SECRETS = re.compile(r"\bsecrets\b", re.IGNORECASE)
ONE_SECRET = re.compile(r"\bsecrets\.[A-Z][A-Z0-9_]*\b(?!\s*[.\[(])")

DEPLOYS = re.compile(
    r"\bedgefleet (deploy|deploy-all|rollback|canary)\b|\bdrift\b.* --repair|\brun_(target|shard)\b"
    r"|\bwrangler (deploy|versions|rollback|secret|triggers)\b"
    r"|\bnpm run(-script)? (deploy|rollback)"
)


def secrets_are_named(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Take a secret by its name, `secrets.NAME`: never by index, by format, or all at once."""
    for name, part in _parts(workflow):
        for text in expressions(part):
            if len(SECRETS.findall(text)) != len(ONE_SECRET.findall(text)):
                yield f"{name}: a secret that is not taken by its name: {' '.join(text.split())}"
        if "secrets" in part:
            yield f"{name}: secrets are handed to a called workflow"


def tokens_stay_in_environments(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Give a job that works with a target its environment; a secret goes to such a step alone."""
    named = {name for name, _job, _step in steps_with(workflow, *DEPLOYING)}
    for name, part in _parts(workflow):
        has_environment = "matrix.github_environment" in str(part.get("environment", ""))
        if name in named and not has_environment:
            yield f"{name}: no environment of the target"
        if not any(SECRETS.search(text) for text in expressions(part)):
            continue
        if not has_environment:
            yield f"{name}: a secret without an environment"
        elsewhere = {**part, "steps": [_without_inputs(step) for step in part.get("steps", ())]}
        if any(SECRETS.search(text) for text in expressions(elsewhere)):
            yield f"{name}: a secret goes to something else than {' or '.join(DEPLOYING)}"


def no_cache_beside_secrets(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Take nothing from the cache where a token is: code of any other job can write into it."""
    named = {name for name, _job, _step in steps_with(workflow, *DEPLOYING)}
    for name, _job, step in steps(workflow):
        if name not in named:
            continue
        used, given = str(step.get("uses", "")), step.get("with") or {}
        if used.startswith("actions/cache") or (used == SETUP and given.get("cache") != NO_CACHE):
            yield f"{name}: it works with a token, and takes packages from the cache"


def looks_stay_on_their_machine(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Keep `.edgefleet/seen` out of caches and artifacts: a forged file would hide a difference."""
    for name, _job, step in steps(workflow):
        if not str(step.get("uses", "")).startswith(KEEPERS):
            continue
        for path in str((step.get("with") or {}).get("path", "")).split():
            kept = path.rstrip("/*").removeprefix("./")
            if kept in ("", ".", "${{ github.workspace }}", ".edgefleet") or SEEN in kept:
                yield f"{name}: a cache or an artifact holds {SEEN}"


def only_the_actions_deploy(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Deploy and roll back by the actions `target` and `shard` alone, never by a `run`."""
    if workflow.file in {f"{action[2:]}/action.yml" for action in DEPLOYING}:
        return
    for name, _job, step in steps(workflow):
        text = " ".join(str(step.get("run", "")).replace("\\\n", " ").split())
        if found := DEPLOYS.search(text):
            yield f"{name}: '{found[0]}' in a step: use {' or '.join(DEPLOYING)}"


def runs_with_rights_run_our_code(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Let `workflow_run` start watch.yml alone, which checks out the default branch's code.

    With these events a job has rights though the change that started it has none.
    """
    found = workflow.triggers & TRIGGERS_WITH_RIGHTS
    if found - (TOLD_OF_RUNS if workflow.file == WATCH_FILE else set()):
        yield f"it is started by {', '.join(sorted(found))}"
    for name, _job, step in steps(workflow):
        given = step.get("with") or {}
        checkout = str(step.get("uses", "")).startswith("actions/checkout@")
        if found and checkout and given.keys() & {"ref", "repository"}:
            yield f"{name}: it checks out something else than the default branch"


def only_main_is_signed(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Grant the rights to sign to attest.yml alone, on main alone; and to release.yml."""
    if workflow.file == RELEASE_FILE:  # workflow_release.py has its rules
        return
    for name, job in workflow.jobs.items():
        rights = job.get("permissions") or {}
        signs = not isinstance(rights, dict) or any(rights.get(one) == "write" for one in SIGNING)
        signer = workflow.file == ATTEST_FILE or job.get("uses") == f"./{ATTEST_FILE}"
        if signs and not (signer and ON_MAIN in conjuncts(job.get("if", ""))):
            yield f"{name}: the right to sign, and not {ATTEST_FILE} with `{ON_MAIN}`"


def who_can_push_runs_no_foreign_code(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Grant `contents: write`, which locks need, to jobs alone that run no code of npm or a Worker.

    Such a job takes this commit, sets up and works with a target, with the engine `api`; what it
    uploads another job built. No other job hands its token on for locks. Not for releases.
    """
    if workflow.file == RELEASE_FILE:
        return
    for name, job in workflow.jobs.items():
        asked = conjuncts(job.get("if", ""))
        given = [step.get("with") or {} for step in job.get("steps", ())]
        tokens = [one["lock-token"] for one in given if one.get("lock-token")]
        rights = job.get("permissions") or {}
        acts = {one["action"] for one in given if "action" in one}
        canaries, rollbacks = acts == {"canary"}, acts == {"rollback"}
        known_tokens = LOCK_TOKENS_OF_CANARIES if canaries else LOCK_TOKENS
        if isinstance(rights, dict) and rights.get("contents") != "write":
            if any(token not in known_tokens.values() for token in tokens):
                yield f"{name}: a token for locks, without the right to push them"
            continue
        used = [str(step.get("uses", "")) for step in job.get("steps", ())]
        known = all(one in {SETUP, *DEPLOYING} or one.startswith(CHECKOUT) for one in used)
        engines = {one["engine"] for one in given if "engine" in one}
        known = known and engines <= ({"api"} if rollbacks else {"api", "${{ inputs.engine }}"})
        if not known or not set(used) & set(DEPLOYING):
            yield f"{name}: contents: write, and something else than {' or '.join(DEPLOYING)}"
        if rollbacks and set(tokens) <= {LOCK_TOKEN_OF_ROLLBACKS}:
            continue
        found = [one for one in known_tokens if one in asked]
        if not found or any(token != known_tokens[found[0]] for token in tokens):
            yield f"{name}: contents: write without `{'` or `'.join(known_tokens)}`"


def who_can_switch_workflows_runs_no_foreign_code(
    workflow: Workflow, _: Sequence[Workflow]
) -> Iterator[str]:
    """Grant `actions: write`, which starts and switches workflows, to two kinds of jobs alone.

    One runs a command of GitHub's and nothing else; one sets up without a cache, in which any job
    can write, and uses the action `schedule`. Neither sees a secret or an environment.
    """
    for name, job in workflow.jobs.items():
        rights = job.get("permissions") or {}
        if isinstance(rights, dict) and rights.get("actions") != "write":
            continue
        given = job.get("steps", ())
        alone = len(given) == 1 and SWITCH.fullmatch(" ".join(str(given[0].get("run")).split()))
        used = [str(step.get("uses", "")) for step in given]
        ours = [one for one in used if not one.startswith(CHECKOUT)] == [SETUP, SCHEDULE_ACTION]
        caches = [step.get("with", {}).get("cache") for step in given if step.get("uses") == SETUP]
        if not (alone or (ours and caches == [NO_CACHE])) or "environment" in job:
            yield f"{name}: actions: write, and something else than a switch of workflows"


def _parts(workflow: Workflow) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each job, and what stands outside of jobs."""
    yield "the workflow", {key: one for key, one in workflow.data.items() if key != "jobs"}
    yield from workflow.jobs.items()


def _without_inputs(step: dict[str, Any]) -> dict[str, Any]:
    given = {} if step.get("uses") in DEPLOYING else step.get("with", {})
    return {**step, "with": given}


RULES = (
    secrets_are_named,
    tokens_stay_in_environments,
    no_cache_beside_secrets,
    looks_stay_on_their_machine,
    only_the_actions_deploy,
    only_main_is_signed,
    runs_with_rights_run_our_code,
    who_can_push_runs_no_foreign_code,
    who_can_switch_workflows_runs_no_foreign_code,
)
