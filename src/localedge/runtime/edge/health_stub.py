"""Serves `/health` in place of the Workers when no runtime runs, from the deployed vars."""

import re
from collections.abc import Mapping

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


PLAIN: Json = {"simulated": "{simulated}", "version": "{version}"}
"""What is answered where no template says it."""


class HealthStub(NullDataPlane):
    """Serves `GET /health` in place of a Worker, marked as simulated; no other path.

    The response is a template's, in which a text such as `{version.id}` stands for a fact of the
    version that the edge selects; docs/localedge.md lists them. It proves which version is
    deployed, and nothing about its code.
    """

    def __init__(self, source: WorkerSource, template: Json = None) -> None:
        self._source = source
        self._template = PLAIN if template is None else template
        self._known: dict[tuple[ScriptRef, str], Mapping[str, Json]] = {}

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
        body = filled(self._template, {**said, "trace": ray})
        await JSONResponse(body, headers=RUNTIME_HEADER)(scope, receive, send)

    def _choose(self, to: Destination, headers: dict[str, str]) -> Mapping[str, Json] | None:
        shares = self._source.live(to.ref)
        if not (to.version_id or shares):
            return None
        chosen = to.version_id or version_selection.choose_version(
            to.ref.name, shares, headers, version_selection.random_position()
        )
        return self._facts(to.ref, chosen)

    def _facts(self, ref: ScriptRef, version_id: str) -> Mapping[str, Json] | None:
        """Read a version once: it never changes, and reading it reads its modules."""
        known = self._known.get((ref, version_id))
        if known is None and (version := self._source.version(ref, version_id)):
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[ref, version_id] = _read(version)
        return known


def _read(version: WorkerVersion) -> Mapping[str, Json]:
    return {
        "simulated": SIMULATED,
        "version": {"id": version.id, "tag": version.tag, "timestamp": version.created_on},
        "vars": {str(it["name"]): _value(it) for it in version.bindings},
    }


def _value(binding: Mapping[str, Json]) -> Json:
    """Return the value of a var; None for any other binding."""
    kinds = {"plain_text": "text", "json": "json"}
    return binding.get(kinds.get(binding["type"], ""))


def filled(template: Json, facts: Mapping[str, Json]) -> Json:
    """Return a template with facts in place of `{names}`; of `{a|b}` the first that is there."""
    if isinstance(template, dict):
        return {key: filled(value, facts) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, facts) for value in template]
    named = re.fullmatch(r"\{([^{}]+)\}", template) if isinstance(template, str) else None
    if named is None:
        return template
    found = (_fact(facts, name.split(".")) for name in named[1].split("|"))
    return next((value for value in found if value), None)


def _fact(value: Json, keys: list[str]) -> Json:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
