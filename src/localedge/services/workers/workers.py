"""Workers in the newer API: wrangler reads its workers.dev settings here before it deploys.

A Worker is a script, found by its name or by its id (the script's tag). See
https://developers.cloudflare.com/api/resources/workers/subresources/beta/subresources/workers/.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.operations import script_updates
from localedge.operations import workers as operations
from localedge.operations.references import referring_bindings
from localedge.state.scripts.records import Script
from localedge.state.server import ServerState
from localedge.wire.envelope import success, success_page
from localedge.wire.errors import BadBody
from localedge.wire.request import flag, json_object

WORKERS = "/accounts/{account_id}/workers/workers"
WORKER = WORKERS + "/{worker_id}"
ORDERS = ("deployed_on", "updated_on", "created_on", "name")


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Workers(state)
    return [
        Route(WORKERS, service.list_all, methods=["GET"]),
        Route(WORKERS, service.create, methods=["POST"]),
        Route(WORKER, service.get, methods=["GET"]),
        Route(WORKER, service.edit, methods=["PATCH", "PUT"]),
        Route(WORKER, service.delete, methods=["DELETE"]),
    ]


class _Workers:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        scripts = self._state.scripts.of_account(request.path_params["account_id"])
        shown = [self._document(script) for script in scripts]
        order_by = request.query_params.get("order_by", "deployed_on")
        if order_by not in ORDERS:
            raise BadBody(f"order_by must be one of {', '.join(ORDERS)}.")
        descending = request.query_params.get("order", "desc") == "desc"
        shown.sort(key=lambda worker: worker[order_by] or "", reverse=descending)
        return success_page(request, shown, size=10)

    async def create(self, request: Request) -> Response:
        account = request.path_params["account_id"]
        script = operations.create_worker(self._state, account, await json_object(request))
        return success(self._document(script))

    async def get(self, request: Request) -> Response:
        return success(self._document(operations.find_worker(self._state, **request.path_params)))

    async def edit(self, request: Request) -> Response:
        """Change what the body names; what it leaves out stays, with PUT too."""
        script = operations.find_worker(self._state, **request.path_params)
        body = await json_object(request)
        return success(self._document(operations.edit_worker(self._state, script.ref, body)))

    async def delete(self, request: Request) -> Response:
        script = operations.find_worker(self._state, **request.path_params)
        force = flag(request, "force")
        await script_updates.delete_script(self._state, script.ref, force=force)
        return success(None)

    def _document(self, script: Script) -> dict[str, Json]:
        live = self._state.scripts.live(script.ref)
        settings = script.settings
        return {
            "id": script.tag,
            "name": script.ref.name,
            "created_on": script.created_on,
            "updated_on": script.modified_on,
            "deployed_on": live.created_on if live else None,
            "logpush": settings.get("logpush") or False,
            "observability": settings.get("observability") or {"enabled": False},
            "references": self._references(script),
            "subdomain": {
                "enabled": script.enabled,
                "previews_enabled": script.previews_enabled,
                **_addresses(self._state, script),
            },
            "tags": settings.get("tags") or [],
            "tail_consumers": [
                {"name": consumer["service"]} for consumer in settings.get("tail_consumers") or ()
            ],
        }

    def _references(self, script: Script) -> Json:
        bindings = list(referring_bindings(self._state, script.ref))
        return {
            "dispatch_namespace_outbounds": [],
            "domains": [
                {
                    "id": domain.id,
                    "certificate_id": domain.id,
                    "hostname": domain.hostname,
                    "zone_id": domain.zone_id,
                    "zone_name": domain.zone_name,
                }
                for domain in self._state.triggers.domains(script.ref.account_id)
                if domain.script == script.ref.name
            ],
            "durable_objects": [
                {
                    "namespace_id": binding["namespace_id"],
                    "namespace_name": f"{script.ref.name}_{binding['class_name']}",
                    "worker_id": other.tag,
                    "worker_name": other.ref.name,
                }
                for other, binding in bindings
                if binding["type"] == "durable_object_namespace"
            ],
            "queues": [],
            "workers": [
                {"id": other.tag, "name": other.ref.name}
                for other, binding in bindings
                if binding["type"] == "service"
            ],
        }


def _addresses(state: ServerState, script: Script) -> dict[str, Json]:
    suffix = operations.preview_suffix(state, script)
    if not suffix:
        return {}
    return {"url": f"https://{suffix.removeprefix('-')}", "preview_url_suffix": suffix}
