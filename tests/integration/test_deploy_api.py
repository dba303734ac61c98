"""`edgefleet deploy --engine api`: the same life without wrangler in the upload."""

from pathlib import Path

import pytest

from integration.conftest import TENANTS, Stage

ONE = TENANTS[0]
API = ("--engine", "api")


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: `test_deploy` has what a bad version leads to."""
    quick_stage.engine = "wrangler"
    return quick_stage


def test_api_engine_deploys_again(stage: Stage) -> None:
    first = stage.deploy(ONE, "staging", *API)
    assert first.code == 0, first.said
    again = stage.deploy(ONE, "staging", *API, "--force")
    assert again.code == 0, again.said
    one, two = stage.project.records()
    assert (one["engine"], two["engine"]) == ("api", "api")
    assert two["previous_version_id"] == one["version_id"] != two["version_id"]


def test_both_engines_take_over_from_each_other(stage: Stage) -> None:
    assert stage.deploy(ONE, "production", *API).code == 0
    assert stage.deploy(ONE, "production", "--engine", "wrangler", "--force").code == 0
    assert stage.deploy(ONE, "production", *API, "--force").code == 0
    engines = [record["engine"] for record in stage.project.records()[-3:]]
    assert engines == ["api", "wrangler", "api"]


def test_an_upload_through_the_api_needs_no_node(stage: Stage, tmp_path: Path) -> None:
    node, started = tmp_path / "node", tmp_path / "started"
    node.write_text(f"#!/bin/sh\necho > {started}\nexit 1\n")
    node.chmod(0o755)
    ran = stage.deploy(ONE, "staging", *API, "--force", PATH=str(tmp_path))
    assert ran.code == 0, ran.said
    assert not started.exists()
    ran = stage.deploy(ONE, "staging", "--force", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert ran.code == 6, ran.said
    assert started.exists()


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--tenants", ONE),
        ("deploy", "--tenant", ONE, *API, "--force"),
        ("deploy-all", "--tenants", ONE, *API, "--force"),
    ],
    ids=lambda command: command[0],
)
def test_unexpected_bundle_is_refused_and_nothing_changes(
    stage: Stage, command: tuple[str, ...]
) -> None:
    """Review 3: what is deployed is what the gates built."""
    stage.edge.control("DELETE", "requests")
    words = (*command, "--env", "staging", "--bundle", str(stage.bundle))
    ran = stage.project.run(*words, "--expect-digest", "0" * 64)
    assert ran.code == 4, ran.said
    assert f"the bundle is sha256:{stage.bundle.name}" in ran.err
    assert stage.writes() == []
