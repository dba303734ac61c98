"""The rules that workflows are held to: each is broken once, in the real files.

Also row 12 (what `wf` tried), 13 and 15 of the security review.
"""

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from check_workflows import ROOT, RULES_OF_ACTIONS, check, findings, main
from workflows import ACTIONS, Workflow, load

FILES = load(ROOT)
Files = dict[str, dict[str, Any]]


def broken(change: Callable[[Files], object]) -> list[str]:
    """Return what is found after a change of the workflows, by name."""
    files = {file.file.split("/")[-1]: deepcopy(file.data) for file in FILES}
    change(files)
    return findings([Workflow(f".github/workflows/{name}", data) for name, data in files.items()])


def job(files: Files, file: str, name: str) -> dict[str, Any]:
    found = files[file]["jobs"][name]
    assert isinstance(found, dict)
    return found


def test_this_repository_keeps_every_rule() -> None:
    assert main([]) == 0


CHANGES: dict[str, tuple[Callable[[Files], object], str]] = {
    "rights": (
        lambda files: files["ci.yml"].pop("permissions"),
        "ci.yml: the workflow does not begin with `permissions: {}`",
    ),
    "rights of a job": (
        lambda files: job(files, "gates.yml", "lint").pop("permissions"),
        "gates.yml: lint: no permissions",
    ),
    "timeout": (
        lambda files: job(files, "drift.yml", "report").pop("timeout-minutes"),
        "drift.yml: report: no timeout-minutes",
    ),
    "a job that no other needs": (
        lambda files: job(files, "gates.yml", "verdict")["needs"].remove("typecheck"),
        "gates.yml: verdict: it does not need typecheck",
    ),
    "a required check that may be skipped": (
        lambda files: job(files, "ci.yml", "required-checks-pass").update({"if": "success()"}),
        "ci.yml: no job required-checks-pass with",
    ),
    "a canary in another group": (
        lambda files: job(files, "canary.yml", "canary").update(concurrency={"group": "x"}),
        "canary.yml: canary: its concurrency is not",
    ),
    "a canary of any branch may push": (
        lambda files: job(files, "canary.yml", "canary").update(
            {"if": "${{ needs.targets.outputs.count != '0' }}"}
        ),
        "canary.yml: canary: contents: write without `github.ref == 'refs/heads/main'`",
    ),
    "a deploy that may push on main alone": (
        lambda files: job(files, "deploy.yml", "ring-0").update(
            {"if": "${{ github.ref == 'refs/heads/main' }}"}
        ),
        "deploy.yml: ring-0: contents: write without `inputs.engine == 'api'`",
    ),
    "a switch of workflows beside other code": (
        lambda files: job(files, "deploy.yml", "canaries")["steps"].append({"run": "npm ci"}),
        "deploy.yml: canaries: actions: write, and something else than a switch",
    ),
    "a switch of workflows with more in its command": (
        lambda files: job(files, "staging.yml", "start")["steps"][0].update(
            run="gh workflow run x; y"
        ),
        "staging.yml: start: actions: write, and something else than a switch",
    ),
    "a switch of workflows with packages of the cache": (
        lambda files: job(files, "canary.yml", "schedule")["steps"][1].pop("with"),
        "canary.yml: schedule: actions: write, and something else than a switch",
    ),
    "a switch of workflows in a target's environment": (
        lambda files: job(files, "canary.yml", "schedule").update(
            environment={"name": "${{ matrix.github_environment }}"}
        ),
        "canary.yml: schedule: actions: write, and something else than a switch",
    ),
    "a deploy past the gates": (
        lambda files: job(files, "deploy.yml", "ring-0").update(needs=["targets"]),
        "deploy.yml: ring-0: it is not behind the job gates",
    ),
    "another bundle": (
        lambda files: job(files, "deploy.yml", "ring-0")["steps"][-1]["with"].pop("digest"),
        "deploy.yml: ring-2: its bundle is not the one of the gates: digest",
    ),
    "a bundle by its name": (
        lambda files: job(files, "deploy.yml", "plan")["steps"][-1]["with"].update(artifact="1"),
        "deploy.yml: plan: its bundle is not the one of the gates: artifact",
    ),
    "a bundle that no job verifies": (
        lambda files: job(files, "deploy.yml", "plan")["steps"][-1]["with"].update(attested=False),
        "deploy.yml: plan: its bundle is not the one of the gates: attested",
    ),
    "a ring that waits for no other": (
        lambda files: job(files, "deploy.yml", "ring-2").update(
            {"if": job(files, "deploy.yml", "ring-1")["if"]}
        ),
        "deploy.yml: ring-2: it begins though ring-1 did not end well",
    ),
    "a group that a deploy holds while it waits": (
        lambda files: job(files, "rollback.yml", "rollback")["concurrency"].update(
            group="target-${{ matrix.target }}"
        ),
        "rollback.yml: rollback: its concurrency is not",
    ),
    "another group": (
        lambda files: job(files, "rollback.yml", "rollback")["concurrency"].update(group="x"),
        "rollback.yml: rollback: its concurrency is not",
    ),
    "no group": (
        lambda files: files["drift.yml"].pop("concurrency"),
        "drift.yml: no concurrency group for the workflow",
    ),
    "no environment": (
        lambda files: job(files, "deploy.yml", "ring-0").pop("environment"),
        "deploy.yml: ring-0: no environment of the target",
    ),
    "a secret elsewhere": (
        lambda files: job(files, "deploy.yml", "summary").update(env={"A": "${{ secrets.A }}"}),
        "deploy.yml: summary: a secret without an environment",
    ),
    "a step without a name": (
        lambda files: job(files, "ci.yml", "required-checks-pass")["steps"][-1].pop("name"),
        (
            "ci.yml: required-checks-pass: a step without a name: "
            "python3 ci/require_success.py --may-skip attest"
        ),
    ),
    "an unknown commit": (
        lambda files: job(files, "ci.yml", "required-checks-pass")["steps"].append(
            {"uses": f"actions/checkout@{'0' * 40}"}
        ),
        f"ci.yml: required-checks-pass: actions/checkout@{'0' * 40} is not in .github/pins.txt",
    ),
    "a right that the caller has not": (
        lambda files: job(files, "ci.yml", "attest")["permissions"].pop("id-token"),
        "ci.yml: attest: attest asks for id-token: write",
    ),
    "a word for a boolean": (
        lambda files: (
            files["gates.yml"].update(
                on={"workflow_call": {"inputs": {"quick": {"type": "boolean"}}}}
            ),
            job(files, "ci.yml", "gates").update({"with": {"quick": "yes"}}),
        ),
        "ci.yml: gates: quick is no boolean",
    ),
    "an unknown input": (
        lambda files: job(files, "ci.yml", "gates").update({"with": {"attest": True}}),
        "ci.yml: gates: attest is no input of what it calls",
    ),
    "a release of a branch": (
        lambda files: files["release.yml"].update(on={"push": {"branches": ["main"]}}),
        "release.yml: it is started by something else than",
    ),
    "a release beside a right that it needs not": (
        lambda files: job(files, "release.yml", "test")["permissions"].update(contents="write"),
        "release.yml: test: it may write contents",
    ),
    "a release of what was not tested": (
        lambda files: job(files, "release.yml", "provenance").update(needs="build"),
        "release.yml: publish: it does not wait for the test of what was built",
    ),
    "a release by code of ours": (
        lambda files: job(files, "release.yml", "publish")["steps"].append(
            {"name": "x", "uses": "./.github/actions/setup"}
        ),
        "release.yml: publish: a job with rights runs code: ./.github/actions/setup",
    ),
    "a release by another command": (
        lambda files: job(files, "release.yml", "github-release")["steps"][-1].update(run="make"),
        "release.yml: github-release: a job with rights runs code: make",
    ),
    "a release by its name": (
        lambda files: job(files, "release.yml", "test")["steps"][2]["with"].update(
            {"artifact-ids": "1"}
        ),
        "release.yml: test: what it downloads is not",
    ),
    "a release from the cache": (
        lambda files: job(files, "release.yml", "build")["steps"][1].pop("with"),
        "release.yml: build: a release takes something from the cache",
    ),
    "a release past its reviewers": (
        lambda files: job(files, "release.yml", "publish").pop("environment"),
        "release.yml: publish: its environment is not pypi",
    ),
    "a missing workflow": (
        lambda files: job(files, "ci.yml", "gates").update(uses="./.github/workflows/x.yml"),
        "ci.yml: gates: there is no ./.github/workflows/x.yml",
    ),
}


