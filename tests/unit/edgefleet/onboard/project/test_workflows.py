"""The workflows that edgefleet writes into the repository of a fleet."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from check_workflows import RULES, actions_are_pinned_to_known_commits, findings
from edgefleet.errors import UsageError
from edgefleet.onboard.project.workflows import CHECKOUT, ActionSource, workflow_files
from support.project import ROOT
from support.thin_workflows import SOURCE, as_ours
from workflow_builds import rollbacks_ask_who_signed
from workflow_gates import (
    closing_jobs_list_every_job,
    gates_run_their_commands,
    what_the_gates_built_is_deployed,
)
from workflow_rights import runs_with_rights_run_our_code, who_can_push_runs_no_foreign_code
from workflows import load

FOREIGN = {
    gates_run_their_commands: "its gates are those of the action `gates`",
    closing_jobs_list_every_job: "which checks it requires, the repository decides",
    what_the_gates_built_is_deployed: "no job signs; asked below",
    rollbacks_ask_who_signed: "no job signs",
    who_can_push_runs_no_foreign_code: "there is no other engine than api; asked below",
    runs_with_rights_run_our_code: "edgefleet-plan.yml reads a pull request; asked below",
}
"""Rules for our own workflows alone, and why."""
FIELDS = {"repository": "acme/edgefleet", "commit": "a" * 40, "version": "0.2.0"}
GATES_BUNDLE = {
    "artifact": "${{ needs.gates.outputs.bundle-artifact }}",
    "digest": "${{ needs.gates.outputs.bundle-digest }}",
}


def parsed(*environments: str) -> dict[str, Any]:
    """Return the workflows by the short names of their files."""
    files = workflow_files(environments or ("staging", "production"), SOURCE)
    return {
        Path(name).stem.removeprefix("edgefleet-"): yaml.safe_load(text.replace("\non:", "\n'on':"))
        for name, text in files.items()
    }


def inputs_of(workflow: dict[str, Any], action: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each job with a step that uses one of our actions, and the step's inputs."""
    return [
        (job, step.get("with", {}))
        for job in workflow["jobs"].values()
        for step in job.get("steps", ())
        if f"/actions/{action}@" in str(step.get("uses"))
    ]


def test_the_same_fleet_gets_the_same_files() -> None:
    files = workflow_files(("staging", "production"), SOURCE)
    assert files == workflow_files(["staging", "production"], SOURCE)
    assert sorted(files) == [
        f".github/workflows/edgefleet-{name}.yml"
        for name in ("canary", "deploy", "drift", "gates", "plan", "rollback")
    ]


def test_environments_are_the_choices_of_inputs() -> None:
    files = parsed("test", "on", "live")
    asked = {
        name: files[name]["on"]["workflow_dispatch"]["inputs"]["environment"]
        for name in ("deploy", "rollback", "drift")
    }
    assert asked["deploy"]["options"] == ["test", "on", "live"]
    assert asked["deploy"]["default"] == "test"
    assert asked["rollback"]["options"] == ["test", "on", "live"]
    assert "default" not in asked["rollback"]
    assert asked["drift"]["options"] == ["all", "test", "on", "live"]


def test_every_action_is_pinned_by_a_commit() -> None:
    for text in workflow_files(("staging",), SOURCE).values():
        used = re.findall(r"uses: (?!\./)(.+)", text)
        ours = r"acme/edgefleet/\.github/actions/[a-z]+@(0123456789){4} # v0\.2\.0"
        assert [one for one in used if one != CHECKOUT and not re.fullmatch(ours, one)] == []
    assert CHECKOUT in (ROOT / ".github/pins.txt").read_text().splitlines()


