"""Dispatch namespaces, and the Workers in them (Workers for Platforms).

A Worker in a namespace is a script like any other one, and its API is that of scripts below another
path: `in_namespaces` adds it. Only what differs is here.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, ScriptRef
from localedge.operations import script_updates
from localedge.state.resources import Resource, ResourceKind
from localedge.state.scripts.records import Script
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.wire.envelope import success
from localedge.wire.errors import BadBody
from localedge.wire.request import as_text, json_body, json_object, script_ref
from localedge.wire.resource_errors import (
    DispatchNamespaceExists,
    DispatchNamespaceNotEmpty,
    DispatchNamespaceNotFound,
    InvalidDispatchNamespace,
)
from localedge.wire.script_errors import EnvironmentNotFound

NAMESPACES = "/accounts/{account_id}/workers/dispatch/namespaces"
NAMESPACE = NAMESPACES + "/{namespace}"
SCRIPT = NAMESPACE + "/scripts/{name}"
PLAIN_SCRIPT = "/accounts/{account_id}/workers/scripts/{name}"
SHARED = re.compile(
    r"|/content(/v2)?|/settings|/script-settings|/secrets(-bulk|/\{secret:path\})?"
    r"|/assets-upload-session"
)
"""What is below a script's path in a namespace as it is elsewhere."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
MOST_TAGS = 8
"""https://developers.cloudflare.com/cloudflare-for-platforms/workers-for-platforms/platform/limits/"""
KIND = ResourceKind.DISPATCH_NAMESPACE


def in_namespaces(routes: Iterable[Route]) -> list[Route]:
    """Return the routes of scripts again, for scripts in namespaces."""
    return [
        Route(SCRIPT + below, route.endpoint, methods=list(route.methods or ()))
        for route in routes
        if route.path.startswith(PLAIN_SCRIPT)
        and SHARED.fullmatch(below := route.path.removeprefix(PLAIN_SCRIPT))
    ]


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _DispatchNamespaces(state)
    return [
        Route(NAMESPACES, service.list_all, methods=["GET"]),
        Route(NAMESPACES, service.create, methods=["POST"]),
        Route(NAMESPACE, service.get, methods=["GET"]),
        Route(NAMESPACE, service.rename, methods=["PUT"]),
        Route(NAMESPACE, service.delete, methods=["DELETE"]),
        Route(NAMESPACE + "/scripts", service.scripts, methods=["GET"]),
        Route(SCRIPT, service.script, methods=["GET"]),
        Route(SCRIPT + "/bindings", service.bindings, methods=["GET"]),
        Route(SCRIPT + "/tags", service.tags, methods=["GET"]),
        Route(SCRIPT + "/tags", service.set_tags, methods=["PUT"]),
        Route(SCRIPT + "/tags/{tag}", service.add_tag, methods=["PUT"]),
        Route(SCRIPT + "/tags/{tag}", service.remove_tag, methods=["DELETE"]),
    ]


