"""Workers with static assets: their files before and after deploys, failures and returns."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from support import loopback
from support.assets import digest, manifest, parts
from support.localedge import LocalEdge, start_localedge
from support.other_workers import account_of, make_other
from support.project import Project, Ran

FLEETS = ("llm-chat", "durable-chat", "site")
TENANTS = ("alder", "birch")
SOON = ("--health-timeout", "3")
PLANNED = ("--env", "staging", "--format", "json")


def token(fleet: str, tenant: str) -> str:
    return f"token-of-{tenant}-of-{fleet}-3f9a77c1d2"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEdge]:
    accounts = []
    for fleet in FLEETS:
        project = make_other(tmp_path_factory.mktemp("fleet"), fleet)
        accounts += [
            (account_of(project, one), f"{one}-{fleet}", token(fleet, one)) for one in TENANTS
        ]
    with start_localedge(tmp_path_factory.mktemp("edge"), accounts) as edge:
        yield edge


class Scene:
    """A fleet, and the localedge that all tests of this file share."""

    def __init__(self, project: Project, fleet: str, edge: LocalEdge) -> None:
        self.project, self.fleet, self.edge = project, fleet, edge
        edge.reset()
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            **{f"CLOUDFLARE_API_TOKEN_{one.upper()}": token(fleet, one) for one in TENANTS},
        }

    def run(self, command: str, *options: str, tenant: str = "alder") -> Ran:
        which = "--tenant" if command == "deploy" else "--tenants"
        return self.project.run(command, which, tenant, "--env", "staging", *options)

    def deploy(self, engine: str = "api", *options: str, tenant: str = "alder") -> Ran:
        ran = self.run("deploy", "--engine", engine, *options, tenant=tenant)
        assert "Traceback" not in ran.said
        return ran

    def get(self, path: str, tenant: str = "alder") -> httpx.Response:
        return self.edge.get(f"{tenant}-{self.fleet}-staging.{tenant}-{self.fleet}", path)

    def write(self, name: str, text: str | None) -> None:
        """Change a file of the Worker's folder and commit it; None removes it."""
        file = self.project.root / "src/worker" / name
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        self.project.commit()

    def api(self, method: str, path: str, tenant: str = "alder", **options: Any) -> Any:
        account = account_of(self.project, tenant)
        script = f"{tenant}-{self.fleet}-staging"
        url = f"{self.edge.api}/accounts/{account}/{path.format(script=script)}"
        headers = {"Authorization": f"Bearer {token(self.fleet, tenant)}"}
        answer = loopback.request(method, url, timeout=60, **{"headers": headers, **options})
        assert answer.is_success, answer.text
        return answer.json()["result"]

    def live(self) -> dict[str, Any]:
        """Return the live version as the newer API describes it, without what differs always."""
        deployments = self.api("GET", "workers/scripts/{script}/deployments")["deployments"]
        live = deployments[0]["versions"][0]["version_id"]
        path = f"workers/workers/{{script}}/versions/{live}?include=modules"
        found = dict(self.api("GET", path))
        always = ("id", "number", "created_on", "urls", "source", "annotations")
        return {key: value for key, value in found.items() if key not in always}


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path, edge: LocalEdge) -> Scene:
    return Scene(make_other(tmp_path, request.param), request.param, edge)