def test_every_action_that_is_used_is_there() -> None:
    texts = "".join(workflow_files(("staging",), SOURCE).values())
    used = set(re.findall(r"/\.github/actions/(\w+)@", texts))
    assert used == {path.parent.name for path in ROOT.glob(".github/actions/*/action.yml")}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("repository", "edgefleet", "is not OWNER/NAME"),
        ("repository", "a/b/c", "is not OWNER/NAME"),
        ("repository", "acme/edgefleet@x\n", "is not OWNER/NAME"),
        ("commit", "a" * 39, "is not a commit of 40 digits"),
        ("commit", "main", "is not a commit of 40 digits"),
        ("commit", "A" * 40, "is not a commit of 40 digits"),
        ("version", "latest", "is not a version"),
        ("version", "0.2.0\nrun: evil", "is not a version"),
    ],
)
def test_a_wrong_source_is_refused_by_its_name(field: str, value: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        ActionSource.model_validate({**FIELDS, field: value})
    assert refused.value.message.startswith(f"{field} '")
    assert words in refused.value.message


@pytest.mark.parametrize("environments", [(), ("dev",), ("a-b",), ("x]\n",), ("Staging",)])
def test_wrong_environments_are_refused(environments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="environment"):
        workflow_files(environments, SOURCE)


def test_secrets_of_the_worker_go_to_what_asks_it_alone() -> None:
    names = ("API_KEY", "EDGEFLEET_SMOKE_KEY", "API_KEY", "OTHER")
    files = workflow_files(("staging",), SOURCE, secrets=names)
    line = (
        """worker_secrets: '{"API_KEY": ${{ toJSON(secrets.API_KEY) }}, """
        """"OTHER": ${{ toJSON(secrets.OTHER) }}}'"""
    )
    found = {Path(name).stem: text.count(line) for name, text in files.items()}
    assert found == {
        "edgefleet-deploy": 2,
        "edgefleet-canary": 1,
        "edgefleet-rollback": 1,
        "edgefleet-drift": 0,
        "edgefleet-gates": 0,
        "edgefleet-plan": 0,
    }
    assert "worker_secrets" not in "".join(workflow_files(("staging",), SOURCE).values())
    with pytest.raises(UsageError, match="is no name of a secret"):
        workflow_files(("staging",), SOURCE, secrets=["x) }}"])


def test_our_own_rules_hold_for_them(tmp_path: Path) -> None:
    as_ours(tmp_path)
    rules = [rule for rule in RULES if rule not in FOREIGN]
    assert actions_are_pinned_to_known_commits in rules
    # It follows the gates of another run, whose end starts it.
    allowed = [".github/workflows/plan.yml: plan: it is not behind the job gates"]
    assert findings(load(tmp_path), rules) == allowed


def test_what_the_gates_built_is_what_a_ring_gets() -> None:
    deploy = parsed()["deploy"]
    given = [*inputs_of(deploy, "target"), *inputs_of(deploy, "shard")]
    assert len(given) == 1 + 2 * 4  # the plan, and each ring
    assert all(inputs.items() >= GATES_BUNDLE.items() for _, inputs in given)


def test_a_job_that_may_push_builds_nothing() -> None:
    found = parsed()
    pushing = [
        job
        for name in found
        for job in found[name]["jobs"].values()
        if job["permissions"].get("contents") == "write"
    ]
    assert len(pushing) == 4 + 1 + 1  # each ring, rollbacks to what is there, and canaries
    for job in pushing:
        (setup,) = [one["with"] for one in job["steps"] if "/actions/setup@" in one["uses"]]
        assert setup["cache"] == "false"
        builds = "needs.targets.outputs.builds"
        assert setup["packages"] == "false" or f"{builds} == 'false'" in job["if"]
        assert not any("run" in step or "engine" in step.get("with", {}) for step in job["steps"])


def test_a_pull_requests_plan_runs_beside_none_of_its_code() -> None:
    plan = parsed()["plan"]
    jobs = plan["jobs"]
    assert plan["on"] == {
        "workflow_run": {"workflows": ["edgefleet-gates"], "types": ["completed"]}
    }
    first = " ".join(jobs["targets"]["if"].split())
    assert "vars.EDGEFLEET_PULL_REQUEST_PLANS == 'true'" in first
    assert "github.event.workflow_run.head_repository.full_name == github.repository" in first
    assert "||" not in first
    for job in jobs.values():
        steps = job["steps"]
        assert not any("run" in step for step in steps)
        setups = [step["with"] for step in steps if "/actions/setup@" in step["uses"]]
        assert setups == [{"cache": "false", "packages": "false"}]
        assert {"write"} & set(job["permissions"].values()) == (
            {"write"} if job is jobs["comment"] else set()
        )
    assert {job for job in jobs if "secrets." in str(jobs[job])} == {"plan"}
    assert "actions/checkout" not in str(jobs["comment"])
    assert [one["action"] for _, one in inputs_of(plan, "target")] == ["plan"]
