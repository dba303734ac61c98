"""A resource that was deleted since the last deploy: Cloudflare finds it missing at the upload."""

import pytest

from integration.conftest import TENANTS, Stage
from integration.test_plan import call, live_version

ONE = TENANTS[0]
TARGET = ("--tenant", ONE, "--env", "staging")
TARGETS = ("--tenants", ONE, "--env", "staging")


@pytest.mark.parametrize(
    ("section", "key", "path", "words"),
    [
        ("kv_namespaces", "id", "storage/kv/namespaces", "KV namespace"),
        ("d1_databases", "database_id", "d1/database", "D1 database"),
        ("vectorize", "index_name", "vectorize/v2/indexes", "Vectorize index"),
    ],
)
def test_a_deleted_resource_is_named_and_nothing_is_changed(
    quick_stage: Stage, section: str, key: str, path: str, words: str
) -> None:
    quick_stage.edge.reset()
    ran = quick_stage.project.run("deploy", *TARGET, "--engine", "api", "--force")
    assert ran.code == 0, ran.said
    before = live_version(quick_stage)
    tenant = quick_stage.project.wrangler(ONE)
    name = tenant["env"]["staging"][section][0][key]
    call(quick_stage, "DELETE", f"/accounts/{tenant['account_id']}/{path}/{name}")
    refused = quick_stage.project.run("deploy", *TARGET, "--engine", "api", "--force")
    assert refused.code == 4, refused.said
    assert f"has no {words} '{name}': nothing was uploaded" in refused.err
    assert live_version(quick_stage) == before
    changed = quick_stage.project.overlay(ONE, vars={"LOG_LEVEL": "warn"})
    try:
        shown = quick_stage.project.run("plan", *TARGETS)
    finally:
        (quick_stage.project.root / "tenants" / ONE / "wrangler.jsonc").write_text(changed)
    assert f"the account has no {words} '{name}'" in shown.out
