"""Dispatch namespaces and the Workers in them."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.control_plane import (
    ACCOUNT,
    OTHER_TOKEN,
    PLAIN,
    Answer,
    ControlPlane,
    control_plane,
    form,
)
from support.control_plane import settings_form as settings_of

NAMESPACES = f"/accounts/{ACCOUNT}/workers/dispatch/namespaces"
USER = "/Customers/scripts/acme"


def call(cloud: ControlPlane, method: str, below: str = "", **options: Any) -> Answer:
    return cloud.api(method, f"{NAMESPACES}{below}", **options)


@pytest.fixture
def spaces(cloud: ControlPlane) -> ControlPlane:
    """Make one namespace."""
    call(cloud, "POST", json={"name": "Customers"})
    return cloud


def put(cloud: ControlPlane, below: str = USER, **metadata: Any) -> Answer:
    return call(cloud, "PUT", below, files=form(PLAIN, **metadata))


def test_a_namespace_is_made_listed_renamed_and_deleted(spaces: ControlPlane) -> None:
    made = call(spaces, "GET", "/Customers").result
    assert made["namespace_name"] == "Customers"
    assert made["script_count"] == 0
    assert call(spaces, "GET").result == [made]
    assert call(spaces, "POST", json={"name": "Customers"}).status == 409
    assert call(spaces, "POST", json={"name": "a b"}).status == 400
    renamed = call(spaces, "PUT", "/Customers", json={"name": "Tenants"}).result
    assert (renamed["namespace_name"], renamed["namespace_id"]) == (
        "Tenants", made["namespace_id"]
    )  # fmt: skip
    assert call(spaces, "GET", "/Customers").code == 100119
    call(spaces, "DELETE", "/Tenants").result  # noqa: B018 - it must succeed
    assert call(spaces, "GET").result == []
    assert call(spaces, "GET", token=OTHER_TOKEN).code == 10000


def test_a_script_in_a_namespace_is_one_of_its_own(spaces: ControlPlane) -> None:
    spaces.put("acme")
    put(spaces, tags=["free"]).result  # noqa: B018 - it must succeed
    found = call(spaces, "GET", USER).result
    assert found["dispatch_namespace"] == "Customers"
    assert found["script"]["id"] == "acme"
    listed = spaces.api("GET", f"/accounts/{ACCOUNT}/workers/scripts").result
    assert [item["id"] for item in listed] == ["acme"]
    assert listed[0]["tags"] == []
    for query, ids in (("", ["acme"]), ("?tags=free:yes", ["acme"]), ("?tags=free:no", [])):
        found = call(spaces, "GET", f"/Customers/scripts{query}").result
        assert [item["script"]["id"] for item in found] == ids
    assert call(spaces, "PUT", "/Customers", json={"name": "Other"}).status == 409
    call(spaces, "DELETE", USER).result  # noqa: B018
    assert call(spaces, "GET", USER).code == 10092
    assert spaces.script("GET", "acme").status == 200


def test_a_script_goes_with_its_namespace(spaces: ControlPlane) -> None:
    put(spaces)
    call(spaces, "DELETE", "/Customers")
    assert spaces.data_plane.removals == ["Customers/acme"]
    call(spaces, "POST", json={"name": "Customers"})
    assert call(spaces, "GET", USER).code == 10092


def test_settings_secrets_bindings_tags_and_content(spaces: ControlPlane) -> None:
    put(spaces, bindings=[{"type": "plain_text", "name": "A", "text": "a"}])
    secret = {"type": "secret_text", "name": "KEY", "text": "hidden"}
    call(spaces, "PUT", f"{USER}/secrets", json=secret)
    assert call(spaces, "GET", f"{USER}/secrets").result == [{"type": "secret_text", "name": "KEY"}]
    names = {item["name"] for item in call(spaces, "GET", f"{USER}/bindings").result}
    assert names == {"A", "KEY"}
    changed = settings_of(bindings=[{"type": "plain_text", "name": "B", "text": "b"}])
    call(spaces, "PATCH", f"{USER}/settings", files=changed)
    assert [it["name"] for it in call(spaces, "GET", f"{USER}/settings").result["bindings"]] == [
        "B"
    ]
    assert call(spaces, "PUT", f"{USER}/tags", json=["a", "b", "a"]).result == ["a", "b"]
    call(spaces, "PUT", f"{USER}/tags/c")
    call(spaces, "DELETE", f"{USER}/tags/a")
    assert call(spaces, "GET", f"{USER}/tags").result == ["b", "c"]
    assert call(spaces, "PUT", f"{USER}/tags", json=[str(it) for it in range(9)]).code == 10026
    assert PLAIN in call(spaces, "GET", f"{USER}/content").response.text


def test_what_does_not_exist_is_refused_at_the_upload(cloud: ControlPlane) -> None:
    assert put(cloud).code == 100119
    binding = {"type": "dispatch_namespace", "name": "D", "namespace": "Customers"}
    refused = cloud.put(bindings=[binding])
    assert (refused.status, refused.code) == (400, 100119)
    call(cloud, "POST", json={"name": "Customers"})
    outbound = {"worker": {"service": "filter"}}
    assert cloud.put(bindings=[{**binding, "outbound": outbound}]).code == 10143
    cloud.put(bindings=[binding]).result  # noqa: B018 - it must succeed
    service = {"type": "service", "name": "S", "service": "Customers/acme"}
    put(cloud)
    assert cloud.put(bindings=[service]).code == 10143


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        call(served, "POST", json={"name": "Customers"})
        put(served)
        yield served


ANY = st.none() | st.integers(-1, 1) | st.sampled_from(["", "x", "Customers"]) | st.lists(st.none())
BINDING = st.fixed_dictionaries(
    {"type": st.just("dispatch_namespace"), "name": st.just("D")},
    optional={
        "namespace": ANY,
        "outbound": ANY
        | st.fixed_dictionaries({}, optional={"worker": ANY | st.just({"service": 1})}),
    },
)


@settings(deadline=None)
@given(
    body=ANY | st.fixed_dictionaries({}, optional={"name": ANY}),
    binding=BINDING,
    below=st.sampled_from(["", "/Customers", "/x", USER, f"{USER}/tags", f"{USER}/settings"]),
)
def test_any_request_has_an_answer_of_the_api(
    shared: ControlPlane, body: Any, binding: dict[str, Any], below: str
) -> None:
    answers = [
        *(call(shared, method, below, json=body) for method in ("POST", "PUT", "PATCH")),
        call(shared, "GET", below),
        shared.put(bindings=[binding]),
    ]
    for answer in answers:
        assert answer.status < 500, answer.response.text
        if "json" in answer.response.headers["content-type"]:
            assert answer.response.json()["success"] == (answer.status < 400)
