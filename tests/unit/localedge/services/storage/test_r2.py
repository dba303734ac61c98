"""R2's API: buckets, objects, and settings that are kept."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.control_plane import ACCOUNT, OTHER, OTHER_TOKEN, ControlPlane, control_plane

BUCKETS = f"/accounts/{ACCOUNT}/r2/buckets"
FILES = f"{BUCKETS}/files"
OBJECTS = f"{FILES}/objects"
NOTIFICATIONS = f"/accounts/{ACCOUNT}/event_notifications/r2/files/configuration"
EU = {"cf-r2-jurisdiction": "eu"}


@pytest.fixture
def files(cloud: ControlPlane) -> ControlPlane:
    """Make a bucket."""
    assert cloud.api("POST", BUCKETS, json={"name": "files"}).status == 200
    return cloud


def keys(cloud: ControlPlane, query: str = "") -> list[str]:
    return [it["key"] for it in cloud.api("GET", OBJECTS + query).result]


def test_a_bucket_is_made_once_looked_up_and_deleted(cloud: ControlPlane) -> None:
    assert cloud.api("GET", FILES).code == 10006
    assert cloud.api("POST", BUCKETS, json={"name": "files"}).result["name"] == "files"
    assert cloud.api("POST", BUCKETS, json={"name": "files"}).code == 10004
    assert cloud.api("POST", BUCKETS, json={"name": "Not_A_Name"}).code == 10005
    assert cloud.api("GET", FILES).result["storage_class"] == "Standard"
    assert [it["name"] for it in cloud.api("GET", BUCKETS).result["buckets"]] == ["files"]
    assert cloud.api("DELETE", FILES).result == {}
    assert cloud.api("GET", BUCKETS).result == {"buckets": []}


def test_a_bucket_that_holds_objects_is_not_deleted(files: ControlPlane) -> None:
    files.api("PUT", f"{OBJECTS}/a", content=b"1")
    refused = files.api("DELETE", FILES)
    assert (refused.status, refused.code) == (409, 10008)
    assert files.api("GET", f"{OBJECTS}/a").response.content == b"1"


def test_buckets_are_listed_in_pages_by_name(cloud: ControlPlane) -> None:
    for name in ("one", "two", "three"):
        cloud.api("POST", BUCKETS, json={"name": name})

    def page(query: str) -> tuple[list[str], str | None]:
        answer = cloud.api("GET", f"{BUCKETS}?{query}")
        names = [it["name"] for it in answer.result["buckets"]]
        return names, answer.response.json()["result_info"].get("cursor")

    assert page("per_page=2") == (["one", "three"], "three")
    assert page("per_page=2&cursor=three") == (["two"], None)
    assert page("name_contains=t&direction=desc") == (["two", "three"], None)
    assert cloud.api("GET", f"{BUCKETS}?per_page=x").code == 10022


def test_a_jurisdiction_has_buckets_of_its_own(cloud: ControlPlane) -> None:
    cloud.api("POST", BUCKETS, json={"name": "files"}, headers=EU)
    assert cloud.api("GET", FILES).code == 10006
    assert cloud.api("GET", FILES, headers=EU).result["jurisdiction"] == "eu"
    assert cloud.api("GET", BUCKETS).result == {"buckets": []}
    assert cloud.api("GET", FILES, headers={"cf-r2-jurisdiction": "moon"}).code == 10029


def test_one_account_sees_nothing_of_another(files: ControlPlane) -> None:
    other = BUCKETS.replace(ACCOUNT, OTHER)
    assert files.api("GET", other, token=OTHER_TOKEN).result == {"buckets": []}


def test_an_object_comes_back_as_it_went_in(files: ControlPlane) -> None:
    given = {"content-type": "text/html", "cache-control": "no-store"}
    put = files.api("PUT", f"{OBJECTS}/a/b%20%C3%BC", content=b"0123456789", headers=given).result
    assert (put["key"], put["size"], put["etag"]) == (
        "a/b ü", "10", "781e5e245d69b566979b86e28d23f2c7"
    )  # fmt: skip
    got = files.api("GET", f"{OBJECTS}/a/b%20%C3%BC").response
    assert got.content == b"0123456789"
    assert got.headers["etag"] == f'"{put["etag"]}"'
    assert {name: got.headers[name] for name in given} == given


def test_a_part_of_an_object_and_one_that_did_not_change(files: ControlPlane) -> None:
    etag = files.api("PUT", f"{OBJECTS}/a", content=b"0123456789").result["etag"]
    part = files.api("GET", f"{OBJECTS}/a", headers={"range": "bytes=8-20"}).response
    assert (part.status_code, part.content) == (206, b"89")
    assert part.headers["content-range"] == "bytes 8-9/10"
    same = files.api("GET", f"{OBJECTS}/a", headers={"if-none-match": f'"{etag}"'}).response
    assert (same.status_code, same.content) == (304, b"")
    assert files.api("GET", f"{OBJECTS}/a", headers={"range": "bytes=10-"}).code == 10039


def test_what_is_not_there_is_named(files: ControlPlane) -> None:
    absent = files.api("GET", f"{OBJECTS}/absent")
    assert (absent.status, absent.code) == (404, 10007)
    assert files.api("DELETE", f"{OBJECTS}/absent").result == {"key": "absent"}
    assert files.api("PUT", f"{BUCKETS}/other/objects/a", content=b"").code == 10006
    assert files.api("PUT", f"{OBJECTS}/{'k' * 1025}", content=b"").code == 10020


def test_objects_are_listed_in_pages_and_grouped(files: ControlPlane) -> None:
    for key in ("a", "d/1", "d/2", "e"):
        files.api("PUT", f"{OBJECTS}/{key}", content=b"x")
    first = files.api("GET", f"{OBJECTS}?delimiter=/&per_page=2").response.json()
    assert [it["key"] for it in first["result"]] == ["a"]
    info = first["result_info"]
    assert (info["delimited"], info["is_truncated"]) == (["d/"], True)
    assert keys(files, f"?delimiter=/&cursor={info['cursor']}") == ["e"]
    assert keys(files, "?prefix=d/&start_after=d/1") == ["d/2"]
    assert files.api("GET", f"{OBJECTS}?cursor=%00").code == 10029


def test_an_object_larger_than_other_requests_is_taken(files: ControlPlane) -> None:
    """The limit of 100 MiB is for requests to Workers; here with 1 KiB in its place."""
    files.server.guard._largest = 1024
    assert files.api("PUT", f"{OBJECTS}/big", content=bytes(4096)).result["size"] == "4096"
    assert files.api("POST", BUCKETS, content=bytes(4096)).status == 413


def test_metrics_count_what_is_stored(files: ControlPlane) -> None:
    files.api("PUT", f"{OBJECTS}/a", content=b"123")
    published = files.api("GET", f"/accounts/{ACCOUNT}/r2/metrics").result["standard"]["published"]
    assert published == {"objects": 1, "payloadSize": 3, "metadataSize": 0}


RULES: dict[str, dict[str, Any]] = {
    "cors": {"allowed": {"methods": ["GET"], "origins": ["*"]}, "maxAgeSeconds": 60.0},
    "lock": {"id": "l", "enabled": True, "condition": {"type": "Age", "maxAgeSeconds": 60}},
    "lifecycle": {
        "id": "old",
        "enabled": True,
        "conditions": {"prefix": "logs/"},
        "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 86400}},
    },
}


@pytest.mark.parametrize(("subject", "rule"), RULES.items())
def test_rules_are_kept_as_they_are(
    files: ControlPlane, subject: str, rule: dict[str, Any]
) -> None:
    url = f"{FILES}/{subject}"
    assert files.api("PUT", url, json={"rules": [rule]}).result == {}
    assert files.api("GET", url).result == {"rules": [rule]}
    assert files.api("PUT", url, json={"rules": [{**rule, "unknown": 1}]}).code == 10040


def test_a_bucket_without_a_cors_policy_says_so(files: ControlPlane) -> None:
    assert files.api("GET", f"{FILES}/cors").code == 10059
    files.api("PUT", f"{FILES}/cors", json={"rules": []})
    files.api("DELETE", f"{FILES}/cors")
    assert files.api("GET", f"{FILES}/cors").status == 404


def test_domains_are_attached_changed_and_removed(files: ControlPlane) -> None:
    url = f"{FILES}/domains/custom"
    domain = {"domain": "files.example.com", "enabled": True, "zoneId": "z"}
    assert files.api("POST", url, json=domain).result == domain
    one = f"{url}/files.example.com"
    files.api("PUT", one, json={"domain": "files.example.com", "minTLS": "1.2"})
    assert files.api("GET", one).result["minTLS"] == "1.2"
    assert [it["domain"] for it in files.api("GET", url).result["domains"]] == [domain["domain"]]
    files.api("DELETE", one)
    assert files.api("GET", one).status == 404
    assert files.api("PUT", f"{FILES}/domains/managed", json={"enabled": True}).result["enabled"]


def test_a_queue_is_notified_of_a_buckets_changes(files: ControlPlane) -> None:
    queue = files.api("POST", f"/accounts/{ACCOUNT}/queues", json={"queue_name": "jobs"}).result
    url = f"{NOTIFICATIONS}/queues/{queue['queue_id']}"
    files.api("PUT", url, json={"rules": [{"actions": ["PutObject"], "prefix": "in/"}]})
    (listed,) = files.api("GET", NOTIFICATIONS).result["queues"]
    (rule,) = listed["rules"]
    assert (listed["queueName"], rule["prefix"]) == ("jobs", "in/")
    files.api("DELETE", url, json={"ruleIds": [rule["ruleId"]]})
    assert files.api("GET", NOTIFICATIONS).code == 11015
    assert files.api("PUT", f"{NOTIFICATIONS}/queues/no", json={"rules": []}).code == 11000


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.api("POST", BUCKETS, json={"name": "files"})
        yield served


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "Age", "a", "\ud800"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
RULE = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys("id enabled prefix conditions allowed actions".split(), ANY)
    | {"condition": st.fixed_dictionaries({"type": ANY}) | ANY},
)
BODY = ANY | st.fixed_dictionaries(
    {"rules": st.lists(RULE, max_size=2) | ANY},
    optional=dict.fromkeys(
        "name storageClass locationHint domain zoneId ruleIds enabled".split(), ANY
    ),
)
PATHS = ["", "/cors", "/lifecycle", "/lock", "/domains/managed", "/domains/custom", "/objects"]


@settings(deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    st.sampled_from([*(f"{FILES}{it}" for it in PATHS), BUCKETS, f"{NOTIFICATIONS}/queues/q"]),
    BODY,
    st.dictionaries(st.sampled_from(["cursor", "per_page", "prefix", "delimiter"]), st.text()),
)
def test_any_request(
    shared: ControlPlane, method: str, path: str, body: Any, query: dict[str, str]
) -> None:
    answer = shared.api(method, path, content=json.dumps(body), params=query)
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
    shared.api("POST", BUCKETS, json={"name": "files"})
