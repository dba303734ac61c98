from pathlib import Path

import pytest

from localedge.model import ScriptRef
from localedge.state.database import StateInUse
from support.control_plane import (
    ACCOUNT,
    INDEX,
    KV,
    PLAIN,
    TOKEN,
    ControlPlane,
    control_plane,
    form,
    make_server,
)

REF = ScriptRef(ACCOUNT, "one")


def test_state_survives_a_restart(tmp_path: Path) -> None:
    with control_plane(tmp_path) as cloud:
        cloud.put()
        cloud.secret("KEY", "x")
        cloud.script("PUT", "one", "/schedules", json=[{"cron": "0 1 * * *"}])
        live = cloud.live()
    with control_plane(tmp_path) as cloud:
        assert cloud.live() == live
        assert (
            cloud.script("GET", "one", "/schedules").result["schedules"][0]["cron"] == "0 1 * * *"
        )
        version = cloud.server.state.version(REF, next(iter(live)))
        assert version is not None
        assert version.bindings[0]["text"] == "x"


def test_a_folder_is_held_by_one_server(tmp_path: Path) -> None:
    first = make_server(tmp_path)
    with pytest.raises(StateInUse, match="in use by another localedge"):
        make_server(tmp_path)
    first.state.close()
    make_server(tmp_path).state.close()


def test_servers_in_one_process_share_nothing(tmp_path: Path) -> None:
    with control_plane(tmp_path / "a") as one, control_plane(tmp_path / "b") as other:
        one.put()
        assert other.script("GET", "one", "/versions").code == 10007


def test_no_token_is_stored(cloud: ControlPlane, tmp_path: Path) -> None:
    cloud.api("GET", "/accounts")
    held = [path.name for path in tmp_path.rglob("*") if path.is_file() and TOKEN in _text(path)]
    assert held == []


def test_source_maps_are_kept_but_not_run(cloud: ControlPlane) -> None:
    source_map = ("index.js.map", "{}", "application/source-map")
    cloud.script("PUT", "one", files={**form(PLAIN), "index.js.map": source_map})
    version = cloud.server.state.version(REF, cloud.latest())
    assert version is not None
    assert [item.name for item in version.code.modules] == ["index.js"]
    assert "index.js.map" in cloud.script("GET", "one", "/content/v2").response.text


def test_preview_has_eight_digits_if_enabled(cloud: ControlPlane) -> None:
    cloud.put()
    version_id = cloud.latest()
    state = cloud.server.state
    assert state.version(REF, version_id[:8]) is None
    cloud.script("POST", "one", "/subdomain", json={"enabled": True})
    found = state.version(REF, version_id[:8])
    assert found is not None
    assert found.id == version_id
    assert state.version(REF, version_id[:7]) is None


def test_what_was_provisioned_is_there(cloud: ControlPlane) -> None:
    state = cloud.server.state
    assert state.kv.namespace(ACCOUNT, KV) is not None
    assert state.vectorize.index(ACCOUNT, INDEX) is not None


def _text(path: Path) -> str:
    return path.read_bytes().decode("latin-1")
