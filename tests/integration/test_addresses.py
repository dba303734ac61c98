"""Hosts and routes: taken on purpose alone, given back after a failure, never lost in silence."""

import json
from collections.abc import Iterator
from typing import Any

import pyjson5
import pytest
import requests

from integration.conftest import TENANTS, Stage, token
from support.project import Ran

ONE = TENANTS[0]
HOST, OLD = "chat.shop.example", "old-chat"
CUSTOM = {"pattern": HOST, "custom_domain": True}
API = ("--engine", "api")
NOT_ALLOWED = {"kind": "status", "status": 403, "times": None}


class Scene:
    """One tenant whose files, account and zone a test may change."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.account = stage.project.wrangler(ONE)["account_id"]
        self.folder = stage.project.root / "tenants" / ONE

    def call(self, method: str, path: str, **body: Any) -> Any:
        """Ask the API; return the result."""
        headers = {"Authorization": f"Bearer {token(ONE)}"}
        url = self.stage.edge.api + path.replace("{account}", self.account)
        answer = requests.request(method, url, headers=headers, timeout=30, **body)
        assert answer.ok, answer.text
        return answer.json()["result"]

    def zone(self) -> str:
        """Make the zone; return its id."""
        body = {"name": "shop.example", "account": {"id": self.account}}
        return str(self.call("POST", "/zones", json=body)["id"])

    def attach(self, script: str) -> None:
        """Give the host to a script, as a person does by hand."""
        body = {"hostname": HOST, "service": script, "zone_id": self.zone()}
        self.call("PUT", "/accounts/{account}/workers/domains", json=body)

    def other_script(self) -> None:
        """Make another script that has the host."""
        metadata = {"main_module": "index.js", "compatibility_date": "2026-01-15"}
        code = "export default { fetch: () => new Response('old') };"
        files = [
            ("metadata", (None, json.dumps(metadata))),
            ("index.js", ("index.js", code, "application/javascript+module")),
        ]
        self.call("PUT", f"/accounts/{{account}}/workers/scripts/{OLD}", files=files)
        self.attach(OLD)

    @property
    def owners(self) -> dict[str, str]:
        """Which script has which custom domain."""
        found = self.call("GET", "/accounts/{account}/workers/domains")
        return {one["hostname"]: one["service"] for one in found}

    def routes(self, script: str) -> list[str]:
        """Return the patterns of a script's routes."""
        path = f"/accounts/{{account}}/workers/services/{script}/environments/production/routes"
        return sorted(one["pattern"] for one in self.call("GET", path))

    def name(self, environment: str, *routes: Any, **settings: Any) -> None:
        """Let an environment have these routes beside workers.dev, and the tenant settings."""
        wrangler = self.stage.project.wrangler(ONE)
        wrangler["env"][environment] |= {"routes": list(routes), "workers_dev": True}
        (self.folder / "wrangler.jsonc").write_text(json.dumps(wrangler))
        file = self.folder / "tenant.config.json"
        file.write_text(json.dumps(pyjson5.loads(file.read_text()) | settings))

    def deploy(self, environment: str, *more: str) -> Ran:
        """Deploy what is there."""
        return self.stage.deploy(ONE, environment, *API, *more)

    def plan(self, environment: str) -> str:
        """Return the plan in words."""
        target = ("--tenants", ONE, "--env", environment, "--bundle", str(self.stage.bundle))
        return self.stage.project.run("plan", *target).out


@pytest.fixture
def scene(quick_stage: Stage) -> Iterator[Scene]:
    made = Scene(quick_stage)
    before = {file: file.read_bytes() for file in made.folder.iterdir()}
    yield made
    quick_stage.edge.clear_faults()
    quick_stage.edge.reset()
    for file, content in before.items():
        file.write_bytes(content)


def test_a_host_is_taken_from_another_script_on_purpose_alone(scene: Scene) -> None:
    """R1 b, c: said in the plan; refused until the tenant's file names the script."""
    scene.other_script()
    scene.name("staging", CUSTOM)
    assert f"! the host {HOST} is taken from {OLD}" in scene.plan("staging")
    refused = scene.deploy("staging")
    assert refused.code == 4, refused.said
    assert f'write "takeHostsFrom": ["{OLD}"]' in refused.err
    assert scene.owners == {HOST: OLD}
    scene.name("staging", CUSTOM, takeHostsFrom=[OLD])
    taken = scene.deploy("staging")
    assert taken.code == 0, taken.said
    assert f"note: the host {HOST} is taken from {OLD}" in taken.said
    assert scene.owners == {HOST: "bluey-ai-worker-staging"}


@pytest.mark.parametrize("engine", ["api", "wrangler"])
def test_a_failed_first_deploy_gives_a_host_back(scene: Scene, engine: str) -> None:
    """R1 d: the script is removed again, and the host with it, which is the other script's."""
    scene.other_script()
    scene.name("staging", CUSTOM, takeHostsFrom=[OLD])
    fault = {"path": "http://*/health", "kind": "status", "status": 503, "times": None}
    scene.stage.edge.fault(**fault)
    ran = scene.deploy("staging", "--health-timeout", "1", "--engine", engine)
    assert ran.code == 7, ran.said
    assert scene.owners == {HOST: OLD}


