"""Versions in the newer API: code as JSON, and patches of the latest version.

See https://developers.cloudflare.com/api/resources/workers/subresources/beta/.
"""

import base64
import binascii

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, Module
from localedge.operations import deployments as rollouts
from localedge.operations import uploads
from localedge.operations import workers as operations
from localedge.state.scripts.records import AUTHOR, STARTUP_MS, Script, Version
from localedge.state.server import ServerState
from localedge.state.versions import PREVIEW_DIGITS
from localedge.wire.envelope import success
from localedge.wire.errors import BadBody
from localedge.wire.multipart import Upload
from localedge.wire.request import (
    Pagination,
    as_object,
    as_objects,
    as_text,
    client_source,
    flag,
    json_object,
)
from localedge.wire.script_errors import ScriptRejected

VERSIONS = "/accounts/{account_id}/workers/workers/{worker_id}/versions"
VERSION = VERSIONS + "/{version_id}"
LATEST = "latest"
ASSET_RULES = frozenset({"_headers", "_redirects"})
"""Files about assets that the newer API takes as modules."""


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _WorkerVersions(state)
    return [
        Route(VERSIONS, service.list_all, methods=["GET"]),
        Route(VERSIONS, service.create, methods=["POST"]),
        Route(f"{VERSIONS}/{LATEST}", service.patch_latest, methods=["PATCH"]),
        Route(VERSION, service.get, methods=["GET"]),
    ]


class _WorkerVersions:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        script = self._script(request)
        page = Pagination.from_request(request, size=10)
        found = self._state.scripts.versions(script.ref, page.size, page.offset)
        latest = self._state.scripts.latest(script.ref)
        info = page.info(latest.number if latest else 0, len(found))
        return success([self._document(script, item) for item in found], result_info=info)

    async def create(self, request: Request) -> Response:
        script, source = self._script(request), client_source(request)
        body = await json_object(request)
        modules = tuple(_module(it) for it in as_objects(body.pop("modules", []), "modules"))
        upload = _with_asset_rules(Upload(body, modules))
        version = await uploads.upload_version(self._state, script.ref, upload, source)
        if flag(request, "deploy"):
            everything = [{"version_id": version.id, "percentage": 100}]
            await rollouts.create_deployment(
                self._state,
                script.ref,
                {"strategy": "percentage", "versions": everything},
                source,
                force=False,
            )
        return success(self._document(script, version))

    async def get(self, request: Request) -> Response:
        script, version_id = self._script(request), request.path_params["version_id"]
        version = (
            operations.latest_version(self._state, script.ref)
            if version_id == LATEST
            else rollouts.get_version(self._state, script.ref, version_id)
        )
        document = self._document(script, version)
        if request.query_params.get("include") == "modules":
            modules = [*self._state.versions.modules(version), *_asset_rules(version)]
            document["modules"] = [_shown(it) for it in modules]
        return success(document)

    async def patch_latest(self, request: Request) -> Response:
        script = self._script(request)
        version = operations.patch_latest(
            self._state, script.ref, await json_object(request), client_source(request)
        )
        return success(self._document(script, version))

    def _script(self, request: Request) -> Script:
        account, worker = request.path_params["account_id"], request.path_params["worker_id"]
        return operations.find_worker(self._state, account, worker)

    def _document(self, script: Script, version: Version) -> dict[str, Json]:
        runtime = version.runtime
        flags, tag = list(version.compatibility_flags), version.migration_tag
        return {
            "id": version.id,
            "number": version.number,
            "created_on": version.created_on,
            "urls": self._urls(script, version),
            "annotations": version.annotations,
            "author_email": AUTHOR,
            "author_id": "",
            "bindings": self._state.versions.public_bindings(version),
            "compatibility_date": version.compatibility_date,
            **({"compatibility_flags": flags} if flags else {}),
            **({"main_module": version.main_module} if version.main_module else {}),
            **_assets(version),
            **({"migration_tag": tag} if tag else {}),
            "source": version.source,
            "startup_time_ms": STARTUP_MS,
            "usage_model": "standard",
            **runtime,
        }

    def _urls(self, script: Script, version: Version) -> list[str]:
        suffix = operations.preview_suffix(self._state, script)
        shown = script.previews_enabled and self._state.versions.has_preview(script.ref)
        return [f"https://{version.id[:PREVIEW_DIGITS]}{suffix}"] if suffix and shown else []


def _assets(version: Version) -> dict[str, Json]:
    if version.assets is None:
        return {}
    config = version.assets.config
    return {"assets": {"config": {key: config[key] for key in config if key not in ASSET_RULES}}}


def _asset_rules(version: Version) -> list[Module]:
    config = version.assets.config if version.assets else {}
    return [
        Module(name, "text/plain", config[name].encode()) for name in ASSET_RULES & config.keys()
    ]


def _with_asset_rules(upload: Upload) -> Upload:
    """Return the upload with the modules `_headers` and `_redirects` as settings of its assets."""
    rules = {it.name: it for it in upload.modules if it.name in ASSET_RULES}
    given = upload.metadata.get("assets")
    if not rules or not isinstance(given, dict):
        return upload
    wrong = [name for name, it in rules.items() if not it.content_type.startswith("text/plain")]
    if wrong:
        raise ScriptRejected(f"module with name '{wrong[0]}' must have content type 'text/plain'")
    texts = {name: it.content.decode(errors="replace") for name, it in rules.items()}
    config = {**as_object(given.get("config") or {}, "assets.config"), **texts}
    metadata = {**upload.metadata, "assets": {**given, "config": config}}
    return Upload(metadata, tuple(it for it in upload.modules if it.name not in ASSET_RULES))


def _module(given: dict[str, Json]) -> Module:
    name = as_text(given.get("name"), "modules/name")
    kind = as_text(given.get("content_type"), f"modules/{name}/content_type")
    content = given.get("content_base64")
    try:
        return Module(name, kind, base64.b64decode(content or "", validate=True))
    except (TypeError, ValueError, binascii.Error) as broken:
        raise BadBody(f"content_base64 of the module {name} is no base64.") from broken


def _shown(module: Module) -> Json:
    return {
        "name": module.name,
        "content_type": module.content_type,
        "content_base64": base64.b64encode(module.content).decode(),
    }
