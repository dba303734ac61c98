from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localedge.services.storage import kv
from support.storage import Api, stores

ACCOUNT = "a" * 32
NAMESPACES = f"/accounts/{ACCOUNT}/storage/kv/namespaces"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with stores(tmp_path) as opened:
        yield Api(kv.routes(opened.kv))


@pytest.fixture
def namespace(api: Api) -> str:
    made = api.result("POST", NAMESPACES, json={"title": "CACHE"})
    return f"{NAMESPACES}/{made['id']}"


def test_a_namespace_is_made_read_renamed_and_deleted(api: Api, namespace: str) -> None:
    made = api.result("GET", namespace)
    assert made == {"id": made["id"], "title": "CACHE", "supports_url_encoding": True}
    assert api.result("PUT", namespace, json={"title": "NEW"})["title"] == "NEW"
    assert api.result("DELETE", namespace) == {}
    assert api.refusal("GET", namespace) == (404, 10013)


def test_a_jurisdiction_that_there_is_not_is_refused(api: Api) -> None:
    assert api.refusal("POST", NAMESPACES, json={"title": "a", "jurisdiction": "moon"})[0] == 400
    assert api.result("POST", NAMESPACES, json={"title": "a", "jurisdiction": "eu"})["title"] == "a"


def test_namespaces_come_in_pages(api: Api) -> None:
    for title in ("b", "c", "a"):
        api.result("POST", NAMESPACES, json={"title": title})
    answer = api.ask("GET", NAMESPACES, params={"per_page": 2, "page": 2}).json()
    assert [it["title"] for it in answer["result"]] == ["c"]
    assert answer["result_info"]["total_count"] == 3
    reverse = api.result("GET", NAMESPACES, params={"direction": "desc", "order": "title"})
    assert [it["title"] for it in reverse] == ["c", "b", "a"]


def test_a_title_that_is_taken_or_missing_is_refused(api: Api, namespace: str) -> None:
    assert api.refusal("POST", NAMESPACES, json={"title": "CACHE"}) == (400, 10014)
    assert api.refusal("POST", NAMESPACES, json={})[0] == 400
    assert api.refusal("POST", NAMESPACES, content=b"{")[0] == 400


def test_a_raw_body_is_the_value(api: Api, namespace: str) -> None:
    assert api.result("PUT", f"{namespace}/values/a%2Fb%20%C3%BC", content=b"\x00\xff") == {}
    answer = api.ask("GET", f"{namespace}/values/a%2Fb%20%C3%BC")
    assert answer.content == b"\x00\xff"
    assert "expiration" not in answer.headers


@pytest.mark.parametrize(
    "form",
    [
        {"files": {"value": (None, "text"), "metadata": (None, '{"a":1}')}},
        {"files": {"value": ("upload", b"text")}, "data": {"metadata": '{"a":1}'}},
    ],
)
def test_a_form_holds_value_and_metadata(api: Api, namespace: str, form: dict[str, Any]) -> None:
    api.result("PUT", f"{namespace}/values/key", params={"expiration_ttl": "60"}, **form)
    answer = api.ask("GET", f"{namespace}/values/key")
    assert answer.text == "text"
    assert int(answer.headers["expiration"]) > 0
    assert api.result("GET", f"{namespace}/metadata/key") == {"a": 1}
    (key,) = api.result("GET", f"{namespace}/keys")
    assert (key["name"], key["metadata"]) == ("key", {"a": 1})


def test_a_form_without_a_value_is_refused(api: Api, namespace: str) -> None:
    files = {"metadata": (None, "{}")}
    assert api.refusal("PUT", f"{namespace}/values/key", files=files) == (400, 10029)


def test_an_absent_key_is_told_from_an_absent_namespace(api: Api, namespace: str) -> None:
    assert api.refusal("GET", f"{namespace}/values/absent") == (404, 10009)
    assert api.refusal("GET", f"{NAMESPACES}/absent/values/key") == (404, 10013)


def test_keys_are_listed_by_cursor(api: Api, namespace: str) -> None:
    pairs = [{"key": f"key-{number:02}", "value": "v"} for number in range(12)]
    wrote = api.result("PUT", f"{namespace}/bulk", json=pairs)
    assert wrote == {"successful_key_count": 12, "unsuccessful_keys": []}
    first = api.ask("GET", f"{namespace}/keys", params={"limit": 10, "prefix": "key-"}).json()
    assert first["result_info"]["count"] == 10
    cursor = first["result_info"]["cursor"]
    second = api.ask("GET", f"{namespace}/keys", params={"cursor": cursor}).json()
    assert [it["name"] for it in second["result"]] == ["key-10", "key-11"]
    assert second["result_info"]["cursor"] == ""


def test_a_page_of_less_than_ten_keys_is_refused(api: Api, namespace: str) -> None:
    assert api.refusal("GET", f"{namespace}/keys", params={"limit": 9}) == (400, 10028)


def test_bulk_values_may_be_base64_and_carry_metadata(api: Api, namespace: str) -> None:
    pair = {"key": "k", "value": "AP8=", "base64": True, "metadata": {"a": 1}, "expiration_ttl": 60}
    api.result("PUT", f"{namespace}/bulk", json=[pair])
    assert api.ask("GET", f"{namespace}/values/k").content == b"\x00\xff"


@pytest.mark.parametrize(
    "pair",
    [
        {"key": "k"},
        {"key": "k", "value": "*", "base64": True},
        {"value": "v"},
        {"key": "k", "value": 1},
    ],
)
def test_a_wrong_pair_keeps_the_whole_bulk_out(
    api: Api, namespace: str, pair: dict[str, Any]
) -> None:
    good = {"key": "good", "value": "v"}
    assert api.refusal("PUT", f"{namespace}/bulk", json=[good, pair])[0] == 400
    assert api.result("GET", f"{namespace}/keys") == []


@pytest.mark.parametrize(("method", "path"), [("DELETE", "bulk"), ("POST", "bulk/delete")])
def test_many_keys_are_deleted_at_once(api: Api, namespace: str, method: str, path: str) -> None:
    api.result("PUT", f"{namespace}/values/a", content=b"1")
    gone = api.result(method, f"{namespace}/{path}", json=["a", "absent"])
    assert gone["successful_key_count"] == 2
    assert api.result("GET", f"{namespace}/keys") == []


def test_many_keys_are_read_at_once(api: Api, namespace: str) -> None:
    pairs = [{"key": "a", "value": "1", "metadata": {"m": 1}}, {"key": "b", "value": "no json"}]
    api.result("PUT", f"{namespace}/bulk", json=pairs)
    url = f"{namespace}/bulk/get"
    assert api.result("POST", url, json={"keys": ["a", "absent"]}) == {
        "values": {"a": "1", "absent": None}
    }
    whole = api.result("POST", url, json={"keys": ["a"], "type": "json", "withMetadata": True})
    assert whole["values"]["a"] == {"name": "a", "value": 1, "metadata": {"m": 1}}
    assert api.refusal("POST", url, json={"keys": ["b"], "type": "json"}) == (400, 10029)
    assert api.refusal("POST", url, json={"keys": []}) == (400, 10029)
