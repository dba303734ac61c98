"""Whatever reaches any route of the API, it answers in its own words and never fails itself."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
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
    "key": "key",
    "secret": "key",
}
"""What is there, by the names that paths have for it."""
IN = "/accounts/{account_id}"
PERSON = {"host": "db.example.com", "port": 5432, "database": "d", "user": "u", "password": "p"}
MADE: list[tuple[str, dict[str, Any] | list[Any], str, str]] = [
    (f"{IN}/r2/buckets", {"name": "bucket"}, "bucket", "name"),
    (f"{IN}/queues", {"queue_name": "queue"}, "queue_id", "queue_id"),
    (f"{IN}/queues/{{queue_id}}/consumers", {"type": "http_pull"}, "consumer_id", "consumer_id"),
    (f"{IN}/workers/dispatch/namespaces", {"name": "customers"}, "namespace", "namespace_name"),
    (f"{IN}/secrets_store/stores", {"name": "store"}, "store_id", "id"),
    (
        f"{IN}/secrets_store/stores/{{store_id}}/secrets",
        [{"name": "S", "value": "v", "scopes": ["workers"]}],
        "secret_id",
        "id",
    ),
    (
        f"{IN}/hyperdrive/configs",
        {"name": "h", "origin": {"scheme": "postgres", **PERSON}},
        "id",
        "id",
    ),
    (f"{IN}/containers/applications", {"name": "a", "configuration": {}}, "application_id", "id"),
    (f"{IN}/workers/workers", {"name": "two"}, "worker_id", "id"),
    (f"{IN}/workers/scripts/{{name}}/tails", {}, "tail", "id"),
    ("/zones/{zone_id}/workers/routes", {"pattern": "example.com/*"}, "route_id", "id"),
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
PARAMETERS = """
    page per_page limit cursor count start_after prefix delimiter name search order order_by
    direction status tags id queue_id include deployable force base64 replace_state deploy
    bindings_inherit version expiration expiration_ttl url_encoded scopes zone_id hostname
    service environment query
""".split()
HEADERS = """
    range if-match if-none-match if-modified-since if-unmodified-since content-type content-encoding
    cf-r2-jurisdiction cf-r2-storage-class expires cache-control
""".split()
FUZZ = settings(
    deadline=None,
    # What an example changes, the next one meets.
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
DIGITS = "9" * 5000
"""More than Python makes a number of."""
WORDS = st.sampled_from(
    [
        "",
        DIGITS,
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 99 Xyz 99999 99:99:99 GMT",
        *"""
    0 -1 1 2 1e9 99999999999999999999 NaN null true asc desc x ../.. %00 bytes=5- bytes=-0
    bytes=9-1 * eu "x" W/"x",* multipart/form-data application/json;charset=x
    """.split(),
    ]
)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[ControlPlane]:
    with control_plane(tmp_path / "state") as served:
        served.put(text=COUNTER + "export class Order {}")
        KNOWN["version_id"] = served.latest()
        KNOWN["zone_id"] = served.server.state.zones.add(ACCOUNT, "example.com").id
        for template, body, parameter, key in MADE:
            made = served.api("POST", path_of(template, ""), json=body).result
            KNOWN[parameter] = (made[0] if isinstance(made, list) else made)[key]
        workflow = {"script_name": "one", "class_name": "Order"}
        for path, content in {
            "workflows/orders": json.dumps(workflow),
            "workers/scripts/one/secrets": '{"type": "secret_text", "name": "key", "text": "t"}',
            f"storage/kv/namespaces/{KV}/values/key": "value",
            "r2/buckets/bucket/objects/key": "value",
        }.items():
            served.api("PUT", f"/accounts/{ACCOUNT}/{path}", content=content).result  # noqa: B018
        yield served


@pytest.fixture
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
        {"params": {"per_page": DIGITS, "limit": DIGITS, "page": DIGITS, "force": "x"}},
        {"files": {"metadata": (None, "no JSON", "application/json")}},
    ]
    # What deletes comes last, so that the others find what is there.
    ordered = sorted(calls, key=lambda it: it[0] == "DELETE")
    for call, body in itertools.product(ordered, bodies):
        if call[0] not in {"GET", "DELETE"} or not body or "params" in body:
            check(cloud, call, **body)


@FUZZ
@given(data=st.data())
def test_any_body_at_any_route(
    cloud: ControlPlane, calls: list[tuple[str, str]], data: st.DataObject
) -> None:
    call = data.draw(st.sampled_from([it for it in calls if it[0] not in {"GET", "DELETE"}]))
    chosen = data.draw(st.sampled_from(["absent", "a b", "%2e%2e", "é", "0" * 32]))
    check(cloud, call, chosen, content=json.dumps(data.draw(BODY)))


@FUZZ
@given(data=st.data())
def test_any_query_and_headers_at_any_route(
    cloud: ControlPlane, calls: list[tuple[str, str]], data: st.DataObject
) -> None:
    call = data.draw(st.sampled_from([it for it in calls if it[0] != "DELETE"]))
    query = data.draw(st.dictionaries(st.sampled_from(PARAMETERS), WORDS | st.text(max_size=5)))
    headers = data.draw(st.dictionaries(st.sampled_from(HEADERS), WORDS, max_size=3))
    check(cloud, call, params=query, headers=headers)