def gate(files: Files, name: str) -> dict[str, Any]:
    """Return the step that is a gate."""
    found = next(step for step in job(files, "gates.yml", name)["steps"] if "run" in step)
    assert isinstance(found, dict)
    return found


def judge(files: Files) -> dict[str, Any]:
    found = job(files, "ci.yml", "required-checks-pass")["steps"][-1]
    assert isinstance(found, dict)
    return found


def condition(files: Files, old: str, new: str) -> None:
    deploy = job(files, "deploy.yml", "ring-0")
    assert old in deploy["if"]
    deploy["if"] = deploy["if"].replace(old, new)


EVIL_JOB = {
    "permissions": {},
    "timeout-minutes": 1,
    "environment": {"name": "${{ matrix.github_environment }}"},
    "steps": [{"run": "curl", "env": {"A": "${{ secrets.CLOUDFLARE_API_TOKEN }}"}}],
}
BUILD = {
    "name": "Build",
    "uses": "./.github/actions/build",
    "with": {"ref": "${{ needs.targets.outputs.commit }}"},
}

ATTACKS: dict[str, tuple[Callable[[Files], object], str]] = {
    "a gate that is forgiven": (
        lambda files: job(files, "gates.yml", "tests").update({"continue-on-error": True}),
        "gates.yml: tests: continue-on-error",
    ),
    "a step that is forgiven": (
        lambda files: gate(files, "tests").update({"continue-on-error": True}),
        "gates.yml: tests: a step has continue-on-error",
    ),
    "a gate of another command": (
        lambda files: gate(files, "lint").update(run="make lint || true"),
        "gates.yml: lint: the first command of this gate is not exactly 'make lint'",
    ),
    "another machine": (
        lambda files: job(files, "deploy.yml", "ring-0").update({"runs-on": "self-hosted"}),
        "deploy.yml: ring-0: it does not run on ubuntu-24.04 itself",
    ),
    "a container": (
        lambda files: job(files, "gates.yml", "lint").update(container="evil"),
        "gates.yml: lint: it does not run on ubuntu-24.04 itself",
    ),
    "gates of another commit": (
        lambda files: job(files, "gates.yml", "tests")["steps"][0]["with"].update(ref="good"),
        "gates.yml: tests: before its command a gate only checks out this commit",
    ),
    "other packages for a gate": (
        lambda files: job(files, "gates.yml", "tests")["steps"].insert(
            1, {"uses": "actions/cache/restore@x", "with": {"path": ".venv", "key": "evil"}}
        ),
        "gates.yml: tests: before its command a gate only checks out this commit",
    ),
    "a command before the gate": (
        lambda files: job(files, "gates.yml", "tests")["steps"].insert(1, {"run": "true"}),
        "gates.yml: tests: the first command of this gate is not exactly 'make pytest'",
    ),
    "a variable for a gate": (
        lambda files: gate(files, "tests").update(env={"TESTS": "tests/unit/ci"}),
        "gates.yml: tests: the first command of this gate is not exactly 'make pytest'",
    ),
    "a variable for all": (
        lambda files: files["gates.yml"].update(env={"MAKEFLAGS": "-n"}),
        "gates.yml: the workflow: env: give each step what it needs",
    ),
    "a shell that always succeeds": (
        lambda files: gate(files, "tests").update({"shell": "true {0}"}),
        "gates.yml: tests: a step has the shell true {0}",
    ),
    "the same by default": (
        lambda files: files["gates.yml"].update(defaults={"run": {"shell": "true {0}"}}),
        "gates.yml: the workflow: defaults",
    ),
    "a gate under a condition": (
        lambda files: job(files, "gates.yml", "tests").update({"if": "false"}),
        "gates.yml: tests: a gate has no condition",
    ),
    "a gate that is gone": (
        lambda files: files["gates.yml"]["jobs"].pop("typecheck"),
        "gates.yml: typecheck: the first command",
    ),
    "other gates": (
        lambda files: job(files, "deploy.yml", "gates").update(
            uses="./.github/workflows/attest.yml"
        ),
        "deploy.yml: gates: it does not always call .github/workflows/gates.yml",
    ),
    "gates that may be skipped": (
        lambda files: judge(files).update(run=f"{judge(files)['run']} gates"),
        "ci.yml: required-checks-pass: it is not a checkout and then exactly",
    ),
    "results that are made up": (
        lambda files: judge(files).update(env={"NEEDS": '{"gates": {"result": "success"}}'}),
        "ci.yml: required-checks-pass: it is not a checkout and then exactly",
    ),
    "a judge from elsewhere": (
        lambda files: job(files, "ci.yml", "required-checks-pass")["steps"][0]["with"].update(
            ref="evil"
        ),
        "ci.yml: required-checks-pass: it is not a checkout and then exactly",
    ),
    "another that may skip": (
        lambda files: job(files, "deploy.yml", "summary")["steps"].append(
            {"run": "python3 ci/require_success.py --may-skip gates"}
        ),
        "deploy.yml: summary: it runs ci/require_success.py with another --may-skip",
    ),
    "another check of the same name": (
        lambda files: job(files, "drift.yml", "report").update(name="required-checks-pass"),
        "drift.yml: report: required-checks-pass is the name of the check that",
    ),
    "a deploy past red gates": (
        lambda files: condition(files, "needs.gates.result == 'success'", "true"),
        "deploy.yml: ring-0: its condition ignores the result of gates",
    ),
    "a deploy past skipped gates": (
        lambda files: condition(
            files,
            "needs.gates.result == 'success'",
            "(needs.gates.result == 'success' || needs.gates.result == 'skipped')",
        ),
        "deploy.yml: ring-0: its condition ignores the result of gates",
    ),
    "a deploy past a failed promotion": (
        lambda files: condition(
            files,
            "needs.promotion.result == 'skipped'",
            "needs.promotion.result == 'failure'",
        ),
        "deploy.yml: ring-0: its condition ignores the result of promotion",
    ),
    "a deploy whatever happens": (
        lambda files: condition(files, "!cancelled()", "always()"),
        "deploy.yml: ring-0: its condition is not '!cancelled() && ...'",
    ),
    "a deploy by an alternative": (
        lambda files: condition(files, "!cancelled()", "github.actor == 'me' || !cancelled()"),
        "deploy.yml: ring-0: its condition is not '!cancelled() && ...'",
    ),
    "a cache beside a token": (
        lambda files: job(files, "drift.yml", "drift")["steps"][1].pop("with"),
        "drift.yml: drift: it works with a token, and takes packages from the cache",
    ),
    "what was seen, in a cache": (
        lambda files: job(files, "gates.yml", "lint")["steps"].append(
            {"name": "Keep", "uses": "actions/cache/save@x", "with": {"path": "./.edgefleet/"}}
        ),
        "gates.yml: lint: a cache or an artifact holds .edgefleet/seen",
    ),
    "what was seen, in an artifact": (
        lambda files: job(files, "gates.yml", "lint")["steps"].append(
            {
                "name": "Keep",
                "uses": "actions/upload-artifact@x",
                "with": {"path": "deployments\n.edgefleet/seen/*"},
            }
        ),
        "gates.yml: lint: a cache or an artifact holds .edgefleet/seen",
    ),
    "a secret by index": (
        lambda files: job(files, "deploy.yml", "ring-0")["steps"][-1]["with"].update(
            token="${{ secrets['CLOUDFLARE_API_TOKEN'] }}"
        ),
        "deploy.yml: ring-0: a secret that is not taken by its name",
    ),
    "a secret by format": (
        lambda files: job(files, "deploy.yml", "ring-0")["steps"][-1]["with"].update(
            token="${{ secrets[format('{0}_TOKEN', matrix.tenant)] }}"
        ),
        "deploy.yml: ring-0: a secret that is not taken by its name",
    ),
    "all secrets": (
        lambda files: job(files, "deploy.yml", "summary").update(
            {"if": "contains(toJSON(Secrets), 'x')"}
        ),
        "deploy.yml: summary: a secret that is not taken by its name",
    ),
    "secrets for a called workflow": (
        lambda files: job(files, "deploy.yml", "gates").update(secrets="inherit"),
        "deploy.yml: gates: secrets are handed to a called workflow",
    ),
    "a secret for the whole workflow": (
        lambda files: files["ci.yml"].update({"run-name": "${{ secrets.A }}"}),
        "ci.yml: the workflow: a secret without an environment",
    ),
    "a secret for a command": (
        lambda files: files["staging.yml"]["jobs"].update(evil=EVIL_JOB),
        "staging.yml: evil: a secret goes to something else than ./.github/actions/target",
    ),
    "a deploy by a command": (
        lambda files: job(files, "deploy.yml", "summary")["steps"].append(
            {"run": "edgefleet \\\n  deploy --tenant acme --env production"}
        ),
        "deploy.yml: summary: 'edgefleet deploy' in a step",
    ),
    "a deploy by a script": (
        lambda files: job(files, "rollback.yml", "summary")["steps"].append(
            {"run": "python ci/run_target.py deploy"}
        ),
        "rollback.yml: summary: 'run_target' in a step",
    ),
    "rights to sign for pull requests": (
        lambda files: job(files, "ci.yml", "gates")["permissions"].update({"id-token": "write"}),
        "ci.yml: gates: the right to sign",
    ),
    "a signature off main": (
        lambda files: job(files, "ci.yml", "attest").pop("if"),
        "ci.yml: attest: the right to sign",
    ),
    "every right": (
        lambda files: job(files, "ci.yml", "required-checks-pass").update(permissions="write-all"),
        "ci.yml: required-checks-pass: the right to sign",
    ),
    "the right to push beside wrangler": (
        lambda files: job(files, "deploy.yml", "ring-0-wrangler").update(
            permissions={"contents": "write"}
        ),
        "deploy.yml: ring-0-wrangler: contents: write without `inputs.engine == 'api'`",
    ),
    "the right to push whatever the engine": (
        lambda files: condition(files, "inputs.engine == 'api'", "true"),
        "deploy.yml: ring-0: contents: write without `inputs.engine == 'api'`",
    ),
    "the right to push beside wrangler, in a rollback": (
        lambda files: job(files, "rollback.yml", "rollback")["steps"][-1]["with"].update(
            engine="wrangler"
        ),
        "rollback.yml: rollback: contents: write, and something else than",
    ),
    "a build beside a token": (
        lambda files: job(files, "drift.yml", "drift")["steps"].append(BUILD),
        "drift.yml: drift: it builds where a secret or a token is",
    ),
    "a build by a command beside a token": (
        lambda files: job(files, "rollback.yml", "rollback")["steps"].append(
            {"name": "Build", "run": "edgefleet build --ref HEAD"}
        ),
        "rollback.yml: rollback: it builds where a secret or a token is",
    ),
    "a build that may push": (
        lambda files: job(files, "rollback.yml", "build")["permissions"].update(contents="write"),
        "rollback.yml: build: it builds, with more rights than `contents: read`",
    ),
    "a build in an environment": (
        lambda files: job(files, "drift.yml", "build-rest").update(environment="acme-staging"),
        "drift.yml: build-rest: it builds where a secret or a token is",
    ),
    "a rollback that builds": (
        lambda files: job(files, "rollback.yml", "rollback")["steps"][-1]["with"].pop("digest"),
        "rollback.yml: rollback: it is not given what `build` built: digest",
    ),
    "a rollback without a signature": (
        lambda files: job(files, "rollback.yml", "rollback")["steps"][-1]["with"].pop("attested"),
        "rollback.yml: rollback: attested is not",
    ),
    "a drift check that builds": (
        lambda files: job(files, "drift.yml", "batches")["steps"][-1]["with"].pop("built"),
        "drift.yml: batches: it is not given what `build` built: built",
    ),
    "a drift check of another artifact": (
        lambda files: job(files, "drift.yml", "drift-rest")["steps"][-1]["with"].update(
            artifact="1"
        ),
        "drift.yml: drift-rest: it is not given what `build` built: artifact",
    ),
    "a drift check before any build": (
        lambda files: job(files, "drift.yml", "drift").update(needs=["targets"]),
        "drift.yml: drift: no job with ./.github/actions/build before it",
    ),
    "the right to push for a command": (
        lambda files: job(files, "deploy.yml", "ring-0")["steps"].append({"run": "npm test"}),
        "deploy.yml: ring-3: contents: write, and something else than ./.github/actions/target",
    ),
    "the right to push for the gates": (
        lambda files: job(files, "gates.yml", "tests")["permissions"].update(contents="write"),
        "gates.yml: tests: contents: write, and something else than",
    ),
    "the right to push for a called workflow": (
        lambda files: job(files, "deploy.yml", "gates")["permissions"].update(contents="write"),
        "deploy.yml: gates: contents: write, and something else than",
    ),
    "a token for locks beside wrangler": (
        lambda files: job(files, "deploy.yml", "ring-0")["steps"][-1]["with"].update(
            {"lock-token": "${{ github.token }}"}
        ),
        "deploy.yml: ring-0-wrangler: a token for locks, without the right to push them",
    ),
    "rights for what a fork sends": (
        lambda files: files["ci.yml"].update(on=["pull_request_target", "pull_request"]),
        "ci.yml: it is started by pull_request_target",
    ),
    "rights for the code of a run": (
        lambda files: job(files, "watch.yml", "report")["steps"][0]["with"].update(ref="evil"),
        "watch.yml: report: it checks out something else than the default branch",
    ),
    "another workflow that runs after runs": (
        lambda files: files["drift.yml"].update(on="workflow_run"),
        "drift.yml: it is started by workflow_run",
    ),
    "an action from another folder": (
        lambda files: job(files, "drift.yml", "report")["steps"].append({"uses": "./ci/evil"}),
        "drift.yml: report: it uses ./ci/evil, which is no ./.github/actions/NAME",
    ),
    "a nested action": (
        lambda files: job(files, "drift.yml", "report")["steps"].append(
            {"uses": "$/.github/actions/setup/inner"}
        ),
        "drift.yml: report: it uses $/.github/actions/setup/inner",
    ),
}
"""What a pull request could try to weaken -> what is said of it."""


