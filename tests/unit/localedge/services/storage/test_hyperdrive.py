"""Hyperdrive's API: configurations, their secrets, and the databases that they may lead to."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localedge.state.hyperdrive import (
    HyperdriveDocument,
    connection_string,
    origin_of,
    parse,
)
from localedge.wire.resource_errors import InvalidHyperdriveConfig, PrivateHostNotAllowed
from support.control_plane import ACCOUNT, ControlPlane, control_plane

CONFIGS = f"/accounts/{ACCOUNT}/hyperdrive/configs"
PUBLIC = {
    "scheme": "postgres",
    "host": "db.example.com",
    "port": 5432,
    "database": "d",
    "user": "u",
}
ORIGIN = {**PUBLIC, "password": "canary-51d0"}
ACCESS = {"host": "db", "access_client_id": "id", "access_client_secret": "canary-a"}


def without(origin: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: it for key, it in origin.items() if key not in names}


def document(**changed: Any) -> dict[str, Any]:
    return {"name": "pool", "origin": ORIGIN, **changed}


def test_a_name_is_taken_once(cloud: ControlPlane) -> None:
    assert cloud.api("POST", CONFIGS, json=document()).status == 200
    again = cloud.api("POST", CONFIGS, json=document())
    assert (again.status, again.code) == (409, 2017)
    assert cloud.api("POST", CONFIGS, json=document(name="other")).status == 200


def test_no_answer_holds_a_secret(cloud: ControlPlane) -> None:
    made = cloud.api("POST", CONFIGS, json=document())
    one = f"{CONFIGS}/{made.result['id']}"
    behind = {**without(ORIGIN, "host", "port"), **ACCESS}
    answers = [
        made,
        cloud.api("GET", one),
        cloud.api("GET", CONFIGS),
        cloud.api("PATCH", one, json={"origin": {"password": "canary-51d1"}}),
        cloud.api("PUT", one, json=document(origin=behind)),
    ]
    assert all(it.status == 200 for it in answers)
    assert "canary" not in "".join(it.response.text for it in answers)
    assert made.result["origin"] == PUBLIC
    assert made.result["caching"] == {"disabled": False}
    assert cloud.api("DELETE", one).status == 200
    assert cloud.api("GET", one).code == 2006


def test_a_change_keeps_what_it_does_not_name(cloud: ControlPlane) -> None:
    made = cloud.api("POST", CONFIGS, json=document(caching={"max_age": 5})).result
    one = f"{CONFIGS}/{made['id']}"
    cloud.api("PATCH", one, json={"name": "other", "origin": {"user": "v"}})
    cloud.api("PATCH", one, json={"caching": {"disabled": True}})
    found = cloud.server.state.hyperdrive.require(ACCOUNT, made["id"]).document
    assert found.origin is not None
    assert (found.name, found.origin.user, found.origin.password) == ("other", "v", "canary-51d0")
    assert found.caching.disabled
    shown = cloud.api("PATCH", one, json={"origin": ACCESS}).result["origin"]
    assert shown == {**without(PUBLIC, "port"), "host": "db", "user": "v", "access_client_id": "id"}


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"origin": None},
        {"origin": {}},
        {"origin": without(ORIGIN, "password")},
        {"origin": without(ORIGIN, "host")},
        {"origin": {**ORIGIN, "scheme": "oracle"}},
        {"origin": {**ORIGIN, "port": 0}},
        {"origin": {**ORIGIN, "service_id": "s"}},
        {"origin": {**ORIGIN, **without(ACCESS, "access_client_secret")}},
        {"caching": {"max_age": -1}},
        {"integration": {"provider": "planetscale"}},
    ],
)
def test_a_configuration_that_lacks_something_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidHyperdriveConfig):
        parse(document(**changed), [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "[::1]", "10.1.2.3"])
def test_a_private_host_is_refused_unless_its_network_is_allowed(host: str) -> None:
    wanted = document(origin={**ORIGIN, "host": host})
    with pytest.raises(PrivateHostNotAllowed):
        parse(wanted, [])
    parse(wanted, ["127.0.0.0/8", "::1/128", "10.0.0.0/8"])


def test_a_host_of_another_private_network_is_refused() -> None:
    with pytest.raises(PrivateHostNotAllowed):
        parse(document(origin={**ORIGIN, "host": "10.1.2.3"}), ["127.0.0.0/8"])


def test_worker_gets_the_url_of_a_direct_origin() -> None:
    strange = {**ORIGIN, "host": "db", "user": "a@b", "password": "p/?#", "database": "d é"}
    url = connection_string(parse(document(origin=strange), []))
    assert url == "postgres://a%40b:p%2F%3F%23@db:5432/d%20%C3%A9?sslmode=prefer"
    read = origin_of(url)
    assert (read.user, read.password, read.database) == ("a@b", "p/?#", "d é")
    behind = {**without(ORIGIN, "host", "port"), **ACCESS}
    assert connection_string(parse(document(origin=behind), [])) == ""
    assert connection_string(HyperdriveDocument(name="without an origin")) == ""


def test_a_version_runs_with_the_secret_and_shows_the_id_alone(cloud: ControlPlane) -> None:
    made = cloud.api("POST", CONFIGS, json=document()).result
    bound = {"name": "SQL", "type": "hyperdrive", "id": made["id"]}
    cloud.put(bindings=[bound])
    assert cloud.bindings(cloud.latest()) == {"SQL": bound}
    (ref,) = cloud.server.state.scripts.named("one")
    version = cloud.server.state.version(ref, cloud.latest())
    assert version is not None
    assert "canary-51d0" in version.bindings[0]["connection_string"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ControlPlane, str]]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        made = served.api("POST", CONFIGS, json=document()).result
        yield served, f"{CONFIGS}/{made['id']}"


ANY: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-2, 70000)
    | st.sampled_from(["", "x", "\ud800", "mysql"])
)
PART = ANY | st.dictionaries(
    st.sampled_from([*ORIGIN, "service_id", "disabled", "max_age", "sslmode"]), ANY
)
BODY = PART | st.dictionaries(st.sampled_from(["name", "origin", "caching", "mtls"]), PART)


@settings(deadline=None)
@given(st.sampled_from(["GET", "POST", "PUT", "PATCH"]), st.booleans(), BODY)
def test_any_request(
    shared: tuple[ControlPlane, str], method: str, existing: bool, body: Any
) -> None:
    cloud, one = shared
    answer = cloud.api(method, one if existing else CONFIGS, content=json.dumps(body))
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
