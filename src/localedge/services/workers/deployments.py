"""Deployments of a script: the traffic split between its versions."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.operations import deployments as rollouts
from localedge.state.scripts.records import AUTHOR, Deployment
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.request import Pagination, client_source, flag, json_object, script_ref

DEPLOYMENTS = "/accounts/{account_id}/workers/scripts/{name}/deployments"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Deployments(state)
    one = DEPLOYMENTS + "/{deployment_id}"
    return [
        Route(DEPLOYMENTS, service.list_all, methods=["GET"]),
        Route(DEPLOYMENTS, service.create, methods=["POST"]),
        Route(one, service.get, methods=["GET"]),
        Route(one, service.delete, methods=["DELETE"]),
    ]


class _Deployments:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        """List them newest first; all of them without `page` or `per_page`."""
        ref = script_ref(request)
        self._state.script(ref)
        everything = [_document(item) for item in self._state.scripts.deployments(ref)]
        if "page" in request.query_params or "per_page" in request.query_params:
            page = Pagination.from_request(request)
            items = page.slice(everything)
            info = page.info(len(everything), len(items))
            return success({"deployments": items}, result_info=info)
        return success({"deployments": everything})

    async def create(self, request: Request) -> Response:
        deployment = await rollouts.create_deployment(
            self._state,
            script_ref(request),
            await json_object(request),
            client_source(request),
            force=flag(request, "force"),
        )
        return success(_document(deployment))

    async def get(self, request: Request) -> Response:
        found = rollouts.get_deployment(
            self._state, script_ref(request), request.path_params["deployment_id"]
        )
        return success(_document(found))

    async def delete(self, request: Request) -> Response:
        rollouts.remove_deployment(
            self._state, script_ref(request), request.path_params["deployment_id"]
        )
        return success(None)


def _document(deployment: Deployment) -> Json:
    return {
        "id": deployment.id,
        "created_on": deployment.created_on,
        "source": deployment.source,
        "strategy": "percentage",
        "author_email": AUTHOR,
        "annotations": deployment.annotations,
        "versions": [
            {"version_id": share.version_id, "percentage": share.percentage}
            for share in deployment.shares
        ],
    }
