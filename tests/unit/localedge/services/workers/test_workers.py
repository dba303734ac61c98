import base64
from typing import Any

import pytest

from localedge.model import ScriptRef
from support.control_plane import ACCOUNT, COUNTER, KV, PLAIN, Answer, ControlPlane

VAR = {"type": "plain_text", "name": "A", "text": "x"}
PAGES = {"type": "kv_namespace", "name": "PAGES", "namespace_id": KV}


def ask(cloud: ControlPlane, method: str, below: str = "", **options: Any) -> Answer:
    return cloud.api(method, f"/accounts/{ACCOUNT}/workers/workers{below}", **options)


def patch(cloud: ControlPlane, **body: Any) -> Answer:
    kind = {"content-type": "application/merge-patch+json"}
    return ask(cloud, "PATCH", "/one/versions/latest", json=body, headers=kind)


def module(text: str) -> dict[str, str]:
    content = base64.b64encode(text.encode()).decode()
    return {
        "name": "m.js",
        "content_type": "application/javascript+module",
        "content_base64": content,
    }


def test_a_worker_is_found_by_name_and_by_id_with_its_addresses(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.script("POST", "one", "/subdomain", json={"enabled": True, "previews_enabled": False})
    worker = ask(cloud, "GET", "/one").result
    assert worker["subdomain"] == {
        "enabled": True,
        "previews_enabled": False,
        "url": "https://one.acme.workers.dev",
        "preview_url_suffix": "-one.acme.workers.dev",
    }
    assert worker["deployed_on"] is not None
    assert ask(cloud, "GET", f"/{worker['id']}").result == worker
    assert ask(cloud, "GET", "/absent").code == 10007


def test_without_a_subdomain_a_worker_has_no_addresses(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.api("DELETE", f"/accounts/{ACCOUNT}/workers/subdomain")
    subdomain = ask(cloud, "GET", "/one").result["subdomain"]
    assert subdomain == {"enabled": False, "previews_enabled": False}


def test_workers_are_listed_in_pages_in_the_named_order(cloud: ControlPlane) -> None:
    for name in ("b", "a", "c"):
        cloud.put(name)

    def names(query: str) -> list[str]:
        return [worker["name"] for worker in ask(cloud, "GET", query).result]

    assert names("?order_by=name&order=asc") == ["a", "b", "c"]
    assert names("?order_by=name&per_page=2&page=2") == ["a"]
    assert ask(cloud, "GET", "?order_by=size").code == 10026


def test_a_worker_without_code_has_no_version_to_patch(cloud: ControlPlane) -> None:
    made = ask(cloud, "POST", json={"name": "one", "subdomain": {"enabled": True}}).result
    assert (made["name"], made["deployed_on"]) == ("one", None)
    assert made["subdomain"]["enabled"] is True
    assert ask(cloud, "POST", json={"name": "one"}).status == 409
    refused = patch(cloud, env={})
    assert (refused.status, refused.code) == (404, 10222)
    assert ask(cloud, "GET", "/one/versions").result == []
    cloud.put()
    assert ask(cloud, "GET", "/one").result["id"] == made["id"]


def test_settings_of_a_worker_change_as_far_as_they_are_named(cloud: ControlPlane) -> None:
    cloud.put("other")
    cloud.put()
    body = {"tags": ["t"], "tail_consumers": [{"name": "other"}], "subdomain": {"enabled": True}}
    worker = ask(cloud, "PATCH", "/one", json=body).result
    assert (worker["tags"], worker["tail_consumers"]) == (["t"], [{"name": "other"}])
    assert ask(cloud, "PATCH", "/one", json={"logpush": True}).result["tags"] == ["t"]
    assert cloud.script("GET", "one", "/subdomain").result["enabled"] is True
    refusals: list[Any] = [{"name": "two"}, {"subdomain": {"enabled": 1}}, {"subdomain": []}]
    for refused in refusals:
        assert ask(cloud, "PATCH", "/one", json=refused).code == 10026
    assert ask(cloud, "PATCH", "/one", json={"tail_consumers": [{"name": "no"}]}).code == 10203


def test_a_worker_names_the_workers_that_bind_to_it(cloud: ControlPlane) -> None:
    cloud.put("one", COUNTER, migrations={"new_tag": "v1", "new_sqlite_classes": ["Counter"]})
    objects = {"type": "durable_object_namespace", "name": "C", "class_name": "Counter"}
    service = {"type": "service", "name": "S", "service": "one"}
    cloud.put("user", bindings=[{**objects, "script_name": "one"}, service])
    user = ask(cloud, "GET", "/user").result
    references = ask(cloud, "GET", "/one").result["references"]
    assert references["workers"] == [{"id": user["id"], "name": "user"}]
    assert [it["worker_name"] for it in references["durable_objects"]] == ["user"]
    assert ask(cloud, "DELETE", "/one").code == 10064
    assert ask(cloud, "DELETE", "/one?force=true").result is None
    assert ask(cloud, "GET", "/one").code == 10007


def test_a_patch_changes_bindings_by_name_and_deploys_nothing(cloud: ControlPlane) -> None:
    cloud.put(bindings=[VAR, PAGES])
    cloud.secret("OLD", "hidden")
    live = cloud.live()
    made = patch(
        cloud,
        env={"OLD": None, "NEW": {"type": "secret_text", "text": "hidden"}, "GONE": None},
        annotations={"workers/message": "m", "workers/tag": None},
    ).result
    assert cloud.bindings(made["id"]).keys() == {"A", "PAGES", "NEW"}
    assert "hidden" not in str(made)
    assert made["annotations"] == {"workers/message": "m", "workers/triggered_by": "secret"}
    assert (made["number"], cloud.live()) == (3, live)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"env": []}, 10026),
        ({"env": {"A": "x"}}, 10026),
        ({"env": {"A": {"text": "x"}}}, 10026),
        ({"limits": {"cpu_ms": 5}}, 10026),
        ({"env": {"A": {"type": "telepathy"}}}, 10021),
        ({"env": {"A": {"type": "kv_namespace", "namespace_id": "0" * 32}}}, 10041),
    ],
)
def test_a_patch_that_cannot_be_is_refused(
    cloud: ControlPlane, body: dict[str, Any], code: int
) -> None:
    cloud.put()
    assert patch(cloud, **body).code == code
    assert cloud.script("GET", "one", "/versions").result["items"][0]["number"] == 1


