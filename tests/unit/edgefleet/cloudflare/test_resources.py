"""Whether an account has what is named: one request a resource, or one list a kind."""

from typing import Any

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.named_resources import NamedResource
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.cloudflare.resources import Resources
from edgefleet.core.secret import Secret
from support.answers import Answer, enveloped, refused, scripted

GONE, NO_ROUTE, FORBIDDEN = refused(10006, 404), refused(7003, 404), refused(10000, 403)
SCRIPTS = enveloped([{"id": "other"}])


def present(
    kind: K, names: list[str], *answers: Answer, scope: str = ""
) -> tuple[list[bool | None], list[str]]:
    """Return what is found of each name, and what was asked for."""
    wanted = [NamedResource(kind, name, (number,), scope) for number, name in enumerate(names)]
    with scripted(*answers) as server:
        api = Cloudflare(server.url, Secret("token"), sleep=lambda _: None)
        found = Resources(api, "a").present(wanted)
        paths = [asked.path.removeprefix("/accounts/a/") for asked in server.asked]
    return [found[one] for one in wanted if one in found], paths


@pytest.mark.parametrize(
    ("answer", "there"),
    [
        (enveloped({"name": "files"}), True),
        (GONE, False),
        (refused(1, 400), False),
        (NO_ROUTE, None),
        (FORBIDDEN, None),
    ],
)
def test_one_resource_is_there_or_not_or_not_to_be_seen(answer: Answer, there: Any) -> None:
    assert present(K.BUCKET, ["files"], answer) == ([there], ["r2/buckets/files"])


def test_a_resource_that_is_named_twice_is_looked_for_once() -> None:
    assert present(K.K2, ["s", "s"], enveloped({})) == ([True, True], ["k2/streams/s"])


@pytest.mark.parametrize(
    ("kind", "listed", "path"),
    [
        (K.NAMESPACE, [{"id": "x"}], "storage/kv/namespaces?page=1&per_page=100"),
        (K.DATABASE, [{"uuid": "x"}], "d1/database?page=1&per_page=100"),
        (K.INDEX, [{"name": "x"}], "vectorize/v2/indexes"),
        (K.CERTIFICATE, [{"id": "x"}], "mtls_certificates?page=1&per_page=100"),
        (K.SCRIPT, [{"id": "x"}], "workers/scripts"),
        (
            K.ADDRESS,
            [{"email": "X", "verified": "2026"}, {"email": "y"}],
            "email/routing/addresses?page=1&per_page=50",
        ),
    ],
)
def test_a_list_is_read_once(kind: K, listed: list[dict[str, str]], path: str) -> None:
    assert present(kind, ["x", "y"], enveloped(listed)) == ([True, False], [path])
    assert present(kind, ["x", "y"], FORBIDDEN) == ([None, None], [path])


def test_a_queue_of_another_name_is_not_the_one() -> None:
    found, _ = present(K.QUEUE, ["job"], enveloped([{"queue_name": "jobs"}]))
    assert found == [False]


def test_secrets_are_looked_for_in_their_store() -> None:
    found, asked = present(K.SECRET, ["a", "b"], enveloped([{"name": "a"}]), scope="s")
    assert found == [True, False]
    assert asked == ["secrets_store/stores/s/secrets?page=1&per_page=100"]
    assert present(K.SECRET, ["a"], GONE, scope="s")[0] == [False]


def test_a_class_is_looked_for_in_its_script() -> None:
    classes = enveloped([{"script": "other", "class": "Room"}, {"script": "x", "class": "Hall"}])
    assert present(K.CLASS, ["Room", "Hall"], SCRIPTS, classes, scope="other")[0] == [True, False]


def test_what_a_missing_script_should_have_is_not_looked_for() -> None:
    assert present(K.CLASS, ["Room"], SCRIPTS, scope="gone") == ([], ["workers/scripts"])


def test_a_workflow_of_another_script_is_not_the_one() -> None:
    flow = enveloped({"script_name": "third"})
    assert present(K.WORKFLOW, ["w"], SCRIPTS, flow, scope="other")[0] == [False]


def entrypoints(code: dict[str, Any]) -> list[bool | None]:
    share = {"version_id": "v", "percentage": 100}
    deployed = {"id": "d", "created_on": "2026-01-01T00:00:00Z", "versions": [share]}
    resources = {"bindings": [], "script": code, "script_runtime": {}}
    version = enveloped({"number": 1, "resources": resources})
    deployments = enveloped({"deployments": [deployed]})
    return present(K.ENTRYPOINT, ["Admin"], SCRIPTS, deployments, version, scope="other")[0]


def test_an_entrypoint_is_an_export_of_the_live_version() -> None:
    assert entrypoints({"named_handlers": [{"name": "Admin"}]}) == [True]
    assert entrypoints({"handlers": ["fetch"], "named_handlers": [{"name": "Other"}]}) == [False]
    assert entrypoints({}) == [None]


def test_a_zone_is_known_by_its_id_its_name_and_its_hosts() -> None:
    zones = enveloped([{"id": "z", "name": "acme.example"}])
    asked = ["/zones?account.id=a&page=1&per_page=50"]
    assert present(K.ZONE, ["z", "acme.example", "x"], zones) == ([True, True, False], asked)
    hosts = ["a.b.acme.example", "acme.example", "other.example"]
    assert present(K.HOST_ZONE, hosts, zones)[0] == [True, True, False]


def test_a_token_that_sees_no_zone_says_nothing_about_zones() -> None:
    assert present(K.HOST_ZONE, ["a.acme.example"], enveloped([]))[0] == [None]


def test_an_outage_is_no_absence() -> None:
    with pytest.raises(ApiError):
        present(K.BUCKET, ["files"], refused(10001, 500))
