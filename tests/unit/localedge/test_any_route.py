"""Whatever reaches any route of the API, it answers in its own words and never fails itself."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localedge.control.services import service_routes
from support.control_plane import ACCOUNT, COUNTER, D1, INDEX, KV, ControlPlane, control_plane

ENVELOPE = {"success", "errors", "messages", "result"}
OTHERS = {"/graphql", "/accounts/{account_id}/analytics_engine/sql"}
"""Routes whose answers have another form, as at Cloudflare."""
KNOWN: dict[str, str] = {
    "account_id": ACCOUNT,
    "name": "one",
    "namespace_id": KV,
    "database_id": D1,
    "index_name": INDEX,
    "workflow": "orders",
}
"""What is there, by the names that paths have for it."""
MADE: list[tuple[str, dict[str, Any], str, str]] = [
    ("r2/buckets", {"name": "bucket"}, "bucket", "name"),
    ("queues", {"queue_name": "queue"}, "queue_id", "queue_id"),
    ("workers/dispatch/namespaces", {"name": "customers"}, "namespace", "namespace_name"),
    ("secrets_store/stores", {"name": "store"}, "store_id", "id"),
    ("containers/applications", {"name": "a", "configuration": {}}, "application_id", "id"),
    ("workers/workers", {"name": "two"}, "worker_id", "id"),
]
"""What is made first: path, body, and the parameter that the answer's key is the value of."""
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
KEYS = """
    name title queue_name script_name class_name key value values keys ids id vectors vector topK
    filters type text metadata sql params batch versions strategy cron patterns pattern origins
    enabled rules events destination source configuration instances settings body timeframe from to
    parameters queryId dimensions metric config description expiration prefix scopes host origin
    certificates certificate private_key subdomain hostname service zone_name visibility_timeout_ms
    acks lease_id retries action etag
""".split()
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "x", "one", "../..", "* * * * *", KV, D1, "\x00", "é" * 300]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=8,
)
BODY = st.dictionaries(st.sampled_from(KEYS), ANY, max_size=6) | ANY


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.put(text=COUNTER + "export class Order {}")
        for path, body, parameter, key in MADE:
            made = served.api("POST", f"/accounts/{ACCOUNT}/{path}", json=body).result
            KNOWN[parameter] = made[key]
        KNOWN["zone_id"] = served.server.state.zones.add(ACCOUNT, "example.com").id
        workflow = {"script_name": "one", "class_name": "Order"}
        served.api("PUT", f"/accounts/{ACCOUNT}/workflows/orders", json=workflow).result  # noqa: B018
        yield served


@pytest.fixture(scope="module")
def calls(cloud: ControlPlane) -> list[tuple[str, str]]:
    """Return each method and path template of the API."""
    routes = service_routes(cloud.server.state, ())
    found = {(method, it.path) for it in routes for method in it.methods or () if method != "HEAD"}
    assert len(found) > 150
    return sorted(found)


def path_of(template: str, chosen: str) -> str:
    return PARAMETER.sub(lambda it: KNOWN.get(it[1], chosen), template)


def check(cloud: ControlPlane, call: tuple[str, str], chosen: str = "absent", **body: Any) -> None:
    method, template = call
    answer = cloud.api(method, path_of(template, chosen), **body).response
    where = f"{method} {template} {body}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code < 500, where
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    if template in OTHERS or (answer.status_code < 400 and not is_json):
        return  # a stored value, a module, an export
    document = answer.json()
    assert isinstance(document, dict), where
    assert document.keys() >= ENVELOPE, where
    assert document["success"] == (answer.status_code < 400), where
    assert bool(document["errors"]) != document["success"], where
    for error in document["errors"]:
        assert isinstance(error["code"], int), where
        assert error["message"], where


def test_each_route_answers_bodies_of_another_form(
    cloud: ControlPlane, calls: list[tuple[str, str]]
) -> None:
    bodies: list[dict[str, Any]] = [
        {},
        {"content": b"{"},
        {"content": b"\xff\xfe"},
        {"content": b"[" * 5000},
        {"json": []},
        {"json": [1, None]},
        {"json": {}},
        {"files": {"metadata": (None, "no JSON", "application/json")}},
    ]
    # What deletes comes last, so that the others find what is there.
    ordered = sorted(calls, key=lambda it: it[0] == "DELETE")
    for call, body in itertools.product(ordered, bodies):
        if call[0] not in {"GET", "DELETE"} or not body:
            check(cloud, call, **body)


@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_any_body_at_any_route(
    cloud: ControlPlane, calls: list[tuple[str, str]], data: st.DataObject
) -> None:
    call = data.draw(st.sampled_from([it for it in calls if it[0] not in {"GET", "DELETE"}]))
    chosen = data.draw(st.sampled_from(["absent", "a b", "%2e%2e", "é", "0" * 32]))
    check(cloud, call, chosen, content=json.dumps(data.draw(BODY)))
