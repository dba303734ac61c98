"""The static assets of a version become Workers beside its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localedge.model import AssetFile, Code, Json, StaticAssets, WorkerVersion
from localedge.runtime.instances.contexts import InstanceContext
from localedge.runtime.instances.instance_options import instance_options
from support.data_plane import code, ref

AROUND = InstanceContext(ref("shop"), Path("/state"), "http://127.0.0.1:8787/b", "key")
HASH, DIGEST = "a" * 32, "0f" * 32
FILES = {"/index.html": AssetFile(HASH, DIGEST, "text/html")}
BINDING = {"type": "assets", "name": "ASSETS"}
NOTHING = Code("", (), "2026-01-01")


def version(id_: str, script: Code, *bindings: dict[str, str], **config: Any) -> WorkerVersion:
    assets = StaticAssets(FILES, config)
    return WorkerVersion(id_, 1, "2026-01-02T03:04:05Z", "", script, bindings, assets)


def workers(*versions: WorkerVersion) -> dict[str, dict[str, Any]]:
    return {it["name"]: it for it in instance_options(AROUND, versions, {})["workers"]}


def router(found: Mapping[str, Json]) -> dict[str, Json]:
    """Return what the router leads to, besides localedge itself."""
    bindings = found["localedge:router"]["serviceBindings"]
    return {name: it for name, it in bindings.items() if name != "LOCALEDGE"}


def test_each_version_has_assets_of_its_own() -> None:
    script = code("export default {}")
    found = workers(version("v1", script, BINDING), version("v2", script, BINDING))
    assert router(found) == {
        "v1": "v1",
        "v2": "v2",
        "fetch:v1": "localedge:router:v1",
        "fetch:v2": "localedge:router:v2",
    }
    assert found["v1"]["serviceBindings"] == {"ASSETS": "localedge:assets:v1"}
    assert found["localedge:router:v2"]["serviceBindings"] == {
        "ASSET_WORKER": "localedge:assets:v2",
        "USER_WORKER": "v2",
    }


def test_files_are_read_from_the_folder_of_contents() -> None:
    found = workers(version("v1", code("export default {}")))["localedge:assets:v1"]
    assert found["bindings"]["FILES"] == {HASH: [f"0f/{DIGEST}", "text/html"]}
    disk = {"path": "/state/assets", "writable": False}
    assert found["serviceBindings"] == {"CONTENTS": {"disk": disk}}


def test_assets_alone_have_no_script() -> None:
    found = workers(version("v1", NOTHING))
    assert set(found) == {"localedge:router", "localedge:router:v1", "localedge:assets:v1"}
    assert router(found) == {"fetch:v1": "localedge:router:v1"}
    assert found["localedge:router:v1"]["bindings"]["CONFIG"]["has_user_worker"] is False
