"""Secrets Store: `/accounts/{id}/secrets_store`. No answer holds the value of a secret."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.secrets_store import rules
from localedge.state.secrets_store.store import SecretsStores, SecretsVault, StoredSecret
from localedge.wire.envelope import success, success_page
from localedge.wire.request import as_text, flag, json_list, json_object

BASE = "/accounts/{account_id}/secrets_store"
STORES = BASE + "/stores"
STORE = STORES + "/{store_id}"
SECRETS = STORE + "/secrets"
SECRET = SECRETS + "/{secret_id}"
ORDERS = ("name", "comment", "created", "modified")


def routes(stores: SecretsStores) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(stores)
    return [
        Route(BASE + "/quota", service.quota, methods=["GET"]),
        Route(STORES, service.list_stores, methods=["GET"]),
        Route(STORES, service.create_store, methods=["POST"]),
        Route(STORE, service.get_store, methods=["GET"]),
        Route(STORE, service.delete_store, methods=["DELETE"]),
        Route(SECRETS, service.list_secrets, methods=["GET"]),
        Route(SECRETS, service.create_secrets, methods=["POST"]),
        Route(SECRETS, service.delete_secrets, methods=["DELETE"]),
        Route(SECRET, service.get_secret, methods=["GET"]),
        Route(SECRET, service.change_secret, methods=["PATCH"]),
        Route(SECRET, service.delete_secret, methods=["DELETE"]),
        Route(SECRET + "/duplicate", service.duplicate, methods=["POST"]),
    ]


class _Service:
    def __init__(self, stores: SecretsStores) -> None:
        self._stores = stores

    async def quota(self, request: Request) -> Response:
        usage = self._stores.usage(request.path_params["account_id"])
        return success({"secrets": {"quota": rules.MOST_SECRETS, "usage": usage}})

    async def list_stores(self, request: Request) -> Response:
        found = self._stores.all(request.path_params["account_id"])
        return success_page(request, _ordered(request, [_store(it) for it in found]))

    async def create_store(self, request: Request) -> Response:
        name = as_text((await json_object(request)).get("name"), "name")
        return success(_store(self._stores.create(request.path_params["account_id"], name)))

    async def get_store(self, request: Request) -> Response:
        return success(_store(self._store(request)))

    async def delete_store(self, request: Request) -> Response:
        store = self._store(request)
        self._stores.delete(store, force=flag(request, "force"))
        return success(_store(store))

    async def list_secrets(self, request: Request) -> Response:
        text = request.query_params.get("search", "")
        scopes = set(request.query_params.getlist("scopes"))
        found = [
            _secret(it)
            for it in self._stores.secrets(self._store(request))
            if text in it.name and scopes <= set(it.scopes)
        ]
        return success_page(request, _ordered(request, found))

    async def create_secrets(self, request: Request) -> Response:
        new = [rules.new_secret(it) for it in await json_list(request)]
        made = self._stores.add(self._store(request), new)
        return success([_secret(it) for it in made])

    async def delete_secrets(self, request: Request) -> Response:
        store = self._store(request)
        named = await json_list(request) if await request.body() else []
        found = [self._stores.secret(store, as_text(it.get("id"), "id")) for it in named]
        for secret in found:
            self._stores.remove(secret)
        return success([_secret(it) for it in found])

    async def get_secret(self, request: Request) -> Response:
        return success(_secret(self._secret(request)))

    async def change_secret(self, request: Request) -> Response:
        fields = rules.changes(await json_object(request))
        self._stores.change(self._secret(request), fields)
        return success(_secret(self._secret(request)))

    async def delete_secret(self, request: Request) -> Response:
        secret = self._secret(request)
        self._stores.remove(secret)
        return success(_secret(secret))

    async def duplicate(self, request: Request) -> Response:
        body = await json_object(request)
        store, secret = self._store(request), self._secret(request)
        value = self._stores.value(store.account_id, store.id, secret.name) or ""
        (made,) = self._stores.add(store, [rules.duplicate_of(body, value)])
        return success(_secret(made))

    def _store(self, request: Request) -> SecretsVault:
        return self._stores.require(
            request.path_params["account_id"], request.path_params["store_id"]
        )

    def _secret(self, request: Request) -> StoredSecret:
        return self._stores.secret(self._store(request), request.path_params["secret_id"])


def _ordered(request: Request, found: list[dict[str, Json]]) -> list[dict[str, Json]]:
    order = request.query_params.get("order")
    if order in ORDERS:
        found = sorted(found, key=lambda it: it.get(order, ""))
    return found[::-1] if request.query_params.get("direction") == "desc" else found


def _store(store: SecretsVault) -> dict[str, Json]:
    return {
        "id": store.id,
        "account_id": store.account_id,
        "name": store.name,
        "created": store.created,
        "modified": store.modified,
    }


def _secret(secret: StoredSecret) -> dict[str, Json]:
    return {
        "id": secret.id,
        "store_id": secret.store_id,
        "name": secret.name,
        "comment": secret.comment,
        "scopes": list(secret.scopes),
        "status": "active",
        "created": secret.created,
        "modified": secret.modified,
    }
