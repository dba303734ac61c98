"""Generated files are what code says."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.fleet_config import FleetConfig
from generate import (
    GENERATED,
    action,
    generated,
    main,
    stale,
    with_environments,
    workflow,
    write,
)
from worker_secrets import in_action, in_workflow
from workflow_rights import RULES, secrets_are_named
from workflows import load

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("file", GENERATED)
def test_a_generated_file_is_fresh(file: str) -> None:
    assert (ROOT / file).read_text("utf-8") == generated(file), "run 'make generate'"


def test_what_is_stale_is_written_and_named(tmp_path: Path) -> None:
    assert write(tmp_path) == list(GENERATED)
    assert stale(tmp_path) == []
    changed = next(iter(GENERATED))
    (tmp_path / changed).write_text("by hand")
    assert stale(tmp_path) == [changed]
    assert write(tmp_path) == [changed]


def test_check_writes_nothing_and_says_so_by_its_exit_code() -> None:
    assert main(["--check"]) == 0


@pytest.mark.parametrize(
    ("workflow", "offered"), [("deploy", "[qa, live]"), ("drift", "[all, qa, live]")]
)
def test_inputs_of_workflows_offer_the_environments_of_the_fleet(
    workflow: str, offered: str
) -> None:
    fleet = FleetConfig.model_validate({"environments": {"qa": {}, "live": {}}})
    text = with_environments(f".github/workflows/{workflow}.yml", fleet)
    assert f"        options: {offered}\n        default: " in text
    assert "default: staging" not in text


ACCESS = FleetConfig.model_validate(
    {
        "health": {
            "headers": {
                "CF-Access-Client-Id": {"secret": "ACCESS_ID", "shared": True},
                "CF-Access-Client-Secret": {"secret": "ACCESS_KEY", "shared": True},
            }
        },
        "smoke": {
            "requests": [
                {"name": "it answers", "path": "/", "headers": {"X-Key": {"secret": "CHAT_KEY"}}}
            ]
        },
    }
)


def handed_on(name: str, fleet: FleetConfig) -> list[list[str]]:
    """Return the secrets of the Worker that each step of a workflow hands on."""
    text = workflow(f".github/workflows/{name}.yml", fleet)
    found = [
        re.findall(r"worker-\S+: \$\{\{ secrets\.(\w+) ", step) for step in text.split("- name: ")
    ]
    return [one for one in found if one]


def test_steps_that_ask_a_worker_get_the_secrets_of_its_checks() -> None:
    assert handed_on("deploy", ACCESS) == [["ACCESS_ID", "ACCESS_KEY", "CHAT_KEY"]] * 2
    assert {*map(tuple, handed_on("rollback", ACCESS))} == {("ACCESS_ID", "ACCESS_KEY")}
    assert handed_on("drift", ACCESS) == []


@pytest.mark.parametrize("name", ["target", "shard"])
def test_actions_take_what_workflows_hand_on(name: str) -> None:
    text = action(f".github/actions/{name}/action.yml", ACCESS)
    read: Any = yaml.safe_load(text)
    assert {"worker-access-id", "worker-access-key", "worker-chat-key"} <= read["inputs"].keys()
    having = [one["env"] for one in read["runs"]["steps"] if "CHAT_KEY" in one.get("env", {})]
    assert [one["ACCESS_ID"] for one in having] == ["${{ inputs.worker-access-id }}"] * 2


def test_generated_secrets_are_replaced_and_not_added_again(tmp_path: Path) -> None:
    file = ".github/actions/target/action.yml"
    once = action(file, ACCESS)
    assert in_action(once, ACCESS) == once
    assert in_action(once, fleet_of(ROOT)) == (ROOT / file).read_text("utf-8")
    deploy = workflow(".github/workflows/deploy.yml", ACCESS)
    assert in_workflow(deploy, ACCESS) == deploy


def test_generated_workflows_keep_the_rules_about_secrets(tmp_path: Path) -> None:
    github = Path(shutil.copytree(ROOT / ".github", tmp_path / ".github"))
    for name in ("deploy", "rollback"):
        file = f".github/workflows/{name}.yml"
        (tmp_path / file).write_text(workflow(file, ACCESS))
    for name in ("target", "shard"):
        file = f"actions/{name}/action.yml"
        (github / file).write_text(action(f".github/{file}", ACCESS))
    workflows = load(tmp_path)
    rules = (secrets_are_named, *RULES)
    assert [said for rule in rules for one in workflows for said in rule(one, workflows)] == []
