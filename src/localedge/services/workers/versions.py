"""Versions of a script: upload, list, read."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, ScriptRef
from localedge.operations import deployments as rollouts
from localedge.operations import uploads
from localedge.state.exports.models import LIVE
from localedge.state.rules.deployments import DEPLOYABLE_VERSIONS
from localedge.state.scripts.records import AUTHOR, STARTUP_MS, Version
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.multipart import read_upload
from localedge.wire.request import Pagination, client_source, flag, script_ref

VERSIONS = "/accounts/{account_id}/workers/scripts/{name}/versions"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Versions(state)
    return [
        Route(VERSIONS, service.list_all, methods=["GET"]),
        Route(VERSIONS, service.create, methods=["POST"]),
        Route(VERSIONS + "/{version_id}", service.get, methods=["GET"]),
    ]


class _Versions:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        ref = script_ref(request)
        self._state.script(ref)
        if flag(request, "deployable"):
            newest = self._state.scripts.versions(ref, DEPLOYABLE_VERSIONS)
            return success({"items": [self._item(ref, version) for version in newest]})
        page = Pagination.from_request(request)
        found = self._state.scripts.versions(ref, page.size, page.offset)
        items = [self._item(ref, version) for version in found]
        latest = self._state.scripts.latest(ref)
        info = page.info(latest.number if latest else 0, len(items))
        return success({"items": items}, result_info=info)

    async def create(self, request: Request) -> Response:
        ref, upload = script_ref(request), await read_upload(request)
        version = await uploads.upload_version(
            self._state,
            ref,
            upload,
            client_source(request),
            strict=request.query_params.get("bindings_inherit") == "strict",
        )
        answer = {**self._document(ref, version), "startup_time_ms": STARTUP_MS}
        return success(answer)

    async def get(self, request: Request) -> Response:
        ref = script_ref(request)
        self._state.script(ref)
        found = rollouts.get_version(self._state, ref, request.path_params["version_id"])
        return success(self._document(ref, found))

    def _document(self, ref: ScriptRef, version: Version) -> Json:
        return {
            **self._item(ref, version),
            "resources": {
                "bindings": self._state.versions.public_bindings(version),
                "script": _script(version),
                "script_runtime": _runtime(version),
            },
        }

    def _item(self, ref: ScriptRef, version: Version) -> dict[str, Json]:
        has_preview = self._state.versions.has_preview(ref)
        return {
            "id": version.id,
            "number": version.number,
            "metadata": {
                "created_on": version.created_on,
                "modified_on": version.created_on,
                "source": version.source,
                "author_id": "",
                "author_email": AUTHOR,
                # wrangler reads the first spelling, the SDK the second.
                "has_preview": has_preview,
                "hasPreview": has_preview,
            },
            "annotations": version.annotations,
        }


def _script(version: Version) -> Json:
    placement = version.runtime.get("placement") or {}
    mode = {"placement_mode": placement["mode"]} if "mode" in placement else {}
    handlers = {"handlers": list(version.handlers)} if version.handlers else {}
    return {
        "etag": version.etag,
        **handlers,
        "named_handlers": [
            {"name": name, "handlers": list(handlers)}
            for name, handlers in version.named_handlers.items()
        ],
        "last_deployed_from": version.source,
        **mode,
    }


def live_exports(version: Version) -> dict[str, Json]:
    """Return the declared exports of a version without tombstones, as Cloudflare shows them."""
    declared = version.runtime.get("exports") or {}
    live = {
        name: entry for name, entry in declared.items() if entry.get("state", "created") in LIVE
    }
    return {"exports": live} if live else {}


def _runtime(version: Version) -> Json:
    limits = {"limits": version.runtime["limits"]} if "limits" in version.runtime else {}
    tag = {"migration_tag": version.migration_tag} if version.migration_tag else {}
    flags = list(version.compatibility_flags)
    return {
        "compatibility_date": version.compatibility_date,
        **({"compatibility_flags": flags} if flags else {}),
        "usage_model": version.runtime.get("usage_model", "standard"),
        **limits,
        **tag,
        **live_exports(version),
    }
