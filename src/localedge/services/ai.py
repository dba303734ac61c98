"""Workers AI and AI Gateway: `/accounts/{id}/ai/run/{model}`, `/accounts/{id}/ai-gateway`."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.runtime.bindings.ai import run_model
from localedge.state.ai.gateways import AiGatewayStore
from localedge.state.ai.log import AiLog, AiRun
from localedge.wire.envelope import success, success_page
from localedge.wire.request import json_object

RUN = "/accounts/{account_id}/ai/run/{model:path}"
GATEWAYS = "/accounts/{account_id}/ai-gateway/gateways"
GATEWAY = GATEWAYS + "/{gateway_id}"


def routes(log: AiLog, gateways: AiGatewayStore) -> list[Route]:
    """Return the routes, relative to the API's base."""

    async def run(request: Request) -> Response:
        inputs = await json_object(request)
        entry = AiRun(
            account_id=request.path_params["account_id"],
            script=None,
            model=request.path_params["model"],
            gateway=None,
            stream=bool(inputs.get("stream")),
        )
        return await run_model(request, log, entry, inputs, wrap=success)

    service = _Gateways(gateways)
    return [
        Route(RUN, run, methods=["POST"]),
        Route(GATEWAYS, service.list_gateways, methods=["GET"]),
        Route(GATEWAYS, service.create, methods=["POST"]),
        Route(GATEWAY, service.read, methods=["GET"]),
        Route(GATEWAY, service.update, methods=["PUT"]),
        Route(GATEWAY, service.delete, methods=["DELETE"]),
    ]


class _Gateways:
    def __init__(self, gateways: AiGatewayStore) -> None:
        self._gateways = gateways

    async def list_gateways(self, request: Request) -> Response:
        found = self._gateways.gateways(request.path_params["account_id"])
        return success_page(request, found)

    async def create(self, request: Request) -> Response:
        settings = await json_object(request)
        return success(self._gateways.create(request.path_params["account_id"], settings))

    async def read(self, request: Request) -> Response:
        return success(self._gateways.gateway(*_named(request)))

    async def update(self, request: Request) -> Response:
        return success(self._gateways.update(*_named(request), await json_object(request)))

    async def delete(self, request: Request) -> Response:
        known = self._gateways.gateway(*_named(request))
        self._gateways.delete(*_named(request))
        return success(known)


def _named(request: Request) -> tuple[str, str]:
    return request.path_params["account_id"], request.path_params["gateway_id"]
