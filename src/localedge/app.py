"""Assembles the server: one ASGI application for the API, the Workers and the admin API."""

import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from localedge.control import page
from localedge.control.admin_api import AdminApi
from localedge.control.api import Api
from localedge.control.auth import Authenticator
from localedge.control.fault_injection import inject_fault
from localedge.control.faults import API, Faults
from localedge.control.provision import ProvisionedResource, ensure
from localedge.control.rate_limit import QUOTA, RateLimiter
from localedge.control.request_guard import CONTROL_HEADER, LARGEST_BODY, RequestGuard
from localedge.control.request_log import RequestLog
from localedge.control.services import service_routes
from localedge.control.tail_sockets import TailSockets
from localedge.model import Json
from localedge.operations import workflows as workflow_flows
from localedge.operations.cron_triggers import CronTriggers
from localedge.operations.queue_delivery import QueueDelivery
from localedge.operations.tail_consumers import deliver_events, deliver_stream
from localedge.operations.workflow_keeper import WorkflowKeeper
from localedge.runtime.bindings.backend import BindingStores, create_bindings_app
from localedge.runtime.edge.asgi import request_target
from localedge.runtime.edge.health_stub import HealthStub
from localedge.runtime.edge.host_routing import hostname
from localedge.services.storage import d1_transfers as d1_files
from localedge.state.data_plane import DataPlane
from localedge.state.server import ServerState
from localedge.wire.envelope import failure
from localedge.wire.errors import ApiError, RouteNotFound

CONTROLS = "/__localedge__"
WORKERS = re.compile(r"(?i)[^:]+\.workers\.localhost(:\d+)?")
LOCKED = PlainTextResponse(
    f"The admin API needs the header {CONTROL_HEADER}: its value is the token in the `ready` line "
    "of `localedge serve`.\n",
    status_code=401,
)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """An account: its id, its workers.dev subdomain, the tokens that give access to it."""

    id: str
    subdomain: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that a server starts with.

    `url` is the base of all its addresses. Workers run if `workerd` is true. `networks` are the
    addresses (CIDR blocks) that Workers can reach in addition to the public internet. `run_crons`
    starts scheduled handlers on their schedules. `health` is the template of the answers to
    `GET /health` where no Worker runs.
    `control_token` gives access to the admin API.
    """

    state: Path
    url: str
    accounts: tuple[AccountSettings, ...] = ()
    resources: tuple[ProvisionedResource, ...] = ()
    workerd: bool = True
    quota: int = QUOTA
    networks: tuple[str, ...] = ()
    run_crons: bool = False
    health: Json = None
    largest_body: int = LARGEST_BODY
    control_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


class Server:
    """One server: its state, its parts, and the ASGI application over them.

    Raises `StateHeld` where another server uses the same folder.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.state = ServerState(settings.state)
        self.faults = Faults()
        request_log, rate_limiter = RequestLog(), RateLimiter(quota=settings.quota)
        admin = AdminApi(self.state, rate_limiter, request_log, self.faults, self.provision)
        self.guard = RequestGuard(settings.url, settings.control_token, settings.largest_body)
        key = secrets.token_urlsafe(16)
        if settings.workerd:
            self.state.data_plane = _workers_runtime(self.state, settings, key)
        else:
            self.state.data_plane = HealthStub(self.state, settings.health)
        self.api = Api(
            service_routes(self.state, settings.networks),
            Authenticator(self.state.accounts, self.state.asset_tokens),
            rate_limiter,
            request_log,
            self.faults,
        )
        self.state.traces.listeners.append(partial(deliver_events, self.state))
        self.state.traces.stream_listeners.append(partial(deliver_stream, self.state))
        self.local = _local(self.state, admin, key)
        self.provision()

    def provision(self) -> None:
        """Make the accounts and resources that the settings name."""
        for account in self.settings.accounts:
            self.state.accounts.open(account.id, account.subdomain, list(account.tokens))
        for resource in self.settings.resources:
            ensure(self.state, resource)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route a request by its host and its path."""
        headers = Request(scope).headers
        if self._is_for_worker(scope, headers.get("host", "")):
            app: ASGIApp = self._worker
        elif refused := self.guard.rejection(headers):
            app = failure(refused)
        elif scope["path"].startswith(f"{API}/"):
            app = self.api
        elif not scope["path"].startswith(f"{CONTROLS}/"):
            app = failure(RouteNotFound())
        elif self.guard.allows_admin(scope["path"].removeprefix(f"{CONTROLS}/"), headers):
            app = self.local
        else:
            app = LOCKED
        await self.guard.call_with_body_limit(app, scope, receive, send)

    def _is_for_worker(self, scope: Scope, host: str) -> bool:
        if WORKERS.fullmatch(host):
            return True
        if self.guard.is_own_host(host):
            return False
        return self.state.routed(hostname(host), request_target(scope)) is not None

    @contextlib.asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """Start and end the runtime."""
        await self.state.data_plane.start()
        delivery, crons = QueueDelivery(self.state), CronTriggers(self.state)
        workflows = WorkflowKeeper(self.state)
        if self.settings.workerd:
            delivery.start()
            workflows.start()
        if self.settings.run_crons:
            crons.start()
        try:
            yield
        finally:
            for loop in (crons, workflows, delivery):
                await loop.close()
            await self.state.data_plane.close()
            self.state.close()

    async def _worker(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = f"http://{Request(scope).headers['host'].partition(':')[0]}"
        query = scope["query_string"].decode("latin-1")
        fault = self.faults.match(scope["method"], scope["path"], query, origin)
        if fault:
            await inject_fault(self.state.data_plane, fault, scope, receive, send)
        else:
            await self.state.data_plane(scope, receive, send)


def create_app(settings: Settings) -> ASGIApp:
    """Return the application of a new server; its lifespan starts and ends the runtime."""
    server = Server(settings)
    return Starlette(routes=[Mount("/", app=server)], lifespan=server.lifespan)


def _workers_runtime(state: ServerState, settings: Settings, key: str) -> DataPlane:
    """Return what runs Workers; `key` opens the routes of their bindings."""
    # The HTTP client is a third of what the start loads, and no use without a runtime.
    from localedge.runtime.workers_runtime import WorkersRuntime

    return WorkersRuntime(
        state,
        settings.state,
        f"{settings.url}{CONTROLS}/bindings/{key}",
        state.logs,
        networks=settings.networks,
        write_point=state.analytics.write,
    )


def _local(state: ServerState, admin: AdminApi, key: str) -> ASGIApp:
    """Return the app below `/__localedge__`; only Workers know the key of their bindings."""
    stores = BindingStores(
        state.kv,
        state.d1,
        state.vectorize,
        state.ai_log,
        state.r2,
        state.secrets_stores,
        state.queues,
        state.messages,
        partial(workflow_flows.answer_binding, state),
        state.traces,
    )
    bindings = create_bindings_app(state, stores)
    routes: Sequence[Route | Mount] = [
        *admin.routes(),
        *page.routes(),
        *d1_files.exchange_routes(state.d1_transfers),
        Route("/tails/{tail}", TailSockets(state.traces.tails)),
        Mount(f"/bindings/{key}", app=bindings),
    ]
    return Starlette(
        routes=[Mount(CONTROLS, routes=routes)],
        exception_handlers={HTTPException: _refused, ApiError: _failed},
    )


async def _refused(_: Request, error: Exception) -> Response:
    """Render an error of the admin API as plain text."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "localedge failed"
    return PlainTextResponse(f"{detail}\n", status_code=status)


async def _failed(_: Request, error: Exception) -> Response:
    return failure(error if isinstance(error, ApiError) else ApiError())