class _DispatchNamespaces:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        found = self._state.resources.all(request.path_params["account_id"], KIND)
        return success([self._document(item) for item in found])

    async def create(self, request: Request) -> Response:
        account, name = request.path_params["account_id"], _name(await json_object(request))
        if self._state.resources.get(account, KIND, name):
            raise DispatchNamespaceExists
        document = {"namespace_id": str(uuid.uuid4()), "trusted_workers": False}
        return success(
            self._document(self._state.resources.add(account, KIND, name, name, document))
        )

    async def get(self, request: Request) -> Response:
        return success(self._document(self._found(request)))

    async def rename(self, request: Request) -> Response:
        found, name = self._found(request), _name(await json_object(request))
        if name != found.name:
            if self._state.resources.get(found.account_id, KIND, name):
                raise DispatchNamespaceExists
            if self._state.scripts.of_namespace(found.account_id, found.name):
                raise DispatchNamespaceNotEmpty
            with self._state.database.transaction():
                self._state.resources.remove(found)
                found = self._state.resources.add(
                    found.account_id, KIND, name, name, found.document
                )
        return success(self._document(found))

    async def delete(self, request: Request) -> Response:
        found = self._found(request)
        for script in self._state.scripts.of_namespace(found.account_id, found.name):
            await script_updates.delete_script(self._state, script.ref, force=True)
        self._state.resources.remove(found)
        return success(None)

    # -- scripts in a namespace

    async def scripts(self, request: Request) -> Response:
        found = self._found(request)
        wanted = request.query_params.get("tags", "")
        scripts = self._state.scripts.of_namespace(found.account_id, found.name)
        return success([_script(item) for item in scripts if _has_tags(item, wanted)])

    async def script(self, request: Request) -> Response:
        """Describe a script; by the code for none, wrangler knows a first deploy."""
        self._found(request)
        script = self._state.scripts.get(script_ref(request))
        if script is None:
            raise EnvironmentNotFound
        return success(_script(script))

    async def bindings(self, request: Request) -> Response:
        ref = script_ref(request)
        self._state.script(ref)
        latest = self._state.scripts.latest(ref)
        return success(self._state.versions.public_bindings(latest) if latest else [])

    async def tags(self, request: Request) -> Response:
        return success(_tags(self._state.script(script_ref(request))))

    async def set_tags(self, request: Request) -> Response:
        given = await json_body(request)
        if not isinstance(given, list):
            raise BadBody("The body must be a JSON array of tags.")
        return success(self._set_tags(script_ref(request), [as_text(it, "A tag") for it in given]))

    async def add_tag(self, request: Request) -> Response:
        ref = script_ref(request)
        known = _tags(self._state.script(ref))
        self._set_tags(ref, [*known, request.path_params["tag"]])
        return success(None)

    async def remove_tag(self, request: Request) -> Response:
        ref, gone = script_ref(request), request.path_params["tag"]
        self._set_tags(ref, [it for it in _tags(self._state.script(ref)) if it != gone])
        return success(None)

    def _set_tags(self, ref: ScriptRef, tags: list[str]) -> list[str]:
        script, kept = self._state.script(ref), list(dict.fromkeys(tags))
        if len(kept) > MOST_TAGS:
            raise BadBody(f"A Worker may have {MOST_TAGS} tags, no more.")
        settings = {**script.settings, "tags": kept}
        self._state.scripts.save(replace(script, modified_on=now(), settings=settings))
        return kept

    def _found(self, request: Request) -> Resource:
        given = request.path_params
        found = self._state.resources.get(given["account_id"], KIND, given["namespace"])
        if found is None:
            raise DispatchNamespaceNotFound
        return found

    def _document(self, item: Resource) -> Json:
        return {
            **item.document,
            "namespace_name": item.name,
            "created_on": item.created_on,
            "created_by": item.account_id,
            "modified_on": item.created_on,
            "modified_by": item.account_id,
            "script_count": len(self._state.scripts.of_namespace(item.account_id, item.name)),
        }


def _name(body: dict[str, Json]) -> str:
    name = as_text(body.get("name"), "name")
    if not NAME.fullmatch(name):
        raise InvalidDispatchNamespace
    return name


def _script(script: Script) -> Json:
    return {
        "created_on": script.created_on,
        "modified_on": script.modified_on,
        "dispatch_namespace": script.ref.namespace,
        "script": {
            "id": script.ref.own_name,
            "tag": script.tag,
            "tags": _tags(script),
            "created_on": script.created_on,
            "modified_on": script.modified_on,
            "last_deployed_from": script.last_deployed_from,
        },
    }


def _tags(script: Script) -> list[str]:
    return list(script.settings.get("tags") or [])


def _has_tags(script: Script, wanted: str) -> bool:
    """Return whether a script has each tag of `a:yes,b:no`, or lacks it."""
    has = set(_tags(script))
    pairs = [item.rpartition(":") for item in wanted.split(",") if item]
    return all((tag in has) == (answer == "yes") for tag, _, answer in pairs)
