"""Settings: those that each version carries, and those of the script itself."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, ScriptRef
from localedge.operations import script_updates
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.multipart import read_upload
from localedge.wire.request import client_source, json_object, script_ref

SCRIPT = "/accounts/{account_id}/workers/scripts/{name}"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Settings(state)
    return [
        Route(SCRIPT + "/settings", service.get, methods=["GET"]),
        Route(SCRIPT + "/settings", service.patch, methods=["PATCH"]),
        Route(SCRIPT + "/script-settings", service.get_unversioned, methods=["GET"]),
        Route(SCRIPT + "/script-settings", service.patch_unversioned, methods=["PATCH"]),
    ]


class _Settings:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def get(self, request: Request) -> Response:
        return success(self._document(script_ref(request)))

    async def patch(self, request: Request) -> Response:
        ref, upload = script_ref(request), await read_upload(request, "settings")
        script_updates.update_settings(self._state, ref, upload.metadata, client_source(request))
        return success(self._document(ref))

    async def get_unversioned(self, request: Request) -> Response:
        return success(self._unversioned(script_ref(request)))

    async def patch_unversioned(self, request: Request) -> Response:
        ref = script_ref(request)
        script_updates.update_script_settings(self._state, ref, await json_object(request))
        return success(self._unversioned(ref))

    def _document(self, ref: ScriptRef) -> Json:
        """Describe the latest version, live or not, and the script."""
        described = self._unversioned(ref)
        latest = self._state.scripts.latest(ref)
        if latest is None:
            return {**described, "bindings": []}
        return {
            **described,
            "annotations": latest.annotations,
            "bindings": self._state.versions.public_bindings(latest),
            "compatibility_date": latest.compatibility_date,
            "compatibility_flags": list(latest.compatibility_flags),
            "usage_model": "standard",
            **latest.runtime,
        }

    def _unversioned(self, ref: ScriptRef) -> dict[str, Json]:
        settings = self._state.script(ref).settings
        return {
            "logpush": settings.get("logpush", False),
            "observability": settings.get("observability", {"enabled": False}),
            "tags": settings.get("tags") or [],
            "tail_consumers": settings.get("tail_consumers"),
        }
