import base64
import json
from typing import Any

import pytest

from localedge.model import ScriptRef
from support import assets
from support.control_plane import (
    ACCOUNT,
    COUNTER,
    OTHER,
    OTHER_TOKEN,
    PLAIN,
    TOKEN,
    Answer,
    ControlPlane,
)

INDEX, STYLE = b"<h1>home</h1>", b"h1 { color: red }"
SITE = {"/index.html": INDEX, "/style.css": STYLE}
BINDING = {"type": "assets", "name": "ASSETS"}


def deploy_alone(cloud: ControlPlane, jwt: str, name: str = "one", **config: Any) -> Answer:
    described = {"assets": {"jwt": jwt, "config": config}}
    metadata = (None, json.dumps(described), "application/json")
    return cloud.script("PUT", name, files={"metadata": metadata})


def files_of(cloud: ControlPlane, version: str) -> dict[str, str]:
    """Return the hashes of the files that a version serves."""
    found = cloud.server.state.version(ScriptRef(ACCOUNT, "one"), version)
    assert found
    assert found.assets
    return {path: it.hash for path, it in found.assets.files.items()}


def test_a_session_asks_for_what_the_script_lacks(cloud: ControlPlane) -> None:
    first = assets.start(cloud, SITE)
    assert first.status == 200
    assert first.result["buckets"] == [[assets.digest(INDEX), assets.digest(STYLE)]]
    assert assets.send(cloud, first.result["jwt"], assets.parts([INDEX])).status == 202
    assert assets.start(cloud, SITE).result["buckets"] == [[assets.digest(STYLE)]]
    last = assets.send(cloud, first.result["jwt"], assets.parts([STYLE]))
    assert (last.status, bool(last.result["jwt"])) == (201, True)
    again = assets.start(cloud, SITE).result
    assert again["buckets"] == []
    assert deploy_alone(cloud, again["jwt"]).status == 200


def test_what_one_script_has_another_lacks(cloud: ControlPlane) -> None:
    assets.upload(cloud, SITE)
    for elsewhere in (
        assets.start(cloud, SITE, "other-script"),
        assets.start(cloud, SITE, account=OTHER, token=OTHER_TOKEN),
    ):
        assert len(elsewhere.result["buckets"][0]) == 2


def test_an_upload_of_assets_alone_is_a_worker_without_modules(cloud: ControlPlane) -> None:
    deployed = deploy_alone(cloud, assets.upload(cloud, SITE), not_found_handling="404-page")
    assert (deployed.result["has_assets"], deployed.result["has_modules"]) == (True, False)
    assert cloud.live() == {cloud.latest(): 100}
    assert files_of(cloud, cloud.latest())["/index.html"] == assets.digest(INDEX)
    shown = cloud.script("GET", "one", f"/versions/{cloud.latest()}").result
    assert "handlers" not in shown["resources"]["script"]


def test_a_version_keeps_its_own_assets(cloud: ControlPlane) -> None:
    cloud.put(assets={"jwt": assets.upload(cloud, SITE)}, bindings=[BINDING])
    old = cloud.latest()
    changed = {"/index.html": b"new"}
    new = cloud.version(assets={"jwt": assets.upload(cloud, changed)}, bindings=[BINDING])
    assert cloud.bindings(new.result["id"]) == {"ASSETS": BINDING}
    assert files_of(cloud, old) == {path: assets.digest(it) for path, it in SITE.items()}
    assert files_of(cloud, new.result["id"]) == {"/index.html": assets.digest(b"new")}


def test_keep_assets_takes_those_of_the_latest_version(cloud: ControlPlane) -> None:
    config = {"html_handling": "none"}
    cloud.put(assets={"jwt": assets.upload(cloud, SITE), "config": config}, bindings=[BINDING])
    before = files_of(cloud, cloud.latest())
    kept = cloud.version(keep_assets=True, bindings=[BINDING]).result["id"]
    assert files_of(cloud, kept) == before
    changed = cloud.version(keep_assets=True, assets={"config": {"html_handling": "x"}})
    assert changed.code == 10021
    assert cloud.put().result["has_assets"] is False


def test_secrets_settings_and_content_keep_the_assets(cloud: ControlPlane) -> None:
    cloud.put(assets={"jwt": assets.upload(cloud, SITE)}, bindings=[BINDING])
    before = files_of(cloud, cloud.latest())
    cloud.secret("KEY", "x")
    assert files_of(cloud, cloud.latest()) == before
    form = {
        "metadata": (None, json.dumps({"main_module": "index.js"}), "application/json"),
        "index.js": ("index.js", PLAIN + " ", "application/javascript+module"),
    }
    assert cloud.script("PUT", "one", "/content", files=form).result["has_assets"] is True
    assert files_of(cloud, cloud.latest()) == before