@pytest.mark.parametrize("name", ATTACKS)
def test_what_would_weaken_gates_or_hand_out_tokens_is_refused(name: str) -> None:
    """Review 12, 13, 14."""
    change, said = ATTACKS[name]
    assert any(f".github/workflows/{said}" in line for line in broken(change)), broken(change)


EVIL_STEP = "jobs: {evil: {steps: [{uses: evil/action@aaaa}]}}\n"
EVIL_ACTION = "runs: {using: composite, steps: [{uses: evil/action@aaaa}]}\n"
PLANTED = {
    ".github/workflows/evil.yaml": EVIL_STEP,
    ".github/workflows/inner/evil.yml": EVIL_STEP,
    ".github/actions/setup/inner/action.yml": EVIL_ACTION,
    ".github/actions/setup/action.yaml": EVIL_ACTION,
    ".github/evil.YAML": EVIL_STEP,
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Copy what the rules read."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    shutil.copy(ROOT / ".npmrc", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", PLANTED)
def test_yaml_where_no_linter_looks_is_refused(name: str, repository: Path) -> None:
    """Review 12: rules and pins looked at `*.yml` in two folders alone."""
    assert check(repository) == []
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text(PLANTED[name])
    assert [line for line in check(repository) if line.startswith(f"{name}: no linter looks here")]


