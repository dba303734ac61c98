"""A token that lacks a permission: it is named before the first write, with the group to add."""

from integration.conftest import TENANTS, Stage, token
from integration.test_addresses import Scene
from integration.test_overwritten import deploy

ONE = TENANTS[0]
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


def test_a_missing_permission_is_named_before_any_write(quick_stage: Stage) -> None:
    stage = quick_stage
    scene = Scene(stage)
    scene.zone()
    scene.name("staging", {"pattern": "api.shop.example/*", "zone_name": "shop.example"})
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


def test_a_token_that_may_only_read_is_refused_at_the_upload(quick_stage: Stage) -> None:
    stage = quick_stage
    allow(stage, "Workers Scripts Read", *without("Workers Scripts"))
    refused = deploy(stage, "staging")
    assert 'the group "Workers Scripts Write"' in refused.err, refused.said
    allow(stage, *ALL)
    assert deploy(stage, "staging").code == 0
