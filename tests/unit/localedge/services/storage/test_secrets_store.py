"""Secrets Store's API, and uploads that are bound to its secrets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.control_plane import ACCOUNT, OTHER, OTHER_TOKEN, ControlPlane, control_plane

STORES = f"/accounts/{ACCOUNT}/secrets_store/stores"
KEY = {"name": "KEY", "value": "canary-51d0", "scopes": ["workers"]}


@pytest.fixture
def store(cloud: ControlPlane) -> str:
    """Make a store; return its URL."""
    made = cloud.api("POST", STORES, json={"name": "vault"}).result
    return f"{STORES}/{made['id']}"


def add(cloud: ControlPlane, store: str, **fields: Any) -> Any:
    (made,) = cloud.api("POST", f"{store}/secrets", json=[{**KEY, **fields}]).result
    return made


def test_no_answer_holds_a_value(cloud: ControlPlane, store: str) -> None:
    secret = add(cloud, store, comment="of the test")
    one = f"{store}/secrets/{secret['id']}"
    copy = {"name": "COPY", "scopes": ["workers"]}
    answers = [
        cloud.api("GET", one),
        cloud.api("GET", f"{store}/secrets"),
        cloud.api("PATCH", one, json={"value": "canary-51d1", "comment": "changed"}),
        cloud.api("POST", f"{one}/duplicate", json=copy),
        cloud.api("DELETE", one),
    ]
    assert all(it.status == 200 for it in answers)
    assert "canary" not in "".join(it.response.text for it in answers)
    vault = cloud.server.state.secrets_stores
    assert vault.value(ACCOUNT, secret["store_id"], "COPY") == "canary-51d1"
    assert vault.value(ACCOUNT, secret["store_id"], "KEY") is None


def test_what_is_not_there_is_named(cloud: ControlPlane, store: str) -> None:
    absent = cloud.api("GET", f"{store}/secrets/absent")
    assert (absent.status, absent.code, absent.message) == (404, 1001, "secret_not_found")
    absent = cloud.api("GET", f"{STORES}/absent/secrets/absent")
    assert (absent.status, absent.code, absent.message) == (404, 1001, "store_not_found")
    other = STORES.replace(ACCOUNT, OTHER)
    assert cloud.api("GET", other, token=OTHER_TOKEN).result == []


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"name": ""}, 1001, "secret_name_empty"),
        ({"name": "a b"}, 1001, "secret_name_invalid"),
        ({"value": ""}, 1001, "secret_value_empty"),
        ({"value": "x" * 65537}, 1001, "secret_value_too_large"),
        ({"scopes": []}, 1001, "secret_scopes_empty"),
        ({"scopes": ["moon"]}, 1001, "secret_scope_invalid: moon"),
        ({}, 1003, "secret_name_already_exists: KEY"),
    ],
)
def test_a_secret_that_is_refused(
    cloud: ControlPlane, store: str, fields: dict[str, Any], code: int, message: str
) -> None:
    add(cloud, store)
    refused = cloud.api("POST", f"{store}/secrets", json=[{**KEY, **fields}])
    assert (refused.code, refused.message) == (code, message)


def test_a_list_of_secrets_is_made_whole_or_not_at_all(cloud: ControlPlane, store: str) -> None:
    twice = [{**KEY, "name": "NEW"}, {**KEY, "name": "NEW"}]
    assert cloud.api("POST", f"{store}/secrets", json=twice).code == 1003
    assert cloud.api("GET", f"{store}/secrets").result == []


def test_an_account_has_one_store(cloud: ControlPlane, store: str) -> None:
    second = cloud.api("POST", STORES, json={"name": "second"})
    assert (second.code, second.message) == (1003, "maximum_stores_exceeded")


def test_a_store_with_secrets_is_deleted_by_force_alone(cloud: ControlPlane, store: str) -> None:
    add(cloud, store)
    assert cloud.api("DELETE", store).status == 409
    assert cloud.api("DELETE", f"{store}?force=true").status == 200
    assert cloud.api("GET", store).code == 1001


def test_an_upload_is_bound_to_a_secret_that_workers_may_use(
    cloud: ControlPlane, store: str
) -> None:
    add(cloud, store)
    add(cloud, store, name="GATE", scopes=["ai_gateway"])
    store_id = store.removeprefix(f"{STORES}/")

    def bound(name: str) -> Any:
        secret = {"type": "secrets_store_secret", "store_id": store_id, "secret_name": name}
        return cloud.put(bindings=[{"name": "S", **secret}])

    absent = bound("ABSENT")
    assert absent.code == 10182
    assert f"references store '{store_id}' and secret 'ABSENT'" in absent.message
    assert bound("GATE").code == 10021
    assert bound("KEY").status == 200
    assert "canary" not in cloud.script("GET", "one", "/settings").response.text


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.server.state.secrets_stores.ensure(ACCOUNT, "vault", "vault")
        yield served


ANY = st.none() | st.integers(-2, 2) | st.sampled_from(["", "K", "\ud800"]) | st.just(["workers"])
FIELDS = st.dictionaries(st.sampled_from(["name", "value", "scopes", "comment", "id"]), ANY)


@settings(deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
    st.sampled_from(["", "/vault", "/vault/secrets", "/vault/secrets/x"]),
    ANY | FIELDS | st.lists(FIELDS | ANY, max_size=2),
)
def test_any_request(shared: ControlPlane, method: str, below: str, body: Any) -> None:
    answer = shared.api(method, STORES + below, content=json.dumps(body))
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
    shared.server.state.secrets_stores.ensure(ACCOUNT, "vault", "vault")
