"""What is listed and made by a name, and never made twice."""

from typing import Any

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.creation.client import CreatableResources, NameTaken
from edgefleet.cloudflare.creation.kinds import DatabaseOrigin, ExistingResource, NewResource
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.core.secret import Secret
from support.answers import Answer, Asked, enveloped, refused, scripted

CACHE = NewResource(K.NAMESPACE, "cache")
MADE = enveloped({"id": "one", "title": "cache"})
THERE, EMPTY = enveloped([{"id": "one", "title": "cache"}]), enveloped([])
TAKEN, LOST, BROKEN = refused(10014, 400), Answer(drop=True), Answer(b"{", 200)
ORIGIN = DatabaseOrigin("postgres", "db.example", 5432, "shop", "u", Secret("canary-pw"))


def asked(use: Any, *answers: Answer) -> tuple[Any, list[Asked]]:
    """Use the resources of an account that answers so; return what came of it."""
    with scripted(*answers) as server:
        api = Cloudflare(server.url, Secret("token"), sleep=lambda _: None)
        return use(CreatableResources(api, "a")), server.asked


def made(*answers: Answer, begun: bool = False) -> tuple[str, list[str]]:
    """Make the namespace; return its id, and the methods of the requests."""

    def make(resources: CreatableResources) -> str:
        return resources.create_confirmed(CACHE, begun=begun, sleep=lambda _: None)

    identity, requests = asked(make, *answers)
    return identity, [one.method for one in requests]


@pytest.mark.parametrize(
    ("kind", "listed", "path", "found"),
    [
        (
            K.NAMESPACE,
            [{"id": "i", "title": "n"}],
            "storage/kv/namespaces?page=1&per_page=100",
            "i",
        ),
        (K.DATABASE, [{"uuid": "i", "name": "n"}], "d1/database?page=1&per_page=100", "i"),
        (K.INDEX, [{"name": "n"}], "vectorize/v2/indexes", "n"),
        (K.BUCKET, {"buckets": [{"name": "n"}]}, "r2/buckets?per_page=1000", "n"),
        (K.QUEUE, [{"queue_name": "n"}], "queues?page=1&per_page=100", "n"),
        (K.HYPERDRIVE, [{"id": "i", "name": "n"}], "hyperdrive/configs?page=1&per_page=100", "i"),
        (K.GATEWAY, [{"id": "n"}], "ai-gateway/gateways?page=1&per_page=50", "n"),
        (K.DISPATCH_NAMESPACE, [{"namespace_name": "n"}], "workers/dispatch/namespaces", "n"),
        (K.SUBDOMAIN, {"subdomain": "n"}, "workers/subdomain", "n"),
    ],
)
def test_each_kind_is_listed_by_name(kind: K, listed: Any, path: str, found: str) -> None:
    has, requests = asked(lambda resources: resources.all(kind), enveloped(listed))
    assert has == {"n": ExistingResource("n", found)}
    assert [one.path for one in requests] == [f"/accounts/a/{path}"]


@pytest.mark.parametrize(
    ("new", "path", "body"),
    [
        (CACHE, "storage/kv/namespaces", {"title": "cache"}),
        (
            NewResource(K.NAMESPACE, "n", "eu"),
            "storage/kv/namespaces",
            {"title": "n", "jurisdiction": "eu"},
        ),
        (NewResource(K.DATABASE, "n", "eu"), "d1/database", {"name": "n", "jurisdiction": "eu"}),
        (
            NewResource(K.DATABASE, "n", location="weur"),
            "d1/database",
            {"name": "n", "primary_location_hint": "weur"},
        ),
        (
            NewResource(K.INDEX, "n", dimensions=3, metric="cosine"),
            "vectorize/v2/indexes",
            {"name": "n", "config": {"dimensions": 3, "metric": "cosine"}},
        ),
        (
            NewResource(K.BUCKET, "n", location="oc"),
            "r2/buckets",
            {"name": "n", "locationHint": "oc"},
        ),
        (NewResource(K.QUEUE, "n"), "queues", {"queue_name": "n"}),
        (NewResource(K.DISPATCH_NAMESPACE, "n"), "workers/dispatch/namespaces", {"name": "n"}),
    ],
)
def test_each_kind_is_asked_for_as_its_api_wants_it(
    new: NewResource, path: str, body: dict[str, Any]
) -> None:
    answer = {"id": "n", "uuid": "n", "name": "n", "title": "n", "queue_name": "n"}
    answer["namespace_name"] = "n"
    _, (request,) = asked(lambda resources: resources.create(new), enveloped(answer))
    assert (request.path, request.body) == (f"/accounts/a/{path}", body)


