"""Hyperdrive: `/accounts/{id}/hyperdrive/configs`. No answer holds the secrets of an origin."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.hyperdrive import (
    SECRETS,
    HyperdriveConfig,
    HyperdriveStore,
    changed,
    parse,
)
from localedge.wire.envelope import success, success_page
from localedge.wire.request import json_object

CONFIGS = "/accounts/{account_id}/hyperdrive/configs"
CONFIG = CONFIGS + "/{id}"


def routes(configs: HyperdriveStore, networks: Sequence[str]) -> list[Route]:
    """Return the routes, relative to the API's base.

    `networks` are the private addresses, as CIDR blocks, that an origin may have.
    """
    service = _Service(configs, networks)
    return [
        Route(CONFIGS, service.list_configs, methods=["GET"]),
        Route(CONFIGS, service.create, methods=["POST"]),
        Route(CONFIG, service.read, methods=["GET"]),
        Route(CONFIG, service.replace, methods=["PUT"]),
        Route(CONFIG, service.change, methods=["PATCH"]),
        Route(CONFIG, service.delete, methods=["DELETE"]),
    ]


class _Service:
    def __init__(self, configs: HyperdriveStore, networks: Sequence[str]) -> None:
        self._configs = configs
        self._networks = networks

    async def list_configs(self, request: Request) -> Response:
        found = self._configs.all(request.path_params["account_id"])
        return success_page(request, [_shown(it) for it in found])

    async def create(self, request: Request) -> Response:
        document = parse(await json_object(request), self._networks)
        return success(_shown(self._configs.create(request.path_params["account_id"], document)))

    async def read(self, request: Request) -> Response:
        return success(_shown(self._config(request)))

    async def replace(self, request: Request) -> Response:
        document = parse(await json_object(request), self._networks)
        return success(_shown(self._configs.replace(self._config(request), document)))

    async def change(self, request: Request) -> Response:
        body, config = await json_object(request), self._config(request)
        document = parse(changed(config, body), self._networks)
        return success(_shown(self._configs.replace(config, document)))

    async def delete(self, request: Request) -> Response:
        self._configs.remove(self._config(request))
        return success(None)

    def _config(self, request: Request) -> HyperdriveConfig:
        return self._configs.require(request.path_params["account_id"], request.path_params["id"])


def _shown(config: HyperdriveConfig) -> Json:
    document = config.document.model_dump(exclude_none=True)
    origin = {key: it for key, it in document.get("origin", {}).items() if key not in SECRETS}
    return {
        "id": config.id,
        **document,
        "origin": origin,
        "created_on": config.created_on,
        "modified_on": config.modified_on,
    }
