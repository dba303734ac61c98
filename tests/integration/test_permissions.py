"""A token that lacks a permission: it is named before the first write, with the group to add.

`test_write_permissions` has what is tried of D1, Workers and queues.
"""

import shutil
from collections.abc import Iterator

import pytest

from integration.conftest import TENANTS, Stage, token
from integration.test_addresses import Scene
from integration.test_overwritten import deploy, live
from support.project import Ran

ONE = TENANTS[0]
SCRIPT = "bluey-ai-worker-staging"
ROUTE = {"pattern": "api.shop.example/*", "zone_name": "shop.example"}
ALL = (
    "Account Settings Read",
    "Workers Scripts Write",
    "Workers KV Storage Read",
    "D1 Read",
    "Vectorize Read",
    "Workers Routes Write",
    "Zone Read",
)


def allow(stage: Stage, *permissions: str) -> None:
    """Give the tenant's token these permissions alone."""
    body = {"token": token(ONE), "permissions": permissions}
    assert stage.edge.control("PUT", "permissions", json=body).status_code == 204


def without(name: str) -> list[str]:
    return [one for one in ALL if not one.startswith(name)]


@pytest.fixture
def emptied(quick_stage: Stage) -> Iterator[Stage]:
    """Lend the stage; Cloudflare and records are empty afterwards, and tokens may do everything."""
    yield quick_stage
    quick_stage.edge.reset()
    shutil.rmtree(quick_stage.project.root / "deployments", ignore_errors=True)


@pytest.fixture
def routed(emptied: Stage) -> Iterator[Scene]:
    """Lend a zone, and the files of a tenant, which are as before afterwards."""
    made = Scene(emptied)
    before = {file: file.read_bytes() for file in made.folder.iterdir()}
    made.zone()
    yield made
    for file, content in before.items():
        file.write_bytes(content)
    emptied.project.commit()


def test_a_missing_permission_is_named_before_any_write(routed: Scene) -> None:
    stage = routed.stage
    routed.name("staging", ROUTE)
    for lacking, group in (
        ("Workers Scripts", "Workers Scripts Read"),
        ("Workers Routes", "Workers Routes Read"),
        ("Zone", "Zone Read"),
    ):
        allow(stage, *without(lacking))
        writes = len(stage.writes())
        refused = deploy(stage, "staging")
        assert refused.code == 5, (lacking, refused.said)
        assert "lacks a permission" in refused.err
        assert f'the group "{group}"' in refused.err
        assert stage.writes()[writes:] == []
        assert stage.project.records()[-1]["status"] == "failed"


def test_a_token_that_may_only_read_is_refused_at_the_upload(emptied: Stage) -> None:
    stage = emptied
    allow(stage, "Workers Scripts Read", *without("Workers Scripts"))
    for engine in ("api", "wrangler"):
        refused = deploy(stage, "staging", "--engine", engine)
        assert refused.code == 5, refused.said
        assert 'the group "Workers Scripts Write"' in refused.err
        assert "nothing was changed" in refused.err
    allow(stage, *ALL)
    assert deploy(stage, "staging").code == 0


def assert_untouched(scene: Scene, refused: Ran, before: int) -> None:
    """Assert that a command named the right to routes, and wrote nothing that Cloudflare took."""
    assert refused.code == 5, refused.said
    assert 'the group "Workers Routes Write"' in refused.err
    assert "in the environment lacks a permission" in refused.err
    assert "nothing was changed" in refused.err
    sent = [one for one in scene.stage.edge.requests()[before:] if one["method"] != "GET"]
    assert [(one["method"], one["status"]) for one in sent] == [("DELETE", 403)], sent
    assert sent[0]["path"].endswith(f"/workers/routes/{'0' * 32}")


READS_ROUTES = ("Workers Routes Read", *without("Workers Routes"))


def test_routes_are_tried_before_the_first_upload(routed: Scene) -> None:
    stage = routed.stage
    routed.name("staging", ROUTE)
    allow(stage, *READS_ROUTES)
    before = len(stage.edge.requests())
    assert_untouched(routed, deploy(stage, "staging"), before)
    assert routed.call("GET", "/accounts/{account}/workers/scripts") == []
    allow(stage, *ALL)
    deployed = deploy(stage, "staging")
    assert deployed.code == 0, deployed.said
    assert "it may write routes" in deployed.said
    assert routed.routes(SCRIPT) == [ROUTE["pattern"]]


def test_routes_are_tried_before_a_version_settings_and_rollback(routed: Scene) -> None:
    stage = routed.stage
    routed.name("staging", ROUTE)
    stage.project.commit()
    assert deploy(stage, "staging").code == 0
    routed.name("staging")
    stage.project.commit()
    allow(stage, *READS_ROUTES)
    before = len(stage.edge.requests())
    assert_untouched(routed, stage.deploy_changes(ONE, "staging"), before)
    staging = stage.project.wrangler(ONE)["env"]["staging"]
    staging = staging | {"vars": staging.get("vars", {}) | {"LOG_LEVEL": "warn"}}
    stage.project.overlay(ONE, env={"staging": staging})
    stage.project.commit()
    before = len(stage.edge.requests())
    assert_untouched(routed, stage.deploy_changes(ONE, "staging"), before)
    allow(stage, *ALL)
    assert deploy(stage, "staging").code == 0
    assert routed.routes(SCRIPT) == []
    allow(stage, *READS_ROUTES)
    before = len(stage.edge.requests())
    back = stage.project.run("rollback", "--tenants", ONE, "--env", "staging")
    assert_untouched(routed, back, before)
    allow(stage, *ALL)
    back = stage.project.run("rollback", "--tenants", ONE, "--env", "staging")
    assert back.code == 0, back.said
    assert routed.routes(SCRIPT) == [ROUTE["pattern"]]


def test_a_plan_tries_nothing(routed: Scene) -> None:
    stage = routed.stage
    routed.name("staging", ROUTE)
    allow(stage, *READS_ROUTES)
    writes = len(stage.writes())
    dry = deploy(stage, "staging", "--dry-run")
    assert dry.code == 0, dry.said
    assert stage.writes()[writes:] == []


def test_a_refused_custom_domain_is_restored(routed: Scene) -> None:
    """No request tries it: what was live is restored, and the permission is named."""
    stage = routed.stage
    assert deploy(stage, "staging").code == 0
    old = live(stage, "staging")
    routed.name("staging", {"pattern": "chat.shop.example", "custom_domain": True})
    fault = {"method": "PUT", "path": "*/domains/records", "kind": "status", "status": 403}
    with stage.edge.faults({**fault, "times": 1}):
        refused = deploy(stage, "staging")
    assert refused.code == 6, refused.said
    assert f"version {old} is live again, as before" in refused.err
    assert 'the group "Workers Scripts Write"' in refused.err
    assert (routed.owners, live(stage, "staging")) == ({}, old)
