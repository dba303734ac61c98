"""The Worker answers for its tenant, in the real Workers runtime."""

import json
import re
from typing import Any

import pytest
import requests

from support.data_plane import Site, eventually, ref
from support.worker import Build, Cloud, failure, tenant, vars_and_objects

TENANT_CONFIG = tenant(aiModels={"chat": "@cf/its/own", "embeddings": "@cf/its/embeddings"})
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"

# The Worker's own routes, and one that fails; its vars are changed as the header x-vars says.
PROBE = """
import { health } from "./health";
import { route } from "./http/router";
import { serve } from "./http/serve";
import type { Env } from "./env";
export { ChatSession, RateLimiter } from "./index";

function fails(): Response {
  throw new TypeError("the inside of the machine");
}
const routes = [route("/health", { GET: health }, true), route("/fails", { GET: fails }, true)];

export default {
  fetch(request, env, ctx) {
    const vars = { ...env, ...JSON.parse(request.headers.get("x-vars") ?? "{}") };
    const given = Object.entries(vars).filter(([_, value]) => value !== null);
    return serve(routes, request, Object.fromEntries(given) as Env, ctx);
  },
} satisfies ExportedHandler<Env>;
"""


@pytest.fixture(scope="module")
def site(world: Cloud) -> Site:
    return world.site


@pytest.fixture(scope="module")
def version(site: Site, source: str) -> str:
    """Deploy the Worker as `worker`, without storage; return the id of its version."""
    return site.source.publish("worker", source, *vars_and_objects(TENANT_CONFIG))


