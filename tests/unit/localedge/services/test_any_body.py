"""Whatever a client sends, the API answers in its own words and never fails itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.control_plane import (
    ACCOUNT,
    COUNTER,
    KV,
    ControlPlane,
    control_plane,
    form,
    settings_form,
)

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "x", "latest", "\ud800", KV]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
TYPES = st.sampled_from(
    """
    plain_text json secret_text secret_key kv_namespace d1 vectorize service inherit
    durable_object_namespace dispatch_namespace ai queue ratelimit nothing
    """.split()
)
KEYS = """
    name text json namespace_id id index_name class_name script_name service old_name version_id
    database_id secret_id namespace outbound
""".split()
BINDING = st.fixed_dictionaries(
    {"type": TYPES | ANY}, optional=dict.fromkeys(KEYS, ANY | st.just("A"))
)
STEP = st.fixed_dictionaries(
    {},
    optional={
        key: ANY | st.lists(st.sampled_from(["Counter", "Other"])) | st.lists(moved)
        for moved in [st.fixed_dictionaries({"from": ANY, "to": ANY, "from_script": ANY})]
        for key in (
            "new_classes new_sqlite_classes deleted_classes renamed_classes transferred_classes"
        ).split()
    },
)
MIGRATIONS = ANY | st.fixed_dictionaries(
    {"new_tag": ANY, "steps": ANY | st.lists(STEP)}, optional={"old_tag": ANY}
)
EXPORT = st.fixed_dictionaries(
    {"type": st.just("durable-object") | ANY},
    optional={
        "state": st.sampled_from("created deleted renamed transferred expecting-transfer".split()),
        "storage": st.sampled_from(["sqlite", "legacy-kv"]) | ANY,
        **dict.fromkeys(["renamed_to", "transferred_to", "transfer_from"], st.just("one") | ANY),
    },
)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "bindings": ANY | st.lists(BINDING, max_size=3),
        "migrations": MIGRATIONS | STEP,
        "exports": ANY | st.dictionaries(st.sampled_from(["Counter", "Other"]), EXPORT | ANY),
        **dict.fromkeys(
            """
            main_module body_part keep_bindings compatibility_date compatibility_flags annotations
            observability limits placement tags logpush tail_consumers usage_model
            """.split(),
            ANY,
        ),
        "annotations": st.dictionaries(st.sampled_from(["workers/tag", "workers/message"]), ANY),
        "keep_bindings": ANY | st.lists(TYPES),
        "observability": st.dictionaries(st.sampled_from(["enabled", "logs", "traces"]), ANY),
        "placement": st.fixed_dictionaries({"mode": ANY}),
    },
)
SHARE = st.fixed_dictionaries({"version_id": ANY, "percentage": ANY})
SECRET = st.fixed_dictionaries({"name": ANY, "type": TYPES, "text": ANY})
ROUTE = st.fixed_dictionaries({"pattern": ANY, "zone_id": ANY})
ORIGIN = st.fixed_dictionaries({"hostname": ANY, "zone_name": ANY})
NAMES = st.sampled_from(["A", "B"])
CALLS: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("PUT", "/secrets"): SECRET,
    ("PATCH", "/secrets-bulk"): st.fixed_dictionaries(
        {"secrets": st.dictionaries(NAMES, SECRET | ANY)}
    ),
    ("POST", "/deployments"): st.fixed_dictionaries(
        {"strategy": st.just("percentage"), "versions": st.lists(SHARE) | ANY}
    ),
    ("PUT", "/schedules"): st.lists(st.fixed_dictionaries({"cron": ANY})),
    ("POST", "/subdomain"): st.fixed_dictionaries({"enabled": ANY, "previews_enabled": ANY}),
    ("PATCH", "/script-settings"): METADATA,
    ("PATCH", "/workers/one/versions/latest"): st.fixed_dictionaries(
        {"env": st.dictionaries(NAMES, BINDING | ANY)}, optional={"annotations": ANY}
    ),
    ("PATCH", "/workers/one"): METADATA,
    ("PUT", "/routes"): st.lists(ROUTE),
    ("PUT", "/domains/records"): st.fixed_dictionaries({"origins": ANY | st.lists(ORIGIN)}),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.put(text=COUNTER)
        yield served


def check(cloud: ControlPlane, method: str, below: str, **body: Any) -> None:
    path = below if below.startswith("/workers/") else f"/scripts/one{below}"
    answer = cloud.api(method, f"/accounts/{ACCOUNT}/workers{path}", **body)
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
    cloud.script("GET", "one", "/versions").result  # noqa: B018 - it must still be readable
    cloud.script("GET", "one", "/settings").result  # noqa: B018
    for listed in ("scripts", "workers"):
        cloud.api("GET", f"/accounts/{ACCOUNT}/workers/{listed}").result  # noqa: B018


@settings(deadline=None)
@given(METADATA)
def test_any_upload(shared: ControlPlane, metadata: dict[str, Any]) -> None:
    for method, below in (("PUT", ""), ("POST", "/versions"), ("PUT", "/content")):
        check(shared, method, below, files=form(COUNTER, **metadata))


@settings(deadline=None)
@given(METADATA)
def test_any_settings(shared: ControlPlane, metadata: dict[str, Any]) -> None:
    shared.put(text=COUNTER, keep_bindings=[])
    check(shared, "PATCH", "/settings", files=settings_form(**metadata))


@settings(deadline=None)
@given(st.one_of([st.tuples(st.just(call), body | ANY) for call, body in CALLS.items()]))
def test_any_json(shared: ControlPlane, call: tuple[tuple[str, str], Any]) -> None:
    (method, below), body = call
    shared.put(text=COUNTER, keep_bindings=[])
    check(shared, method, below, content=json.dumps(body))
