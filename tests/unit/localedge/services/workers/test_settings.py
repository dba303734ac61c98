from typing import Any

from support.control_plane import KV, ControlPlane, settings_form


def test_patch_replaces_bindings_and_keeps_named_ones(cloud: ControlPlane) -> None:
    bindings = [
        {"type": "kv_namespace", "name": "PAGES", "namespace_id": KV},
        {"type": "plain_text", "name": "OLD", "text": "x"},
    ]
    cloud.put(bindings=bindings)
    cloud.secret("KEY", "hidden")
    wanted = [
        {"type": "kv_namespace", "name": "PAGES"},
        {"type": "secret_text", "name": "KEY"},
        {"type": "secret_text", "name": "NEW", "text": "hidden"},
    ]
    cloud.script("PATCH", "one", "/settings", files=settings_form(bindings=wanted))
    found = cloud.bindings(cloud.latest())
    assert found.keys() == {"PAGES", "KEY", "NEW"}
    assert found["PAGES"]["namespace_id"] == KV
    assert cloud.live() == {cloud.latest(): 100}


def test_versioned_settings_come_with_the_latest_version(cloud: ControlPlane) -> None:
    cloud.put(compatibility_date="2025-01-01", compatibility_flags=["nodejs_compat"])
    changed = settings_form(limits={"cpu_ms": 50}, compatibility_date="2025-02-01")
    patched = cloud.script("PATCH", "one", "/settings", files=changed).result
    assert patched["limits"] == {"cpu_ms": 50}
    assert patched["compatibility_date"] == "2025-02-01"
    assert patched["compatibility_flags"] == ["nodejs_compat"]
    assert "placement" not in patched


def test_script_settings_make_no_version(cloud: ControlPlane) -> None:
    cloud.put()
    body = {"tags": ["a"], "logpush": True, "observability": {"enabled": True}}
    changed = cloud.script("PATCH", "one", "/script-settings", json=body).result
    assert changed["tags"] == ["a"]
    assert changed["observability"]["logs"]["invocation_logs"] is True
    assert len(cloud.script("GET", "one", "/versions").result["items"]) == 1
    again = cloud.script("PATCH", "one", "/script-settings", json={"logpush": False}).result
    assert again == {**changed, "logpush": False}


def test_a_broken_patch_changes_nothing(cloud: ControlPlane) -> None:
    cloud.put()
    wrong: list[dict[str, Any]] = [
        {"observability": "on"},
        {"migrations": {"new_tag": "x"}},
        {"bindings": {}},
    ]
    for broken in wrong:
        patched = cloud.script("PATCH", "one", "/settings", files=settings_form(**broken))
        assert patched.code == 10026
    assert len(cloud.script("GET", "one", "/versions").result["items"]) == 1


def test_a_patch_inherits_bindings_by_name_and_from_another_name(cloud: ControlPlane) -> None:
    """C22: an entry of a name and the type `inherit` alone is no binding of an unknown type."""
    bindings = [
        {"type": "kv_namespace", "name": "PAGES", "namespace_id": KV},
        {"type": "plain_text", "name": "OLD", "text": "x"},
    ]
    cloud.put(bindings=bindings)
    wanted = [
        {"type": "inherit", "name": "PAGES"},
        {"type": "inherit", "name": "NEW", "old_name": "OLD", "version_id": "latest"},
    ]
    cloud.script("PATCH", "one", "/settings", files=settings_form(bindings=wanted))
    found = cloud.bindings(cloud.latest())
    assert found["PAGES"]["namespace_id"] == KV
    assert found["NEW"]["text"] == "x"
    assert found.keys() == {"PAGES", "NEW"}
