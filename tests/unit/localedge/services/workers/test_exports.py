"""Declarative Durable Object exports, as wrangler sends them and prints the answer."""

from typing import Any

from support.control_plane import PLAIN, ControlPlane

LIVE = {"type": "durable-object", "storage": "sqlite"}
DELETED = {"type": "durable-object", "state": "deleted"}


def code(*names: str) -> str:
    return PLAIN + "".join(f"\nexport class {name} {{}}" for name in names)


def bound(name: str, **more: str) -> dict[str, str]:
    return {"type": "durable_object_namespace", "name": "DO", "class_name": name, **more}


def told(answer: Any) -> dict[str, Any]:
    """Return what a deploy says that it did, without what is empty."""
    return {key: it for key, it in answer.result["exports_reconciliation"].items() if it}


def details(answer: Any) -> list[tuple[str, str]]:
    (error,) = answer.response.json()["errors"]
    assert error["code"] == 100402
    return [(it["scenario"], it["class"]) for it in error["meta"]["details"]]


def test_a_deploy_provisions_binds_and_later_deletes_a_class(cloud: ControlPlane) -> None:
    first = cloud.put(text=code("A"), exports={"A": LIVE}, bindings=[bound("A")])
    assert told(first) == {"created": ["A"]}
    assert cloud.bindings(cloud.latest())["DO"]["namespace_id"]
    again = cloud.put(text=code("A"), exports={"A": LIVE}, bindings=[bound("A")])
    assert told(again) == {}
    gone = cloud.put(exports={"A": DELETED})
    assert told(gone) == {"deleted": ["A"]}
    assert len(cloud.data_plane.dropped) == 1
    assert told(cloud.put(exports={"A": DELETED}))["removable_entries"] == ["A"]


def test_refused_deploy_names_each_class_and_changes_nothing(
    cloud: ControlPlane,
) -> None:
    cloud.put(text=code("A"), exports={"A": LIVE})
    before = cloud.latest()
    refused = cloud.put(text=code("A"), exports={"Phantom": LIVE, "X": {"type": "durable-object"}})
    assert sorted(details(refused)) == [
        ("config_references_nonexistent_class", "Phantom"),
        ("invalid_export", "X"),
        ("provisioned_class_missing_from_config", "A"),
    ]
    assert cloud.latest() == before


def test_a_class_moves_to_another_script_when_both_have_said_so(cloud: ControlPlane) -> None:
    cloud.put("a", text=code("W"), exports={"W": LIVE}, bindings=[bound("W")])
    (old,) = [it["namespace_id"] for it in cloud.bindings(cloud.latest("a"), "a").values()]
    wanted = {**LIVE, "state": "expecting-transfer", "transfer_from": "a"}
    pending = cloud.put("b", text=code("W"), exports={"W": wanted})
    assert told(pending) == {"transfer_pending": [{"class": "W", "from": "a"}]}
    tombstone = {"type": "durable-object", "state": "transferred", "transferred_to": "b"}
    moved = cloud.put("a", exports={"W": tombstone})
    assert told(moved) == {"transferred": [{"class": "W", "to": "b", "phase": "committed"}]}
    assert cloud.data_plane.changes[-2:] == ["b", "a"], "both run other classes from now on"
    assert told(cloud.put("b", text=code("W"), exports={"W": LIVE}, bindings=[bound("W")])) == {}
    assert cloud.bindings(cloud.latest("b"), "b")["DO"]["namespace_id"] == old


def test_a_version_reconciles_when_it_is_deployed(cloud: ControlPlane) -> None:
    cloud.put(text=code("A"), exports={"A": LIVE})
    old = cloud.latest()
    both = {"A": LIVE, "B": LIVE}
    early = cloud.version(text=code("A", "B"), exports=both, bindings=[bound("B")])
    assert early.code == 100406
    new = cloud.version(text=code("A", "B"), exports=both)
    assert "exports_reconciliation" not in new.result
    split = cloud.deploy((old, 50), (new.result["id"], 50))
    assert split.code == 100405
    assert cloud.deploy((new.result["id"], 100)).status == 200
    assert told(cloud.put(text=code("A", "B"), exports=both, bindings=[bound("B")])) == {}
    assert details(cloud.deploy((old, 100))) == [("orphaned_provisioned_namespace", "B")]


def test_migrated_classes_can_be_declared_from_then_on(cloud: ControlPlane) -> None:
    cloud.put(text=code("A"), migrations={"new_tag": "v1", "new_sqlite_classes": ["A"]})
    assert told(cloud.put(text=code("A"), exports={"A": LIVE})) == {}
    back = cloud.put(text=code("A"), migrations={"old_tag": "v1", "new_tag": "v2"})
    assert (back.status, "exports" in back.message) == (400, True)
    assert details(cloud.put(text=code("A"))) == [("provisioned_class_missing_from_config", "A")]


def test_a_class_that_another_script_binds_to_is_not_deleted(cloud: ControlPlane) -> None:
    cloud.put(text=code("A"), exports={"A": LIVE})
    cloud.put("two", bindings=[bound("A", script_name="one")])
    refused = cloud.put(exports={"A": DELETED})
    assert details(refused) == [("tombstone_delete_blocked_by_external_bindings", "A")]
    (error,) = refused.response.json()["errors"]
    assert error["meta"]["details"][0]["referencing_scripts"] == ["two"]