def test_host_is_returned_after_a_lost_answer(scene: Scene) -> None:
    """R1 e: the write of the host is carried out, its answer is lost, and the next is refused."""
    scene.other_script()
    assert scene.deploy("staging").code == 0
    scene.name("staging", CUSTOM, takeHostsFrom=[OLD])
    write = {"method": "PUT", "path": "*/domains/records"}
    scene.stage.edge.fault(**write, kind="drop_after")
    scene.stage.edge.fault(**write, nth=2, kind="status", status=400, code=10000, times=None)
    ran = scene.deploy("staging")
    assert ran.code == 6, ran.said
    assert "is live again, as before" in ran.said
    assert scene.owners == {HOST: OLD}


@pytest.mark.parametrize("code", [{"code": 10000, "message": "Authentication error"}, {}])
def test_a_token_for_one_zone_writes_routes_zone_by_zone(
    scene: Scene, code: dict[str, Any]
) -> None:
    """R2: with and without a code in the refusal; and routes that are there are not written."""
    zone = scene.zone()
    assert scene.deploy("staging").code == 0
    fault = {"method": "PUT", "path": "*/workers/scripts/*/routes", **NOT_ALLOWED, **code}
    scene.stage.edge.fault(**fault)
    scene.name("staging", {"pattern": "api.shop.example/*", "zone_id": zone}, "b.shop.example/*")
    ran = scene.deploy("staging")
    assert ran.code == 0, ran.said
    assert scene.routes("bluey-ai-worker-staging") == ["api.shop.example/*", "b.shop.example/*"]
    writes = len(scene.stage.writes())
    assert scene.deploy("staging").code == 0
    assert not [one for one in scene.stage.writes()[writes:] if "routes" in one]
    scene.name("staging", "b.shop.example/*")
    assert scene.deploy("staging").code == 0
    assert scene.routes("bluey-ai-worker-staging") == ["b.shop.example/*"]


@pytest.mark.parametrize("code", [{"code": 10000, "message": "Authentication error"}, {}])
def test_first_deploy_with_a_token_for_one_zone(scene: Scene, code: dict[str, Any]) -> None:
    """R2: without a code wrangler gives up after the upload is live; edgefleet goes on."""
    scene.zone()
    fault = {"method": "PUT", "path": "*/workers/scripts/*/routes", **NOT_ALLOWED, **code}
    scene.stage.edge.fault(**fault)
    scene.name("staging", "api.shop.example/*")
    ran = scene.deploy("staging", "--engine", "wrangler")
    assert ran.code == 0, ran.said
    assert scene.routes("bluey-ai-worker-staging") == ["api.shop.example/*"]


def test_unreadable_zone_is_found_before_the_upload(
    scene: Scene,
) -> None:
    """R2."""
    scene.zone()
    assert scene.deploy("staging").code == 0
    scene.stage.edge.fault(method="GET", path="*/zones/*/workers/routes", **NOT_ALLOWED)
    scene.name("staging", "api.shop.example/*")
    writes = len(scene.stage.writes())
    ran = scene.deploy("staging")
    assert ran.code == 5, ran.said
    assert '"Workers Routes Read"' in ran.err
    assert scene.stage.writes()[writes:] == []


def test_production_keeps_a_host_that_somebody_attached_by_hand(scene: Scene) -> None:
    """R3 a: the plan names it as a loss; it goes with --allow-foreign alone."""
    script = "bluey-ai-worker-production"
    assert scene.deploy("production").code == 0
    scene.attach(script)
    assert f"! {HOST} leads to this Worker now, and will not afterwards" in scene.plan("production")
    refused = scene.deploy("production")
    assert refused.code == 2, refused.said
    assert "--allow-foreign" in refused.err
    assert scene.owners == {HOST: script}
    assert scene.deploy("production", "--allow-foreign").code == 0
    assert scene.owners == {}


def test_host_missing_from_the_next_commit_is_removed(scene: Scene) -> None:
    """R3 a: no flag is needed for what was removed from the file on purpose."""
    scene.zone()
    scene.name("production", CUSTOM)
    scene.stage.project.commit()
    assert scene.deploy("production").code == 0
    scene.name("production")
    scene.stage.project.commit()
    ran = scene.deploy("production")
    assert ran.code == 0, ran.said
    assert f"note: {HOST} will no longer lead to this Worker" in ran.said
    assert scene.owners == {}


def test_a_rollback_names_the_host_that_goes_with_it(scene: Scene) -> None:
    """R3 b: in the dry run, and when it is done."""
    scene.zone()
    scene.stage.project.commit()
    assert scene.deploy("staging").code == 0
    first = scene.stage.project.records()[-1]["version_id"]
    scene.name("staging", CUSTOM, maxMessagesPerSession=7)
    scene.stage.project.commit()
    assert scene.deploy("staging").code == 0
    back = ("rollback", "--tenants", ONE, "--env", "staging", "--to", first)
    for more in (["--dry-run"], []):
        ran = scene.stage.project.run(*back, *more)
        assert ran.code == 0, ran.said
        assert f"note: {HOST} will no longer lead to this Worker" in ran.said
        assert scene.owners == ({HOST: "bluey-ai-worker-staging"} if more else {})