def test_an_account_gets_a_name_below_workers_dev_once() -> None:
    new = NewResource(K.SUBDOMAIN, "n")
    name, requests = asked(lambda its: its.create(new), refused(10007, 404), enveloped({}))
    assert (name, requests[1].method, requests[1].body) == ("n", "PUT", {"subdomain": "n"})
    name, requests = asked(lambda its: its.create(new), enveloped({"subdomain": "there"}))
    assert (name, len(requests)) == ("there", 1)


def test_a_bucket_names_its_jurisdiction_in_a_header() -> None:
    bucket = NewResource(K.BUCKET, "n", "eu")
    _, (made_so,) = asked(lambda its: its.create(bucket), enveloped({"name": "n"}))
    _, (listed,) = asked(lambda its: its.all(K.BUCKET, "eu"), enveloped({"buckets": []}))
    assert {one.headers["cf-r2-jurisdiction"] for one in (made_so, listed)} == {"eu"}


def test_buckets_come_in_pages_by_their_last_name() -> None:
    full = [{"name": f"b{number:04}"} for number in range(1000)]
    pages = (enveloped({"buckets": full}), enveloped({"buckets": [{"name": "last"}]}))
    has, requests = asked(lambda its: its.all(K.BUCKET), *pages)
    assert len(has) == 1001
    assert requests[1].path.endswith("per_page=1000&start_after=b0999")


def test_a_list_that_knows_no_pages_is_read_once_more_at_most() -> None:
    whole = enveloped([{"queue_name": f"q{number}"} for number in range(150)])
    has, requests = asked(lambda its: its.all(K.QUEUE), whole)
    assert (len(has), len(requests)) == (150, 2)


def test_the_password_of_a_database_is_sent_and_never_shown() -> None:
    new = NewResource(K.HYPERDRIVE, "pg")
    _, (request,) = asked(lambda its: its.create(new, ORIGIN), enveloped({"id": "i", "name": "pg"}))
    assert request.body["origin"]["password"] == "canary-pw"
    assert "canary-pw" not in repr(ORIGIN)


@pytest.mark.parametrize("lost", [LOST, BROKEN])
def test_what_was_made_without_a_response_is_found(lost: Answer) -> None:
    assert made(lost, THERE) == ("one", ["POST", "GET"])


def test_what_is_not_there_is_asked_for_again() -> None:
    assert made(refused(1, 500), EMPTY, MADE) == ("one", ["POST", "GET", "POST"])


def test_what_showed_too_late_is_not_made_twice() -> None:
    assert made(refused(1, 500), EMPTY, TAKEN, EMPTY, THERE) == (
        "one",
        ["POST", "GET", "POST", "GET", "GET"],
    )


def test_what_a_killed_run_asked_for_is_taken() -> None:
    assert made(TAKEN, EMPTY, THERE, begun=True) == ("one", ["POST", "GET", "GET"])


def test_a_refusal_for_too_many_requests_made_nothing() -> None:
    assert made(refused(971, 429), MADE) == ("one", ["POST", "POST"])


def test_what_another_run_made_meanwhile_is_not_ours() -> None:
    with pytest.raises(NameTaken, match="KV namespace 'cache' was made by another run or tool"):
        made(TAKEN, THERE)


def test_a_refusal_for_another_reason_is_raised() -> None:
    with pytest.raises(ApiError, match="HTTP 400"):
        made(refused(10019, 400), EMPTY)


def test_an_answer_without_an_id_is_named() -> None:
    with pytest.raises(ApiError, match=r"storage/kv/namespaces: unexpected response .* no id"):
        asked(lambda its: its.all(K.NAMESPACE), enveloped([{"title": "n"}]))
