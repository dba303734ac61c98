"""The Worker serves one tenant a request, and none that it cannot tell."""

from typing import Any

import pytest

from support.worker import Build, Cloud, Deployed, failure, tenant

ACME, BOLT, OPEN = tenant("acme"), tenant("bolt"), tenant("open", apiKeyDigests=[])
HOST = "hosted.acme.workers.localhost"

# Answers with the tenant that was found, from a route that needs one.
PROBE = """
import type { Env } from "./env";
import { success } from "./http/envelope";
import { type Exchange, route } from "./http/router";
import { serve } from "./http/serve";
export { ChatSession, RateLimiter } from "./index";

const who = ({ tenant, traceId }: Exchange) => success(tenant.id, traceId);
const routes = [route("/who", { GET: who, POST: who })];

export default {
  fetch: (request, env, ctx) => serve(routes, request, env, ctx),
} satisfies ExportedHandler<Env>;
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    build = Build(tmp_path_factory.mktemp("build"))
    return build.bundle_with(PROBE)


@pytest.fixture(scope="module")
def one(world: Cloud, source: str) -> Deployed:
    return world.deploy(source, ACME)


@pytest.fixture(scope="module")
def many(world: Cloud, source: str) -> Deployed:
    return world.deploy(source, [ACME, BOLT, OPEN])


def key(name: str) -> dict[str, str]:
    return {"x-api-key": f"{name}-key"}


def named(name: str) -> dict[str, str]:
    return {"x-tenant-id": name}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (named("acme") | key("acme"), "acme"),
        (named("bolt") | key("bolt"), "bolt"),
        (named("open"), "open"),
        (key("bolt"), "bolt"),
        ({"authorization": "Bearer acme-key"}, "acme"),
        ({"authorization": "bearer  acme-key"}, "acme"),
        (named("open") | {"authorization": "Basic b3Blbg=="}, "open"),
    ],
)
def test_a_header_or_a_key_says_whom_a_request_is_for(
    many: Deployed, headers: dict[str, str], found: str
) -> None:
    answer = many.ask("/who", headers=headers)

    assert (answer.status_code, answer.json()["data"]) == (200, found)


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        (named("absent") | key("acme"), (403, "unknown_tenant")),
        (named("ACME") | key("acme"), (403, "unknown_tenant")),
        (named(""), (403, "unknown_tenant")),
        (named("acme, bolt") | key("acme"), (403, "unknown_tenant")),
        (named("acme") | key("bolt"), (400, "tenant_conflict")),
        (named("open") | key("bolt"), (400, "tenant_conflict")),
        (named("acme"), (401, "unauthorized")),
        (named("acme") | key("absent"), (401, "unauthorized")),
        (named("acme") | {"x-api-key": ""}, (401, "unauthorized")),
        (named("acme") | {"x-api-key": ACME["apiKeyDigests"][0]}, (401, "unauthorized")),
        (named("acme") | {"authorization": "acme-key"}, (401, "unauthorized")),
        (named("acme") | {"authorization": "Basic acme-key"}, (401, "unauthorized")),
        ({}, (403, "unknown_tenant")),
        (key("absent"), (403, "unknown_tenant")),
    ],
)
def test_who_cannot_be_told_or_is_not_let_in_is_refused(
    many: Deployed, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    assert failure(many.ask("/who", headers=headers)) == refusal


@pytest.mark.parametrize("headers", [{}, key("absent"), key("bolt")])
def test_the_only_tenant_is_not_guessed_without_its_key(
    one: Deployed, headers: dict[str, str]
) -> None:
    answer = one.ask("/who", headers=headers)

    assert failure(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_host_says_whom_a_request_is_for(world: Cloud, source: str) -> None:
    keyless = tenant("keyless", allowedHosts=[HOST], apiKeyDigests=[])
    worker = world.deploy(source, [keyless, BOLT, OPEN], "hosted")

    assert worker.ask("/who", headers={}).json()["data"] == "keyless"
    for other in (named("open"), key("bolt"), named("bolt") | key("bolt")):
        assert failure(worker.ask("/who", headers=other)) == (400, "tenant_conflict")


@pytest.mark.parametrize("entry", [HOST, "*.workers.localhost"])
def test_shared_host_leaves_the_choice_to_another_signal(
    world: Cloud, source: str, entry: str
) -> None:
    hosts = {"allowedHosts": [entry], "apiKeyDigests": []}
    worker = world.deploy(source, [tenant("one", **hosts), tenant("two", **hosts)], "hosted")

    assert failure(worker.ask("/who", headers={})) == (403, "unknown_tenant")
    assert worker.ask("/who", headers=named("two")).json()["data"] == "two"


@pytest.mark.parametrize(
    ("origin", "method"),
    [
        ("https://acme.example", "GET"),
        ("https://www.acme.example", "POST"),
        ("https://a.b.acme.example:8443", "GET"),
    ],
)
def test_a_page_of_an_allowed_host_may_call_and_read(
    one: Deployed, origin: str, method: str
) -> None:
    answer = one.ask("/who", method=method, headers=key("acme") | {"origin": origin})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    # The edge adds Accept-Encoding where it compresses.
    assert answer.headers["vary"].split(", ")[0] == "origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://acme.example.evil.example",
        "https://evilacme.example",
        "http://acme.example",
        "https://bolt.example",
        "null",
        "acme.example",
    ],
)
def test_a_page_of_another_host_is_refused(one: Deployed, origin: str) -> None:
    answer = one.ask("/who", headers=key("acme") | {"origin": origin})

    assert failure(answer) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_one_tenant_may_not_call_for_another(many: Deployed) -> None:
    headers = {"origin": "https://bolt.example"}

    assert failure(many.ask("/who", headers=headers | key("acme")))[1] == "origin_not_allowed"
    assert many.ask("/who", headers=headers | key("bolt")).status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("https://bolt.example", 204), ("https://evil.example", 403)]
)
def test_a_browser_may_ask_beforehand_without_a_key(
    many: Deployed, origin: str, status: int
) -> None:
    headers = {"origin": origin, "access-control-request-method": "POST"}

    answer = many.ask("/who", method="OPTIONS", headers=headers)

    assert answer.status_code == status
    allowed: Any = answer.headers.get("access-control-allow-origin")
    assert allowed == (origin if status == 204 else None)
    if status == 204:
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
        assert "x-api-key" in answer.headers["access-control-allow-headers"]


def test_a_refusal_can_be_read_by_the_page_that_caused_it(one: Deployed) -> None:
    answer = one.ask("/who", headers={"origin": "https://acme.example"})

    assert failure(answer) == (401, "unauthorized")
    assert answer.headers["access-control-allow-origin"] == "https://acme.example"
