import sqlite3
from pathlib import Path

from localedge.model import ScriptRef
from support.control_plane import ControlPlane, settings_form

CANARY = "canary-93b1"


def test_a_secret_is_one_more_version_that_is_live(cloud: ControlPlane) -> None:
    cloud.put()
    first = cloud.latest()
    assert cloud.secret("KEY", CANARY).result == {"type": "secret_text", "name": "KEY"}
    latest = cloud.latest()
    assert latest != first
    assert cloud.live() == {latest: 100}
    version = cloud.script("GET", "one", f"/versions/{latest}").result
    assert version["annotations"] == {"workers/triggered_by": "secret"}
    assert cloud.data_plane.changes == ["one", "one"]


def test_the_value_reaches_the_runtime_and_no_answer(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.secret("KEY", CANARY)
    ref = ScriptRef("a" * 32, "one")
    version = cloud.server.state.version(ref, cloud.latest())
    assert version is not None
    assert [dict(item) for item in version.bindings] == [
        {"type": "secret_text", "name": "KEY", "text": CANARY}
    ]
    for below in ("", "/secrets", "/secrets/KEY", "/settings", "/versions", "/deployments"):
        assert CANARY not in cloud.script("GET", "one", below).response.text


def test_a_value_stands_in_one_table_only(cloud: ControlPlane, tmp_path: Path) -> None:
    cloud.put()
    cloud.secret("KEY", CANARY)
    with sqlite3.connect(tmp_path / "localedge.sqlite") as file:
        holding = {line.split()[2] for line in file.iterdump() if CANARY in line}
    file.close()
    assert holding == {'"secrets"'}


def test_a_secret_takes_no_name_of_a_var(cloud: ControlPlane) -> None:
    cloud.put(bindings=[{"type": "plain_text", "name": "KEY", "text": "x"}])
    assert cloud.secret("KEY", CANARY).code == 10053


def test_a_var_takes_the_place_of_a_secret(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.secret("KEY", CANARY)
    cloud.put(bindings=[{"type": "plain_text", "name": "KEY", "text": "x"}])
    assert cloud.script("GET", "one", "/secrets").result == []


def test_a_deleted_secret_is_gone_an_absent_one_not_found(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.secret("A KEY", CANARY)
    assert cloud.script("DELETE", "one", "/secrets/A%2520KEY?url_encoded=true").status == 200
    assert cloud.script("GET", "one", "/secrets").result == []
    assert cloud.script("DELETE", "one", "/secrets/KEY").code == 10056


def test_many_are_merged_into_one_version(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.secret("OLD", "x")
    text = {"type": "secret_text", "text": CANARY}
    body = {"secrets": {"OLD": None, "A": text, "B": text}}
    merged = cloud.script("PATCH", "one", "/secrets-bulk", json=body).result
    assert merged.keys() == {"A", "B"}
    assert len(cloud.script("GET", "one", "/versions").result["items"]) == 3


def test_a_secret_needs_the_latest_version_to_be_live_alone(cloud: ControlPlane) -> None:
    cloud.put()
    first = cloud.latest()
    second = cloud.version().result["id"]
    assert cloud.secret("KEY", CANARY).code == 10215
    patched = cloud.script("PATCH", "one", "/settings", files=settings_form(bindings=[]))
    assert patched.code == 10214
    cloud.deploy((first, 50), (second, 50))
    assert cloud.secret("KEY", CANARY).code == 10215
    cloud.deploy((second, 100))
    assert cloud.secret("KEY", CANARY).status == 200


def test_what_is_no_secret_is_refused(cloud: ControlPlane) -> None:
    cloud.put()
    var = {"type": "plain_text", "name": "KEY", "text": "x"}
    assert cloud.script("PUT", "one", "/secrets", json=var).code == 10026
    nameless = {"type": "secret_text", "text": "x"}
    assert cloud.script("PUT", "one", "/secrets", json=nameless).code == 10026
    assert cloud.secret("KEY", "x" * 5121).code == 10054
    assert cloud.secret("KEY", "x", script="absent").code == 10007