@pytest.mark.parametrize("text", [None, "", "#ignore-scripts=true\n", "ignore-scripts=false\n"])
def test_packages_run_no_scripts_where_they_are_installed(
    repository: Path, text: str | None
) -> None:
    (repository / ".npmrc").unlink()
    if text is not None:
        (repository / ".npmrc").write_text(text)
    assert check(repository) == [".npmrc: it has no line ignore-scripts=true"]


def test_a_link_under_github_is_refused(repository: Path) -> None:
    (repository / ".github/workflows/evil.yml").symlink_to("/etc/hostname")
    (repository / ".github/workflows/ci.yml").rename(repository / "ci.yml")
    (repository / ".github/workflows/ci.yml").symlink_to(repository / "ci.yml")
    assert ".github/workflows/ci.yml: it is a link: put the file itself here" in check(repository)


def test_an_action_that_is_a_program_is_refused(repository: Path) -> None:
    action = repository / ".github/actions/setup/action.yml"
    action.write_text("runs: {using: node24, main: evil.js}\n")
    assert any("it is no composite action" in line for line in check(repository))


def test_an_action_that_is_used_must_be_there(repository: Path) -> None:
    (repository / ".github/actions/setup/action.yml").unlink()
    assert any(
        "there is no ./.github/actions/setup/action.yml" in line for line in check(repository)
    )