def test_version_as_json_is_deployed_where_it_says_so(cloud: ControlPlane) -> None:
    ask(cloud, "POST", json={"name": "one", "subdomain": {"previews_enabled": True}})
    body = {"main_module": "m.js", "modules": [module(PLAIN)], "bindings": [VAR]}
    made = ask(cloud, "POST", "/one/versions", json=body).result
    assert made["urls"] == [f"https://{made['id'][:8]}-one.acme.workers.dev"]
    assert "compatibility_flags" not in made
    assert ask(cloud, "GET", "/one").result["deployed_on"] is None
    live = ask(cloud, "POST", "/one/versions?deploy=true", json=body).result
    assert cloud.live() == {live["id"]: 100}
    read = ask(cloud, "GET", f"/one/versions/{live['id']}?include=modules").result
    assert read.pop("modules") == [module(PLAIN)]
    assert read == ask(cloud, "GET", "/one/versions/latest").result
    assert [it["number"] for it in ask(cloud, "GET", "/one/versions").result] == [2, 1]
    body["modules"] = [{**module(PLAIN), "content_base64": "?"}]
    assert ask(cloud, "POST", "/one/versions", json=body).code == 10026


def test_an_alias_names_the_newest_version_that_has_it(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.version(annotations={"workers/alias": "to-try"})
    newest = cloud.version(annotations={"workers/alias": "to-try"}).result["id"]
    cloud.version()
    script = ScriptRef(ACCOUNT, "one")
    assert cloud.server.state.version(script, "to-try") is None
    ask(cloud, "PATCH", "/one", json={"subdomain": {"previews_enabled": True}})
    found = cloud.server.state.version(script, "to-try")
    assert found is not None
    assert found.id == newest


def test_scripts_are_searched_by_a_part_of_the_name_or_the_id(cloud: ControlPlane) -> None:
    for name in ("shop", "workshop", "other"):
        cloud.put(name)

    def found(query: str) -> list[str]:
        answer = cloud.api("GET", f"/accounts/{ACCOUNT}/workers/scripts-search?{query}")
        return [item["script_name"] for item in answer.result]

    assert found("name=shop") == ["shop", "workshop"]
    assert found(f"id={ask(cloud, 'GET', '/other').result['id']}") == ["other"]
    bad = cloud.api("GET", f"/accounts/{ACCOUNT}/workers/scripts-search?order_by=size")
    assert bad.code == 10026


def test_namespaces_of_durable_objects_are_listed(cloud: ControlPlane) -> None:
    cloud.put("one", COUNTER, migrations={"new_tag": "v1", "new_sqlite_classes": ["Counter"]})
    (found,) = cloud.api("GET", f"/accounts/{ACCOUNT}/workers/durable_objects/namespaces").result
    assert found.pop("id")
    assert found == {
        "name": "one_Counter",
        "script": "one",
        "class": "Counter",
        "use_sqlite": True,
    }
