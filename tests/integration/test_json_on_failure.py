"""`--format json` of commands that fail: the record, or the error; never nothing.

Trials: A8.
"""

import json
from typing import Any

import pytest

from integration.conftest import TENANTS, Stage, token

ONE = TENANTS[0]
TARGETS = ("--tenants", ONE, "--env", "staging")
REFUSED: dict[str, Any] = {"kind": "status", "status": 400, "code": 10021, "times": None}


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


def test_a_deploy_that_fails_prints_its_record(stage: Stage) -> None:
    with stage.edge.faults({"method": "PUT", "path": "*/workers/scripts/*", **REFUSED}):
        ran = stage.deploy(ONE, "staging", "--engine", "api", "--format", "json")
    assert ran.code == 6, ran.said
    printed = json.loads(ran.out)
    assert printed == stage.project.records()[-1]
    assert printed["status"] == "failed"
    assert printed["error"]["code"] == "cloudflare_api"


def test_a_deploy_without_a_token_prints_its_record(stage: Stage) -> None:
    ran = stage.deploy(ONE, "staging", "--format", "json", CLOUDFLARE_API_TOKEN_MRRAINBOWSMOKE="")
    assert ran.code == 5, ran.said
    assert json.loads(ran.out)["error"]["code"] == "credentials"
    assert token(ONE) not in ran.said


def test_a_deploy_that_fails_names_its_record(stage: Stage) -> None:
    """C15: what a reader looks for beyond that is there."""
    with stage.edge.faults({"method": "PUT", "path": "*/workers/scripts/*", **REFUSED}):
        ran = stage.deploy(ONE, "staging", "--engine", "api")
    (line,) = [line for line in ran.err.splitlines() if line.startswith("record: ")]
    written = json.loads((stage.project.root / line.removeprefix("record: ")).read_text())
    assert written == stage.project.records()[-1]


def test_a_dry_run_says_in_json_that_it_is_one(stage: Stage) -> None:
    ran = stage.deploy(ONE, "staging", "--dry-run", "--engine", "api", "--format", "json")
    assert ran.code == 0, ran.said
    assert json.loads(ran.out)["dry_run"] is True


def test_a_rollback_with_nothing_to_go_back_to_prints_its_record(stage: Stage) -> None:
    ran = stage.project.run("rollback", *TARGETS, "--format", "json")
    assert ran.code != 0
    assert json.loads(ran.out)["error"]["message"] in ran.err


def test_a_command_that_ends_before_its_work_prints_the_error(stage: Stage) -> None:
    ran = stage.project.run("history", "--tenants", "nope", "--format", "json")
    assert ran.code == 2
    assert json.loads(ran.out)["error"]["code"] == "usage"