@pytest.mark.parametrize("path", ["/.github/", "/ci/", "/Makefile", "/tenants/", "/requirements*"])
def test_what_judges_a_change_has_owners_who_review_it(path: str, repository: Path) -> None:
    """Review 15: a pull request that rewrites the judge needs its owners."""
    owners = repository / ".github/CODEOWNERS"
    lines = [line for line in owners.read_text().splitlines() if not line.startswith(path)]
    owners.write_text("\n".join(lines))
    assert check(repository) == [f".github/CODEOWNERS: no line names an owner of {path}"]
    owners.write_text("\n".join([*lines, path]))
    assert f".github/CODEOWNERS: {path} has no owner" in check(repository)


def test_the_ruleset_asks_for_the_owners_review(repository: Path) -> None:
    ruleset = repository / ".github/rulesets/main.json"
    ruleset.write_text(ruleset.read_text().replace('owner_review": true', 'owner_review": false'))
    (found,) = check(repository)
    assert found == ".github/rulesets/main.json: require_code_owner_review is not true"


@pytest.mark.parametrize("name", CHANGES)
def test_a_broken_rule_is_named_with_its_job(name: str) -> None:
    change, said = CHANGES[name]
    assert any(f".github/workflows/{said}" in line for line in broken(change)), broken(change)


def test_github_takes_25_inputs() -> None:
    inputs = {f"input_{number}": {"type": "string"} for number in range(26)}
    found = findings([Workflow("w.yml", {"on": {"workflow_dispatch": {"inputs": inputs}}})])
    assert "w.yml: 26 inputs: GitHub takes 25" in found


def test_the_pins_of_composite_actions_are_checked_too() -> None:
    actions = load(ROOT, ACTIONS)
    assert findings(actions, RULES_OF_ACTIONS) == []
    actions[0].jobs["runs"]["steps"].append({"name": "x", "uses": "other/action@main"})
    (found,) = findings(actions, RULES_OF_ACTIONS)
    assert "other/action@main is not in" in found


@pytest.mark.parametrize("name", ["target", "shard"])
def test_actions_with_a_token_forbid_builds(name: str) -> None:
    actions = [one for one in load(ROOT, ACTIONS) if one.file.endswith(f"{name}/action.yml")]
    given = [step.get("env", {}) for step in actions[0].jobs["runs"]["steps"]]
    assert [one.pop("EDGEFLEET_BUILD") for one in given if "EDGEFLEET_BUILD" in one]
    assert "has no EDGEFLEET_BUILD" in "".join(findings(actions, RULES_OF_ACTIONS))