@pytest.mark.parametrize(
    ("metadata", "code", "text"),
    [
        pytest.param({"assets": {}}, 10021, "assets.jwt is required", id="no-token"),
        pytest.param({"assets": []}, 10026, "must be an object", id="a-list"),
        pytest.param({"assets": {"jwt": 1}}, 10026, "must be a string", id="a-number"),
        pytest.param({"assets": {"jwt": "x"}}, 10021, "invalid or has expired", id="no-jwt"),
        pytest.param({"keep_assets": "yes"}, 10026, "true or false", id="keep-a-string"),
        pytest.param(
            {"bindings": [BINDING]}, 10021, "assets binding without assets", id="only-a-binding"
        ),
        pytest.param(
            {"main_module": "", "keep_assets": True}, 10026, "main_module", id="nothing-to-keep"
        ),
    ],
)
def test_assets_that_cannot_be_are_refused(
    cloud: ControlPlane, metadata: dict[str, Any], code: int, text: str
) -> None:
    refused = cloud.put(**metadata)
    assert (refused.status, refused.code) == (400, code)
    assert text in refused.message


def test_a_token_is_for_one_script_and_a_complete_upload(cloud: ControlPlane) -> None:
    completion = assets.upload(cloud, SITE, "another")
    assert "another Worker" in cloud.put(assets={"jwt": completion}).message
    incomplete = assets.start(cloud, {"/new": b"new"}).result["jwt"]
    assert cloud.put(assets={"jwt": incomplete}).code == 10021


def test_an_upload_needs_the_token_of_its_session(cloud: ControlPlane) -> None:
    jwt = assets.start(cloud, SITE).result["jwt"]
    form = assets.parts([INDEX])
    assert assets.send(cloud, TOKEN, form).status == 401
    assert assets.send(cloud, assets.upload(cloud, {"/x": b"x"}), form).status == 401
    path = f"/accounts/{OTHER}/workers/assets/upload?base64=true"
    assert cloud.api("POST", path, jwt, files=form).status == 403
    assert cloud.api("GET", f"/accounts/{ACCOUNT}/workers/scripts", jwt).status == 403


def test_unrequested_files_are_refused_together(cloud: ControlPlane) -> None:
    jwt = assets.start(cloud, SITE).result["jwt"]
    wrong_size = {assets.digest(STYLE): ("x", "eA==", "text/css")}
    not_base64 = {assets.digest(STYLE): ("x", "!", "text/css")}
    for bad in (assets.parts([b"foreign"]), wrong_size, not_base64):
        refused = assets.send(cloud, jwt, {**assets.parts([INDEX]), **bad})
        assert (refused.status, refused.code) == (400, 10026)
    assert assets.send(cloud, jwt, assets.parts([INDEX]), query="").code == 10026
    assert len(assets.start(cloud, SITE).result["buckets"][0]) == 2


def test_assets_alone_cannot_take_the_place_of_durable_objects(cloud: ControlPlane) -> None:
    cloud.put(text=COUNTER, migrations={"new_tag": "v1", "new_sqlite_classes": ["Counter"]})
    assert deploy_alone(cloud, assets.upload(cloud, SITE)).code == 10064


def test_the_contents_of_a_deleted_script_are_removed(cloud: ControlPlane) -> None:
    cloud.put(assets={"jwt": assets.upload(cloud, SITE)})
    cloud.put("two", assets={"jwt": assets.upload(cloud, {"/index.html": INDEX}, "two")})
    cloud.server.state.database.run("UPDATE asset_sessions SET started = 0")
    cloud.script("DELETE", "one")
    left = list((cloud.server.settings.state / "assets").glob("*/*"))
    assert [file.read_bytes() for file in left] == [INDEX]
    assert cloud.control("POST", "reset").is_success
    assert not list((cloud.server.settings.state / "assets").glob("*/*"))


def test_newer_api_takes_header_rules_as_a_module(cloud: ControlPlane) -> None:
    cloud.put()
    path = f"/accounts/{ACCOUNT}/workers/workers/one/versions"
    rules = "/*\n  X-A: 1"
    modules = [
        {"name": name, "content_type": kind, "content_base64": base64.b64encode(it).decode()}
        for name, kind, it in [
            ("index.js", "application/javascript+module", PLAIN.encode()),
            ("_headers", "text/plain", rules.encode()),
        ]
    ]
    config = {"html_handling": "none"}
    given = {"jwt": assets.upload(cloud, SITE), "config": config}
    body = {"main_module": "index.js", "modules": modules, "assets": given}
    made = cloud.api("POST", path, json=body).result
    assert made["assets"] == {"config": config}
    shown = cloud.api("GET", f"{path}/{made['id']}?include=modules").result["modules"]
    assert {it["name"] for it in shown} == {"index.js", "_headers"}
    version = cloud.server.state.version(ScriptRef(ACCOUNT, "one"), made["id"])
    assert version
    assert version.assets
    assert version.assets.config == {**config, "_headers": rules}
