"""Serves `/health` in place of the Workers when no runtime runs, from the deployed vars."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from localedge.model import Json, ScriptRef, WorkerSource, WorkerVersion
from localedge.runtime.edge import headers as edge
from localedge.runtime.edge import version_selection
from localedge.runtime.edge.asgi import headers_by_name, request_target, send_page
from localedge.runtime.edge.host_routing import Destination, resolve_host
from localedge.state.data_plane import NullDataPlane

SIMULATED = "No Worker ran: localedge --runtime none answers from the deployed version's vars."
RUNTIME_HEADER = {"x-localedge-runtime": "none"}

_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class _HealthFacts:
    """What `/health` of a version reports."""

    version: Mapping[str, str]
    tenant: str | None
    environment: str | None
    model: str | None


class HealthStub(NullDataPlane):
    """Serves `GET /health` in place of a Worker, marked as simulated; no other path.

    The response names the version that the edge selects, and that version's tenant, environment and
    chat model from its vars TENANT_CONFIG, ENVIRONMENT and MODEL_ID; null without such a var. It
    proves which version is deployed, and nothing about its code.
    """

    def __init__(self, source: WorkerSource) -> None:
        self._source = source
        self._said: dict[tuple[ScriptRef, str], _HealthFacts] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to a Worker."""
        if scope["path"] != "/health" or scope["method"] not in {"GET", "HEAD"}:
            await super().__call__(scope, receive, send)
            return
        ray, headers = edge.new_ray(), headers_by_name(scope)
        destination = resolve_host(self._source, headers.get("host", ""), request_target(scope))
        said = self._choose(destination, headers) if destination else None
        if said is None:
            await send_page(send, edge.NOTHING_HERE, ray)
            return
        await JSONResponse(_answer(said, ray), headers=RUNTIME_HEADER)(scope, receive, send)

    def _choose(self, to: Destination, headers: dict[str, str]) -> _HealthFacts | None:
        shares = self._source.live(to.ref)
        if not (to.version_id or shares):
            return None
        chosen = to.version_id or version_selection.choose_version(
            to.ref.name, shares, headers, version_selection.random_position()
        )
        return self._health_facts(to.ref, chosen)

    def _health_facts(self, ref: ScriptRef, version_id: str) -> _HealthFacts | None:
        """Read a version once: it never changes, and reading it reads its modules."""
        known = self._said.get((ref, version_id))
        if known is None and (version := self._source.version(ref, version_id)):
            if len(self._said) >= _REMEMBERED:
                self._said.clear()
            known = self._said[ref, version_id] = _read(version)
        return known


def _read(version: WorkerVersion) -> _HealthFacts:
    given = {str(it["name"]): _value(it) for it in version.bindings}
    config = given.get("TENANT_CONFIG")
    config = config if isinstance(config, dict) else {}
    models = config.get("aiModels")
    own = models.get("chat") if isinstance(models, dict) else None
    return _HealthFacts(
        {"id": version.id, "tag": version.tag, "timestamp": version.created_on},
        config.get("tenantId"),
        given.get("ENVIRONMENT"),
        given.get("MODEL_ID") or own,
    )


def _value(binding: Mapping[str, Json]) -> Json:
    """Return the value of a var; None for any other binding."""
    kinds = {"plain_text": "text", "json": "json"}
    return binding.get(kinds.get(binding["type"], ""))


def _answer(said: _HealthFacts, trace: str) -> Json:
    data = {
        "status": "ok",
        "simulated": SIMULATED,
        "tenantId": said.tenant,
        "environment": said.environment,
        "version": said.version,
        "modelId": said.model,
    }
    return {"ok": True, "data": data, "traceId": trace}