@pytest.fixture(scope="module")
def probe(site: Site, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Deploy the Worker's rooms behind the probe's routes; return the name of the script."""
    build = Build(tmp_path_factory.mktemp("probe"))
    site.source.publish("probe", build.bundle_with(PROBE), *vars_and_objects(TENANT_CONFIG))
    return "probe"


def health(site: Site, probe: str, variables: dict[str, Any], **headers: str) -> requests.Response:
    """Ask a deployment with these vars beside the usual ones; None leaves one out."""
    changes = {"x-vars": json.dumps(variables), **headers}
    return site.ask(probe, "/health", headers=changes)


def test_health_names_version_and_tenant(site: Site, version: str) -> None:
    answer = site.ask("worker", "/health")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert re.fullmatch("[0-9a-f]{32}", body["traceId"])
    assert body == {
        "ok": True,
        "data": {
            "status": "ok",
            "ready": False,
            "missing": ["RATE_LIMITER", "CONFIG", "CACHE", "DB", "VECTORIZE", "AI"],
            "tenantId": "acme",
            "environment": "staging",
            "version": {"id": version, "tag": f"tag-{int(version[:8])}"},
            "modelId": "@cf/its/own",
            "fallbackModelId": None,
        },
        "traceId": answer.headers["x-trace-id"],
    }


def test_a_models_var_wins_over_the_tenants_setting(site: Site, probe: str) -> None:
    models = {"MODEL_ID": "@cf/of/the-var", "FALLBACK_MODEL_ID": "@cf/the/other"}

    data = health(site, probe, models).json()["data"]

    assert (data["modelId"], data["fallbackModelId"]) == ("@cf/of/the-var", "@cf/the/other")


def test_health_is_ready_when_everything_is_bound(world: Cloud, source: str) -> None:
    data = world.deploy(source).ask("/health").json()["data"]

    assert (data["ready"], data["missing"]) == (True, [])


def test_health_of_one_of_several_tenants_takes_its_name(site: Site, probe: str) -> None:
    two = {"TENANT_CONFIG": [TENANT_CONFIG, tenant("bolt")]}

    assert failure(health(site, probe, two)) == (403, "unknown_tenant")
    answer = health(site, probe, two, **{"x-tenant-id": "bolt"})
    assert answer.json()["data"]["tenantId"] == "bolt"


def test_head_answers_like_get_without_a_body(site: Site, version: str) -> None:
    answer = site.ask("worker", "/health", method="HEAD")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/", "/healthz", "/health/", "/Health", "/constructor"])
def test_an_unknown_path_is_not_found(site: Site, version: str, path: str) -> None:
    assert failure(site.ask("worker", path)) == (404, "not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_told_which_ones_there_are(site: Site, version: str, method: str) -> None:
    answer = site.ask("worker", "/health", method=method)

    assert failure(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ({"traceparent": f"00-{TRACE}-{SPAN}-01"}, TRACE),
        ({"traceparent": f"01-{TRACE}-{SPAN}-01-later"}, TRACE),
        ({"traceparent": f"00-{TRACE}-{SPAN}-01", "x-trace-id": "mine-0001"}, TRACE),
        ({"traceparent": "nonsense", "x-trace-id": "mine-0001"}, "mine-0001"),
        ({"x-trace-id": "a" * 64}, "a" * 64),
    ],
)
def test_a_well_formed_trace_id_is_kept(
    site: Site, version: str, headers: dict[str, str], trace: str
) -> None:
    answer = site.ask("worker", "/health", headers=headers)

    assert answer.json()["traceId"] == answer.headers["x-trace-id"] == trace


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": f"00-{'0' * 32}-{SPAN}-01"},
        {"traceparent": f"00-{TRACE}-{'0' * 16}-01"},
        {"traceparent": f"00-{TRACE}-{SPAN}-01-more"},
        {"traceparent": f"ff-{TRACE}-{SPAN}-01"},
        {"traceparent": f"00-{TRACE.upper()}-{SPAN}-01"},
        {"x-trace-id": "short"},
        {"x-trace-id": "a" * 65},
        {"x-trace-id": "<script>alert(1)"},
    ],
)
def test_any_other_trace_id_is_replaced(site: Site, version: str, headers: dict[str, str]) -> None:
    trace = site.ask("worker", "/health", headers=headers).headers["x-trace-id"]

    assert re.fullmatch("[0-9a-f]{32}", trace)
    assert trace not in " ".join(headers.values())


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"TENANT_CONFIG": None}, "TENANT_CONFIG is missing"),
        ({"TENANT_CONFIG": "{"}, "TENANT_CONFIG must be an object"),
        ({"TENANT_CONFIG": []}, "TENANT_CONFIG must be a list that is not empty"),
        (
            {"TENANT_CONFIG": [TENANT_CONFIG, TENANT_CONFIG]},
            "TENANT_CONFIG must be a list of different tenants",
        ),
        (
            {"TENANT_CONFIG": [TENANT_CONFIG, TENANT_CONFIG | {"tenantId": ""}]},
            "TENANT_CONFIG.1.tenantId must be text that is not empty",
        ),
        (
            {"TENANT_CONFIG": TENANT_CONFIG | {"aiModels": {"chat": "@cf/a/b"}}},
            "TENANT_CONFIG.aiModels.embeddings is missing",
        ),
        (
            {"TENANT_CONFIG": TENANT_CONFIG | {"apiKeyDigests": ["a-key"]}},
            "TENANT_CONFIG.apiKeyDigests.0 must be a SHA-256 digest in lower-case hexadecimal",
        ),
        (
            {"TENANT_CONFIG": TENANT_CONFIG | {"aiModels": {"chat": 7}}},
            "TENANT_CONFIG.aiModels.chat must be text that is not empty",
        ),
        (
            {"TENANT_CONFIG": TENANT_CONFIG | {"allowedModels": ["@cf/a/b", ""]}},
            "TENANT_CONFIG.allowedModels.1 must be text that is not empty",
        ),
        (
            {"TENANT_CONFIG": TENANT_CONFIG | {"featureFlags": {"streaming": "yes"}}},
            "TENANT_CONFIG.featureFlags.streaming must be true or false",
        ),
        ({"ENVIRONMENT": None}, "ENVIRONMENT is missing"),
        (
            {"MAX_REQUEST_BODY_SIZE": "1 MB"},
            "MAX_REQUEST_BODY_SIZE must be a number of bytes from 1 to 104857600",
        ),
        ({"MODEL_ID": 3}, "MODEL_ID must be text that is not empty"),
    ],
)
def test_a_deployment_without_sound_settings_says_which_one(
    site: Site, probe: str, variables: dict[str, Any], message: str
) -> None:
    answer = health(site, probe, variables)

    assert failure(answer) == (503, "misconfigured")
    assert answer.json()["error"]["message"] == message


def test_a_fault_inside_shows_nothing_and_logs_one_line(site: Site, probe: str) -> None:
    answer = site.ask(probe, "/fails", headers={"x-trace-id": "mine-0001"})

    assert failure(answer) == (500, "internal_error")
    assert "machine" not in answer.text
    eventually(lambda: bool(logged(site, probe, "mine-0001")))
    (line,) = logged(site, probe, "mine-0001")
    assert line.pop("cause").startswith("TypeError: the inside of the machine")
    assert line.pop("latencyMs") >= 0
    assert line == {
        "level": "error",
        "event": "request",
        "traceId": "mine-0001",
        "method": "GET",
        "route": "/fails",
        "status": 500,
        "tenantId": None,
        "code": "internal_error",
    }


@pytest.mark.parametrize(("level", "lines"), [("info", 1), ("warn", 0)])
def test_a_cron_leaves_one_line_where_the_log_level_lets_it(
    site: Site, source: str, level: str, lines: int
) -> None:
    name = f"cron-{level}"
    version = site.source.publish(name, source, *vars_and_objects(TENANT_CONFIG, LOG_LEVEL=level))

    assert site.run(site.data_plane.scheduled(ref(name), "17 3 * * *", 60_000)) == "ok"

    assert site.ask(name, "/constructor").status_code == 404  # a line has had the time to arrive
    eventually(lambda: len(logged(site, name)) == lines)
    expected = {
        "level": "info",
        "event": "scheduled",
        "tenantId": "acme",
        "environment": "staging",
        "versionId": version,
        "cron": "17 3 * * *",
        "due": "1970-01-01T00:01:00.000Z",
    }
    assert logged(site, name) == [expected] * lines


def logged(site: Site, name: str, trace: str | None = None) -> list[dict[str, Any]]:
    """Return what a Worker has logged, each line parsed; of one request, or of no request."""
    lines = [json.loads(line.message) for line in site.data_plane.logs(ref(name))]
    return [line for line in lines if line.get("traceId") == trace]
