"""The admin API below `/__localedge__`: reset, request log, faults, cron, AI runs, logs."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from localedge.control.faults import Fault, Faults
from localedge.control.rate_limit import RateLimiter
from localedge.control.request_log import RequestLog
from localedge.model import Json, ScriptRef
from localedge.runtime.edge.deployed_versions import NotDeployed
from localedge.runtime.instances.node_discovery import RuntimeUnavailable
from localedge.runtime.instances.node_process import InstanceFailed
from localedge.state.server import ServerState
from localedge.state.traces.ingestion import AnalyticsSettings

Model = TypeVar("Model", bound=BaseModel)


VERSIONS_SHOWN = 10
"""Newest versions of a script in the overview, besides those with traffic."""


class CronRequest(BaseModel):
    """The script whose scheduled handler runs, and the cron expression that it gets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    script: str
    account: str | None = None
    cron: str | None = None


class TokenPermissions(BaseModel):
    """A token, and the permission groups that it has from now on, such as `D1 Read`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: str
    permissions: tuple[str, ...] | None


class AdminApi:
    """The admin API of one server; `provision` makes its accounts and resources after a reset."""

    def __init__(
        self,
        state: ServerState,
        rate_limiter: RateLimiter,
        request_log: RequestLog,
        faults: Faults,
        provision: Callable[[], None],
    ) -> None:
        self._state = state
        self._rate_limiter = rate_limiter
        self._request_log = request_log
        self._faults = faults
        self._provision = provision

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/__localedge__`."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/health", self.health),
            ("POST", "/reset", self.reset),
            ("GET", "/requests", self.list_requests),
            ("DELETE", "/requests", self.clear_requests),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("PUT", "/permissions", self.restrict_token),
            ("POST", "/cron", self.run_cron),
            ("GET", "/ai", self.list_ai_runs),
            ("GET", "/analytics", self.read_analytics),
            ("PUT", "/analytics", self.set_analytics),
            ("GET", "/overview", self.overview),
            ("GET", "/logs/{script:path}", self.read_log),
            ("GET", "/events/{script:path}", self.list_events),
        ]
        return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]

    async def health(self, _: Request) -> Response:
        """Answer that the server is ready."""
        return JSONResponse({"status": "ok"})

    async def reset(self, _: Request) -> Response:
        """Restore the state that the server started with: accounts, provisioned resources."""
        await self._state.clear()
        self._provision()
        self._rate_limiter.reset()
        self._request_log.clear()
        self._faults.clear()
        return Response(status_code=204)

    async def list_requests(self, _: Request) -> Response:
        """Return the request log."""
        return JSONResponse(self._request_log.entries())

    async def clear_requests(self, _: Request) -> Response:
        """Clear the request log."""
        self._request_log.clear()
        return Response(status_code=204)

    async def list_faults(self, _: Request) -> Response:
        """Return the registered faults."""
        return JSONResponse([fault.model_dump(mode="json") for fault in self._faults.all()])

    async def add_fault(self, request: Request) -> Response:
        """Register a fault."""
        fault = await _parsed(Fault, request)
        self._faults.add(fault)
        return JSONResponse(fault.model_dump(mode="json"), status_code=201)

    async def clear_faults(self, _: Request) -> Response:
        """Remove every fault."""
        self._faults.clear()
        return Response(status_code=204)

    async def restrict_token(self, request: Request) -> Response:
        """Give a token certain permission groups alone, until a reset; null gives it all."""
        asked = await _parsed(TokenPermissions, request)
        groups = asked.permissions
        self._state.accounts.restrict(asked.token, None if groups is None else frozenset(groups))
        return Response(status_code=204)

    async def run_cron(self, request: Request) -> Response:
        """Run a scheduled handler now; answer with its outcome."""
        cron_request = await _parsed(CronRequest, request)
        ref = self._script(cron_request.script, cron_request.account)
        cron = self._cron(ref, cron_request.cron)
        at_ms = time.time_ns() // 1_000_000
        try:
            outcome = await self._state.data_plane.scheduled(ref, cron, at_ms)
        except (NotDeployed, InstanceFailed, RuntimeUnavailable) as failed:
            raise HTTPException(502, f"{ref.name} cannot be run: {failed}") from failed
        return JSONResponse({"script": ref.name, "cron": cron, "at": at_ms, "outcome": outcome})

    async def list_ai_runs(self, _: Request) -> Response:
        """Return the latest runs of the AI stand-in."""
        return JSONResponse(self._state.ai_log.entries())

    async def read_analytics(self, _: Request) -> Response:
        """Return how late and how sampled analytics show what ran."""
        return JSONResponse(self._state.traces.analytics.settings.model_dump(mode="json"))

    async def set_analytics(self, request: Request) -> Response:
        """Set that; what is left out is as it is at the start."""
        self._state.traces.analytics.set(await _parsed(AnalyticsSettings, request))
        return await self.read_analytics(request)

    async def overview(self, _: Request) -> Response:
        """Return the accounts, their scripts, and the newest versions with their traffic."""
        return JSONResponse(
            [
                {
                    "id": account.id,
                    "subdomain": account.subdomain,
                    "scripts": [
                        {"name": it.ref.name, "versions": self._versions(it.ref)}
                        for it in self._state.scripts.of_account(account.id)
                    ],
                }
                for account in self._state.accounts.all()
            ]
        )

    def _versions(self, ref: ScriptRef) -> list[Json]:
        shares = {it.version_id: it.percentage for it in self._state.live(ref)}
        newest = self._state.scripts.versions(ref, VERSIONS_SHOWN)
        others = shares.keys() - {version.id for version in newest}
        live = [self._state.scripts.version(ref, it) for it in sorted(others)]
        return [
            {
                "id": version.id,
                "number": version.number,
                "created_on": version.created_on,
                "share": shares.get(version.id),
            }
            for version in [*newest, *live]
            if version
        ]

    async def read_log(self, request: Request) -> Response:
        """Return the newest log lines of a script, oldest first, as text."""
        lines = self._state.data_plane.logs(self._named(request))
        return PlainTextResponse(
            "".join(f"{_time(it.at)} {it.level} {it.message}\n" for it in lines)
        )

    async def list_events(self, request: Request) -> Response:
        """Return the newest events of a script, as `wrangler tail --format json` shows them."""
        return JSONResponse(self._state.traces.events(self._named(request)))

    def _named(self, request: Request) -> ScriptRef:
        return self._script(request.path_params["script"], request.query_params.get("account"))

    def _script(self, name: str, account: str | None) -> ScriptRef:
        found = [
            ref for ref in self._state.scripts.named(name) if account in (None, ref.account_id)
        ]
        if not found:
            raise HTTPException(404, f"No script has the name {name}.")
        if len(found) > 1:
            accounts = ", ".join(ref.account_id for ref in found)
            raise HTTPException(
                400,
                f"{name} is in several accounts ({accounts}): set `account` to one.",
            )
        return found[0]

    def _cron(self, ref: ScriptRef, wanted: str | None) -> str:
        crons = [item.cron for item in self._state.triggers.schedules(ref)]
        if not crons:
            raise HTTPException(400, f"{ref.name} has no cron schedule.")
        if wanted is None:
            return crons[0]
        if wanted not in crons:
            raise HTTPException(400, f"{ref.name} has the schedules {crons}, not {wanted!r}.")
        return wanted


async def _parsed(model: type[Model], request: Request) -> Model:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as invalid:
        raise HTTPException(400, _messages(invalid)) from invalid


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _messages(invalid: ValidationError) -> str:
    """Return a line for each validation error: its location and its message."""
    lines = []
    for problem in invalid.errors(include_url=False, include_input=False, include_context=False):
        where: list[Json] = list(problem["loc"])
        text = problem["msg"].removeprefix("Value error, ")
        lines.append(": ".join([*(["/".join(map(str, where))] if where else []), text]))
    return "\n".join(lines)
