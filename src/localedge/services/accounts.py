"""The caller and its accounts: user, tokens, memberships, accounts."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.accounts import Account
from localedge.state.server import ServerState
from localedge.wire.envelope import success, success_page
from localedge.wire.errors import RouteNotFound, UnauthorizedResource

VALID = {"code": 10000, "message": "This API Token is valid and active", "type": None}


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Accounts(state)
    return [
        Route("/user", service.user, methods=["GET"]),
        Route("/user/tokens/verify", service.verify, methods=["GET"]),
        Route("/accounts/{account_id}/tokens/verify", service.verify, methods=["GET"]),
        Route("/memberships", service.memberships, methods=["GET"]),
        Route("/accounts", service.list_all, methods=["GET"]),
        Route("/accounts/{account_id}", service.get, methods=["GET"]),
    ]


class _Accounts:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def user(self, _: Request) -> Response:
        """Refuse, as Cloudflare does for a token that may not read its user."""
        raise UnauthorizedResource("Unauthorized to access requested resource")

    async def verify(self, request: Request) -> Response:
        token = {"id": request.state.token.id, "status": "active"}
        return success(token, messages=[VALID])

    async def memberships(self, request: Request) -> Response:
        return success_page(request, [_membership(it) for it in self._reached(request)])

    async def list_all(self, request: Request) -> Response:
        name = request.query_params.get("name")
        everything = [
            _account(account)
            for account in self._reached(request)
            if name is None or account.name == name
        ]
        return success_page(request, everything)

    async def get(self, request: Request) -> Response:
        account = self._state.accounts.get(request.path_params["account_id"])
        if account is None:
            raise RouteNotFound
        return success(_account(account))

    def _reached(self, request: Request) -> list[Account]:
        found = [self._state.accounts.get(item) for item in request.state.token.account_ids]
        return [account for account in found if account]


def _account(account: Account) -> Json:
    return {
        "id": account.id,
        "name": account.name,
        "type": "standard",
        "settings": {"enforce_twofactor": False},
        "created_on": account.created_on,
    }


def _membership(account: Account) -> Json:
    return {
        "id": account.id,
        "status": "accepted",
        "account": _account(account),
        "roles": ["Administrator"],
    }
