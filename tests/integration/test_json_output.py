"""What every command prints with `--format json` is as the published schema says.

Trials: A8.
"""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator

from edgefleet.cli.lazy_group import all_commands
from edgefleet.cli.main import edgefleet
from edgefleet.reference.json_schemas import OUTPUTS
from integration.conftest import TENANTS, Stage
from support.project import ROOT, Ran

ONE, OTHER = TENANTS
TARGET = ("--tenant", ONE, "--env", "staging")
SCRIPT = (
    *("--account", "b7b4cd528c47e591b8e93be634e0623d"),
    *("--script", "bluey-ai-worker-staging"),
)
TARGETS = ("--tenants", ONE, "--env", "staging")
SCHEMA = json.loads((ROOT / "docs/reference/output.schema.json").read_text())
NO_FORM_OF_OURS = {"matrix", "dev", "tail", "github bootstrap", "github ruleset"}
NO_TOKEN = {"CLOUDFLARE_API_TOKEN_RAINBOWSMOKEOFFICIAL": ""}


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


def checked(command: str, ran: Ran) -> Any:
    """Return what a command printed, after a look at its schema."""
    printed = json.loads(ran.out)
    schema = {**SCHEMA, "$ref": f"#/$defs/{command}"}
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(printed)]
    assert errors == [], ran.out
    return printed


@pytest.fixture(scope="module")
def deployed(stage: Stage) -> Stage:
    """Have one target deployed twice, so that there is something to go back to."""
    for _ in range(2):
        ran = stage.deploy(ONE, "staging", "--engine", "api", "--format", "json")
        assert checked("deploy", ran)["status"] == "succeeded"
    return stage


def test_every_command_that_prints_json_has_a_schema() -> None:
    commands = dict(all_commands(edgefleet))
    formats = {
        name
        for name, command in commands.items()
        for option in command.params
        if "--format" in option.opts
        and isinstance(option.type, click.Choice)
        and "json" in option.type.choices
    }
    assert formats - NO_FORM_OF_OURS == set(OUTPUTS)
    assert set(commands) - formats <= NO_FORM_OF_OURS


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("tenants",), 0),
        (("adopt", *SCRIPT, "--dry-run"), 0),
        (("adopt", *SCRIPT, "--tenant", OTHER, "--dry-run"), 4),
        (("validate",), 0),
        (("validate", "--tenants", "nope"), 2),
        (("build",), 0),
        (("plan", *TARGETS), 0),
        (("plan", "--tenants", "all", "--env", "staging"), 5),
        (("provision", *TARGETS), 0),
        (("provision", "--tenants", "all", "--env", "staging"), 5),
        (("health", *TARGETS), 0),
        (("health", "--tenants", "all", "--env", "staging"), 5),
        (("history", *TARGETS), 0),
        (("drift", *TARGETS), 0),
        (("drift", "--tenants", "all", "--env", "staging"), 5),
        (("tag", *TARGET), 0),
        (("rollback", *TARGETS, "--dry-run"), 0),
        (("rollback", "--tenants", f"{ONE},{OTHER}", "--env", "staging", "--dry-run"), 10),
        (("deploy", "--tenant", OTHER, "--env", "staging", "--engine", "api"), 5),
        (("locks",), 2),
        (("setup",), 2),
        (("doctor",), 0),
        (("unlock", "--run", "0" * 32, "--reason", "x"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_is_printed_is_as_the_schema_says(
    deployed: Stage, words: tuple[str, ...], code: int
) -> None:
    bundle = ("--bundle", str(deployed.bundle)) if words[0] in {"plan", "deploy"} else ()
    ran = deployed.project.run(*words, *bundle, "--format", "json", **NO_TOKEN)
    assert ran.code == code, ran.said
    printed = checked(words[0], ran)
    for one in printed if isinstance(printed, list) else [printed]:
        assert one.get("schema_version") == 1


def test_a_configuration_that_was_written_is_named(deployed: Stage, tmp_path: Path) -> None:
    bundle = ("--bundle", str(deployed.bundle))
    ran = deployed.project.run(
        "render", *TARGETS, *bundle, "--output", str(tmp_path), "--format", "json"
    )
    (one,) = checked("render", ran)
    assert Path(one["path"]).is_file()


def test_a_run_over_a_fleet_is_as_the_schema_says(deployed: Stage) -> None:
    bundle = ("--bundle", str(deployed.bundle))
    words = ("deploy-all", "--env", "staging", "--tenants", ONE, "--force", *bundle)
    ran = deployed.project.run(*words, "--format", "json")
    assert ran.code == 0, ran.said
    assert checked("deploy-all", ran)["members"][0]["tenant"] == ONE
