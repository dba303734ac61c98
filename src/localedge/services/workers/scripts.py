"""Scripts and the services of the same name: upload, list, contents, deletion."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.operations import deployments as rollouts
from localedge.operations import script_updates, uploads
from localedge.operations.references import referrers
from localedge.state.scripts.records import STARTUP_MS, Script, Version
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.errors import NotFound
from localedge.wire.multipart import read_upload, write_form
from localedge.wire.request import client_source, flag, script_ref
from localedge.wire.script_errors import EnvironmentNotFound, ServiceNotFound

SCRIPTS = "/accounts/{account_id}/workers/scripts"
SCRIPT = SCRIPTS + "/{name}"
SERVICE = "/accounts/{account_id}/workers/services/{name}"
ENVIRONMENT = "production"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Scripts(state)
    tails = "/accounts/{account_id}/workers/tails/by-consumer/{name}"
    return [
        Route(SCRIPTS, service.list_all, methods=["GET"]),
        Route(SCRIPT, service.put, methods=["PUT"]),
        Route(SCRIPT, service.content, methods=["GET"]),
        Route(SCRIPT, service.delete, methods=["DELETE"]),
        Route(SCRIPT + "/content", service.put_content, methods=["PUT"]),
        Route(SCRIPT + "/content", service.content, methods=["GET"]),
        Route(SCRIPT + "/content/v2", service.content, methods=["GET"]),
        Route(SCRIPT + "/references", service.references, methods=["GET"]),
        Route(tails, service.tails, methods=["GET"]),
        Route(SERVICE, service.get_service, methods=["GET"]),
        Route(SERVICE, service.delete, methods=["DELETE"]),
        Route(SERVICE + "/environments/{environment}", service.environment, methods=["GET"]),
        Route(SERVICE + "/environments/{environment}/bindings", service.bindings, methods=["GET"]),
    ]


class _Scripts:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        scripts = self._state.scripts.of_account(request.path_params["account_id"])
        return success([self._document(script) for script in scripts])

    async def put(self, request: Request) -> Response:
        ref, upload = script_ref(request), await read_upload(request)
        version = await uploads.put_script(
            self._state,
            ref,
            upload,
            client_source(request),
            strict=request.query_params.get("bindings_inherit") == "strict",
        )
        script = self._state.script(ref)
        return success({**self._document(script), **_uploaded(script, version)})

    async def put_content(self, request: Request) -> Response:
        ref, upload = script_ref(request), await read_upload(request)
        version = await uploads.replace_content(self._state, ref, upload, client_source(request))
        script = self._state.script(ref)
        return success({**self._document(script), **_uploaded(script, version)})

    async def content(self, request: Request) -> Response:
        ref = script_ref(request)
        self._state.script(ref)
        wanted = request.query_params.get("version")
        version = (
            rollouts.get_version(self._state, ref, wanted)
            if wanted
            else self._state.scripts.latest(ref)
        )
        if version is None:
            raise NotFound
        body, content_type = write_form(self._state.versions.modules(version))
        headers = {"cf-entrypoint": version.main_module, "etag": f'"{version.etag}"'}
        return Response(body, media_type=content_type, headers=headers)

    async def delete(self, request: Request) -> Response:
        await script_updates.delete_script(
            self._state, script_ref(request), force=flag(request, "force")
        )
        return success(None)

    async def references(self, request: Request) -> Response:
        ref = script_ref(request)
        self._state.script(ref)
        incoming = [
            {"service": name, "environment": ENVIRONMENT, "name": ref.name}
            for name in referrers(self._state, ref)
        ]
        nothing: dict[str, Json] = {"incoming": [], "outgoing": []}
        return success(
            {
                "services": {**nothing, "incoming": incoming, "pages_function": False},
                "durable_objects": [],
                "dispatch_outbounds": [],
            }
        )

    async def tails(self, _: Request) -> Response:
        return success([])

    async def get_service(self, request: Request) -> Response:
        script = self._service(request)
        environment = self._environment(script)
        return success(
            {
                "id": script.ref.name,
                "default_environment": environment,
                "environments": [environment],
                "created_on": script.created_on,
                "modified_on": script.modified_on,
                "usage_model": "standard",
            }
        )

    async def environment(self, request: Request) -> Response:
        return success(self._environment(self._service(request)))

    async def bindings(self, request: Request) -> Response:
        latest = self._state.scripts.latest(self._service(request).ref)
        return success(self._state.versions.public_bindings(latest) if latest else [])

    def _service(self, request: Request) -> Script:
        script = self._state.scripts.get(script_ref(request))
        if script is None:
            raise ServiceNotFound
        if request.path_params.get("environment", ENVIRONMENT) != ENVIRONMENT:
            raise EnvironmentNotFound
        return script

    def _environment(self, script: Script) -> Json:
        document = self._document(script)
        return {
            "environment": ENVIRONMENT,
            "created_on": script.created_on,
            "modified_on": script.modified_on,
            "script": {**document, "tags": document["tags"] or []},
        }

    def _document(self, script: Script) -> dict[str, Json]:
        latest = self._state.scripts.latest(script.ref)
        return {
            "id": script.ref.own_name,
            "tag": script.tag,
            "tags": script.settings.get("tags") or [],
            "created_on": script.created_on,
            "modified_on": script.modified_on,
            "last_deployed_from": script.last_deployed_from,
            "logpush": script.settings.get("logpush", False),
            "observability": script.settings.get("observability", {"enabled": False}),
            "tail_consumers": script.settings.get("tail_consumers"),
            "usage_model": "standard",
            "has_assets": bool(latest and latest.assets),
            "has_modules": bool(latest and latest.modules),
            "routes": [
                {"id": route.id, "pattern": route.pattern, "script": route.script}
                for route in self._state.triggers.routes_of(script.ref)
            ],
            **({"migration_tag": script.migration_tag} if script.migration_tag else {}),
            **(_of_version(latest) if latest else {}),
        }


def _of_version(version: Version) -> dict[str, Json]:
    return {
        "etag": version.etag,
        "handlers": list(version.handlers),
        "named_handlers": [
            {"name": name, "handlers": list(handlers)}
            for name, handlers in version.named_handlers.items()
        ],
        "compatibility_date": version.compatibility_date,
        "compatibility_flags": list(version.compatibility_flags),
        **version.runtime,
    }


def _uploaded(script: Script, version: Version) -> dict[str, Json]:
    return {
        "deployment_id": version.id.replace("-", ""),
        "startup_time_ms": STARTUP_MS,
        "entry_point": version.main_module,
        "available_on_subdomain": script.enabled,
    }