def of(fleet: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scene", [fleet], indirect=True)


@of("llm-chat")
def test_both_engines_upload_the_same_files_and_settings(scene: Scene) -> None:
    assert scene.deploy("api").code == 0, scene.project.printed
    by_api, page = scene.live(), scene.get("/")
    assert "<title>Alder chat</title>" in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert scene.get("/chat.js").headers["cache-control"] == "public, max-age=600"
    assert scene.get("/chat").status_code == 301
    assert "<title>The API</title>" in scene.get("/help/me").text
    assert scene.get("/notes/todo.md").text == page.text  # ignored, so that it is an address
    assert scene.get("/api/none").status_code == 404
    assert scene.get("/api/docs").status_code == 404  # the Worker's: no rule with ! is for it

    before = len(scene.edge.requests())
    assert scene.deploy("wrangler", "--force").code == 0, scene.project.printed
    assert scene.live() == by_api
    sent = [one["path"] for one in scene.edge.requests()[before:] if one["method"] == "POST"]
    assert any(path.endswith("/assets-upload-session") for path in sent)
    assert not any(path.endswith("/workers/assets/upload") for path in sent)
    assert "No changes." in scene.run("plan").out
    assert scene.run("drift").code == 0


@of("llm-chat")
def test_one_bundle_brings_each_tenant_its_files(scene: Scene) -> None:
    ran = scene.project.run("deploy-all", "--env", "staging", "--engine", "api")
    assert ran.code == 0, ran.said
    assert [
        f"<title>{name} chat" in scene.get("/", tenant).text
        for tenant, name in (("alder", "Alder"), ("birch", "Birch"))
    ] == [True, True]
    (digests,) = ({record["bundle_digest"] for record in scene.project.records()[:2]},)
    assert len(digests) == 1
    assert "serif" in scene.get("/style.css", "birch").text

    # What one tenant's folder has changes nothing of the others.
    folder = scene.project.root / "tenants/birch/public"
    (folder / "style.css").write_text("body { color: red; }\n")
    (folder / "new.txt").write_text("new")
    scene.project.commit()
    planned = json.loads(scene.project.run("plan", "--tenants", "alder,birch", *PLANNED).out)
    assert [(one["tenant"], one["course"]) for one in planned] == [
        ("alder", "unchanged"),
        ("birch", "version"),
    ]
    changes = planned[1]["changes"]
    assert [(one["path"], one["kind"]) for one in changes] == [("assets.digest", "changed")]
    counted = planned[1]["assets"]
    assert [counted[key] for key in ("files", "added", "changed", "removed")] == [4, 1, 1, 0]


@of("site")
def test_a_failed_release_of_files_alone_is_restored(scene: Scene) -> None:
    assert scene.deploy().code == 0, scene.project.printed
    assert "Welcome" in scene.get("/").text
    first = scene.project.records()[-1]
    assert (first["status"], first["proof"]) == ("succeeded", "answers")

    scene.write("pages/about.html", "<h1>New</h1>")
    scene.write("pages/index.html", None)
    assert scene.deploy("api", *SOON).code == 7, scene.project.printed
    record = scene.project.records()[-1]
    assert record["status"] == "restored"
    assert "it answers HTTP 404, not 200" in record["error"]["message"]
    assert "Welcome" in scene.get("/").text
    assert "<h1>About</h1>" in scene.get("/about").text

    # Of a first deploy nothing is left.
    assert scene.deploy("api", *SOON, tenant="birch").code == 7
    assert scene.api("GET", "workers/scripts", "birch") == []


@of("site")
def test_a_rollback_brings_the_old_files_back(scene: Scene) -> None:
    assert scene.deploy("wrangler").code == 0, scene.project.printed
    scene.write("pages/about.html", "<h1>New</h1>")
    scene.write(
        "wrangler.jsonc",
        (scene.project.root / "src/worker/wrangler.jsonc")
        .read_text()
        .replace("404-page", "single-page-application"),
    )
    shown = scene.run("plan").out
    assert "~ assets.not_found_handling" in shown
    assert "4 static assets of 150 bytes: 0 added, 1 changed, 0 removed" in shown, shown
    assert scene.deploy().code == 0, scene.project.printed
    assert "New" in scene.get("/about").text
    assert scene.get("/none").status_code == 200

    assert scene.run("rollback").code == 0, scene.project.printed
    assert "<h1>About</h1>" in scene.get("/about").text
    assert scene.get("/none").status_code == 404
    seen = scene.run("drift")
    assert seen.code == 0, seen.said


@of("site")
def test_files_that_others_uploaded_are_drift_and_repaired(scene: Scene) -> None:
    assert scene.deploy().code == 0, scene.project.printed
    files = {"/index.html": b"<h1>Others were here</h1>"}
    session = scene.api(
        "POST", "workers/scripts/{script}/assets-upload-session", json={"manifest": manifest(files)}
    )
    done = scene.api(
        "POST",
        "workers/assets/upload?base64=true",
        files=parts(files.values(), "text/html"),
        headers={"Authorization": f"Bearer {session['jwt']}"},
    )
    form = {"assets": {"jwt": done["jwt"]}, "compatibility_date": "2026-01-15"}
    scene.api("PUT", "workers/scripts/{script}", files={"metadata": (None, json.dumps(form))})
    assert "Others were here" in scene.get("/").text
    assert digest(files["/index.html"]) in session["buckets"][0]

    (found,) = json.loads(scene.run("drift", "--format", "json").out)
    assert [one["change"]["path"] for one in found["findings"]] == [
        "assets.digest",
        "assets.not_found_handling",
    ]
    assert {one["severity"] for one in found["findings"]} == {"high"}
    assert found["findings"][0]["change"]["before"] == "unknown"
    assert scene.run("drift", "--repair", "--yes").code == 0, scene.project.printed
    assert "Welcome" in scene.get("/").text


@of("site")
@pytest.mark.parametrize("path", ["*/assets-upload-session", "*/assets/upload"])
def test_an_upload_that_breaks_off_changes_nothing(scene: Scene, path: str) -> None:
    assert scene.deploy().code == 0, scene.project.printed
    before = scene.live()
    scene.write("pages/about.html", "<h1>New</h1>")
    fault = {"method": "POST", "path": path, "kind": "status", "status": 500, "times": 99}
    with scene.edge.faults(fault):
        failed = scene.deploy()
    assert failed.code == 6, failed.said
    assert scene.live() == before
    assert "<h1>About</h1>" in scene.get("/about").text
    once = {**fault, "kind": "drop_after", "times": 1}
    del once["status"]
    with scene.edge.faults(once):
        assert scene.deploy().code == 0, scene.project.printed
    assert "New" in scene.get("/about").text


@of("durable-chat")
def test_rooms_go_on_while_the_page_around_them_changes(scene: Scene) -> None:
    assert scene.deploy().code == 0, scene.project.printed
    assert "<title>Rooms</title>" in scene.get("/").text
    assert asyncio.run(said(scene, "first")) == "first"
    scene.write("public/rooms.js", "// quieter\n")
    assert scene.deploy().code == 0, scene.project.printed
    assert scene.get("/rooms.js").text == "// quieter\n"
    assert asyncio.run(said(scene, "second")) == "second"
    assert scene.get("/rooms/lobby/messages").json() == ["first", "second"]
    tested = scene.run("health", "--smoke")
    assert tested.code == 0, tested.said


async def said(scene: Scene, words: str) -> str:
    """Say something in the lobby; return what comes back."""
    name = f"alder-{scene.fleet}-staging.alder-{scene.fleet}"
    headers = {"host": f"{name}.workers.localhost:{scene.edge.port}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{scene.edge.url}/rooms/lobby", headers=headers) as socket,
    ):
        await socket.send_str(words)
        return str(await socket.receive_str(timeout=30))
