"""What commands show of versions, changes and what goes."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from integration.conftest import TENANTS, Stage
from integration.test_addresses import API, CUSTOM, HOST, Scene
from integration.test_left_behind import forget
from integration.test_overwritten import live

ONE = TENANTS[0]
TARGETS = ("--tenants", ONE, "--env", "staging")


@pytest.fixture
def scene(quick_stage: Stage) -> Iterator[Scene]:
    made = Scene(quick_stage)
    before = {file: file.read_bytes() for file in made.folder.iterdir()}
    yield made
    quick_stage.edge.reset()
    for file, content in before.items():
        file.write_bytes(content)
    quick_stage.project.commit()


def test_a_rollback_takes_the_eight_digits_that_history_shows(scene: Scene) -> None:
    """A11."""
    assert scene.deploy("staging").code == 0
    first = live(scene.stage, "staging")
    assert scene.deploy("staging").code == 0
    forget(scene.stage)  # as after a deploy by CI
    run = scene.stage.project.run
    shown = run("history", *TARGETS)
    assert f" {first[:8]} " in shown.out
    back = run("rollback", *TARGETS, "--to", first[:8])
    assert back.code == 0, back.said
    assert live(scene.stage, "staging") == first


@pytest.mark.parametrize("word", ["0123abcd", "no-such-branch"])
def test_what_names_nothing_is_refused_with_a_command_that_works(scene: Scene, word: str) -> None:
    """A11."""
    assert scene.deploy("staging").code == 0
    refused = scene.stage.project.run("rollback", *TARGETS, "--to", word)
    assert refused.code == 2, refused.said
    command = refused.err.rpartition(": ")[2].split()
    assert command == ["git", "fetch", "--all", "--tags"]
    root = scene.stage.project.root
    assert subprocess.run(command, cwd=root, check=False, capture_output=True).returncode == 0


def test_unchanged_is_no_first_deploy(scene: Scene) -> None:
    """A12."""
    assert scene.deploy("staging").code == 0
    again = scene.stage.deploy_changes(ONE, "staging", *API)
    assert again.code == 0, again.said
    assert "first deploy" not in again.said
    record = scene.stage.project.records()[-1]
    version = live(scene.stage, "staging")
    assert (record["status"], record["previous_version_id"]) == ("unchanged", version)
    dry = scene.stage.deploy_changes(ONE, "staging", *API, "--dry-run")
    assert f"dry run: {ONE}-staging: unchanged, nothing was sent" in dry.out
    back = scene.stage.project.run("rollback", *TARGETS, "--to", version, "--dry-run")
    assert f"dry run: {ONE}-staging: live already" in back.out


def test_a_deploy_shows_its_changes_and_not_their_number_alone(scene: Scene) -> None:
    """A13."""
    assert scene.deploy("staging").code == 0
    scene.name("staging", "api.shop.example/*")
    scene.zone()
    ran = scene.stage.deploy_changes(ONE, "staging", *API)
    assert ran.code == 0, ran.said
    assert '    + routes: ["api.shop.example/*"]' in ran.err.splitlines()


def test_a_rollback_names_the_host_that_will_go(scene: Scene) -> None:
    """R3 b."""
    assert scene.deploy("staging").code == 0
    first = live(scene.stage, "staging")
    scene.zone()
    scene.name("staging", CUSTOM)
    wrangler = scene.stage.project.wrangler(ONE)
    wrangler["env"]["staging"]["vars"]["LOG_LEVEL"] = "warn"
    (scene.folder / "wrangler.jsonc").write_text(json.dumps(wrangler))
    scene.stage.project.commit()
    assert scene.deploy("staging").code == 0
    asked = scene.stage.project.run("rollback", *TARGETS, "--to", first, "--dry-run")
    assert asked.code == 0, asked.said
    assert f'    - domains: ["{HOST}"]' in asked.err.splitlines()
    assert f"note: {HOST} will no longer lead to this Worker" in asked.err
    assert f"and lose {HOST}; nothing was sent" in asked.out
    assert scene.owners == {HOST: "bluey-ai-worker-staging"}
