"""Bindings of a version become options of Miniflare."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localedge.model import Code, Json, Module, WorkerVersion
from localedge.runtime.instances import miniflare_modules
from localedge.runtime.instances.contexts import InstanceContext, own_namespaces
from localedge.runtime.instances.instance_options import instance_options
from support.data_plane import ACCOUNT, code, ref

AROUND = InstanceContext(ref("shop"), Path("/state"), "http://127.0.0.1:8787/b", "key")
SPACE = "0f" * 16
ROOM: Mapping[str, Json] = {
    "type": "durable_object_namespace",
    "name": "ROOM",
    "class_name": "Room",
    "namespace_id": SPACE,
}


def version(*bindings: Mapping[str, Json], id_: str = "v1") -> WorkerVersion:
    return WorkerVersion(id_, 1, "2026-01-02T03:04:05Z", "tag", code("export default {}"), bindings)


def options(*versions: WorkerVersion, owners: Mapping[str, str] | None = None) -> dict[str, Any]:
    return instance_options(AROUND, versions, owners or {})


def worker(found: dict[str, Any], name: str) -> dict[str, Any]:
    workers = {it["name"]: it for it in found["workers"]}
    named: dict[str, Any] = workers[name]
    return named


@pytest.mark.parametrize(
    ("binding", "group", "becomes"),
    [
        ({"type": "plain_text", "text": "t"}, "bindings", "t"),
        ({"type": "secret_text", "text": "s"}, "bindings", "s"),
        ({"type": "json", "json": {"a": [None]}}, "bindings", {"a": [None]}),
        (
            {"type": "version_metadata"},
            "bindings",
            {"id": "v1", "tag": "tag", "timestamp": "2026-01-02T03:04:05Z"},
        ),
        (
            {"type": "analytics_engine", "dataset": "d"},
            "wrappedBindings",
            {
                "scriptName": "localedge:analytics",
                "bindings": {"mark": "localedge-point:key:", "dataset": "d"},
            },
        ),
        (
            {"type": "ratelimit", "namespace_id": "1", "simple": {"limit": 5, "period": 10}},
            "ratelimits",
            {"namespace_id": "1", "simple": {"limit": 5, "period": 10}},
        ),
    ],
)
def test_each_plain_binding_has_its_group(
    binding: Mapping[str, Json], group: str, becomes: Json
) -> None:
    found = worker(options(version({"name": "B", **binding})), "v1")

    assert found[group] == {"B": becomes}


@pytest.mark.parametrize(
    ("binding", "group", "becomes"),
    [
        ({"type": "kv_namespace", "namespace_id": "n"}, "kvNamespaces", {"id": "n"}),
        ({"type": "d1", "id": "d"}, "d1Databases", {"id": "d"}),
        ({"type": "d1", "database_id": "d"}, "d1Databases", {"id": "d"}),
        ({"type": "r2_bucket", "bucket_name": "b"}, "r2Buckets", {"id": "b"}),
        ({"type": "vectorize", "index_name": "i"}, "vectorize", {"index_name": "i"}),
    ],
)
def test_stored_data_is_served_by_localedge(
    binding: Mapping[str, Json], group: str, becomes: dict[str, Json]
) -> None:
    found = worker(options(version({"name": "B", **binding})), "v1")

    url = f"http://127.0.0.1:8787/b/{ACCOUNT}/shop/v1"
    assert found[group] == {"B": {**becomes, "remoteProxyConnectionString": url}}


def test_ai_is_one_binding_and_served_by_localedge() -> None:
    found = worker(options(version({"type": "ai", "name": "AI"})), "v1")

    assert found["ai"]["binding"] == "AI"
    assert found["ai"]["remoteProxyConnectionString"].endswith("/shop/v1")


def test_the_owner_has_the_class_and_others_bind_to_it() -> None:
    found = options(version(ROOM, id_="v1"), version(ROOM, id_="v2"), owners={SPACE: "v2"})

    room = {"className": "Room", "useSQLite": True, "unsafeUniqueKey": SPACE}
    assert worker(found, "v2")["durableObjects"] == {"ROOM": room}
    assert worker(found, "v1")["durableObjects"] == {"ROOM": {**room, "scriptName": "v2"}}
    assert found["durableObjectsPersist"] == "/state/do"


def test_class_of_another_script_calls_it_with_the_same_ids() -> None:
    foreign = {**ROOM, "script_name": "chat"}

    found = options(version(foreign))

    bound = worker(found, "v1")["durableObjects"]["ROOM"]
    remote = worker(found, bound["scriptName"])
    assert bound["unsafeUniqueKey"] == remote["bindings"]["NAMESPACE"] == SPACE
    assert remote["bindings"]["CLASS"] == "Room"
    assert remote["bindings"]["TARGET"] == f"http://chat.{ACCOUNT}.service.workers.localhost/"
    assert remote["unsafeEphemeralDurableObjects"]
    assert own_namespaces(ref("shop"), version(foreign)) == ()


def test_a_class_that_its_script_does_not_bind_runs_for_others() -> None:
    host = replace(version(), objects={"Room": SPACE})

    found = options(host, owners={SPACE: "v1"})

    assert own_namespaces(ref("shop"), host) == (SPACE,)
    assert worker(found, "v1")["additionalUnboundDurableObjects"] == [
        {"className": "Room", "useSQLite": True, "unsafeUniqueKey": SPACE}
    ]
    assert (
        worker(options(host, owners={SPACE: "v2"}), "v1")["additionalUnboundDurableObjects"] == []
    )


def test_a_class_of_the_script_by_its_own_name_is_its_own() -> None:
    own = {**ROOM, "script_name": "shop"}

    assert own_namespaces(ref("shop"), version(own, own)) == (SPACE,)


def test_unknown_binding_explains_itself_by_a_shim() -> None:
    found = options(version({"type": "images", "name": "SQL"}))

    bound = worker(found, "v1")["wrappedBindings"]["SQL"]
    assert bound["bindings"] == {"what": "bindings of type images"}
    assert bound["scriptName"] in [it["name"] for it in found["workers"]]
    assert bound["scriptName"] not in [it["name"] for it in options(version())["workers"]]


@pytest.mark.parametrize(("given", "entrypoint"), [({}, None), ({"entrypoint": "Admin"}, "Admin")])
def test_a_service_binding_goes_through_localedge(
    given: Mapping[str, Json], entrypoint: str | None
) -> None:
    found = options(version({"type": "service", "name": "API", "service": "backend", **given}))

    remote = worker(found, worker(found, "v1")["serviceBindings"]["API"]["name"])
    assert remote["bindings"]["TARGET"] == f"http://backend.{ACCOUNT}.service.workers.localhost/"
    assert remote["bindings"]["ENTRYPOINT"] == entrypoint
    assert remote["serviceBindings"]["LOCALEDGE"]["external"]["address"] == "127.0.0.1:8787"


def test_the_router_comes_first_and_knows_each_version() -> None:
    found = options(version(id_="v1"), version(id_="v2"))

    assert [it["name"] for it in found["workers"]] == ["localedge:router", "v1", "v2"]
    bindings = found["workers"][0]["serviceBindings"]
    assert bindings.pop("LOCALEDGE")["external"]
    assert bindings == {"v1": "v1", "v2": "v2", "fetch:v1": "v1", "fetch:v2": "v2"}


def test_main_module_is_first_without_source_maps() -> None:
    uploaded = (
        Module("lib/a.wasm", "application/wasm", b"\x00asm"),
        Module("index.js.map", "application/source-map", b"{}"),
        Module("index.js", "application/javascript+module", b"main"),
        Module("note.txt", "text/plain; charset=utf-8", b"note"),
    )

    found = miniflare_modules.source(Code("index.js", uploaded, "2026-01-01", ("nodejs_compat",)))

    assert [(it["type"], it["path"]) for it in found["modules"]] == [
        ("ESModule", "/index.js"),
        ("CompiledWasm", "/lib/a.wasm"),
        ("Text", "/note.txt"),
    ]
    assert base64.b64decode(found["modules"][1]["contents"]) == b"\x00asm"
    assert found["compatibilityFlags"] == ["nodejs_compat"]


def test_an_upload_without_a_date_gets_cloudflares_oldest() -> None:
    main = Module("index.js", "application/javascript+module", b"")

    assert (
        miniflare_modules.source(Code("index.js", (main,), ""))["compatibilityDate"] == "2021-11-02"
    )


def test_a_queue_producer_leads_to_a_worker_of_localedge() -> None:
    built = options(version({"name": "Q", "type": "queue", "queue_name": "jobs"}))

    (producer,) = worker(built, "v1")["unsafeBindings"]
    target = worker(built, producer["options"]["queue"])
    assert (producer["name"], producer["plugin"]["name"]) == ("Q", "localedge")
    assert target["bindings"]["BINDING"] == "Q"
    assert target["bindings"]["TARGET"].endswith("/v1")


def test_unreachable_hyperdrive_origin_explains_itself() -> None:
    found = options(version({"type": "hyperdrive", "name": "SQL", "id": "h"}))

    (bound,) = worker(found, "v1")["wrappedBindings"].values()
    assert bound["bindings"]["what"] == "a Hyperdrive origin that it cannot connect to (h)"
