"""localedge's own controls, below `/__localedge__`: no token is needed, only this machine."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localedge.control.auth import Gate
from localedge.control.faults import Fault, Faults
from localedge.control.request_log import RequestLog
from localedge.model import Json, ScriptRef
from localedge.runtime.edge.deployed_versions import NotDeployed
from localedge.runtime.instances.node_discovery import RuntimeUnavailable
from localedge.runtime.instances.node_process import InstanceFailed
from localedge.state.server import ServerState

Model = TypeVar("Model", bound=BaseModel)


class CronRequest(BaseModel):
    """Which script's scheduled handler to run, as if by which of its schedules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    script: str
    account: str | None = None
    cron: str | None = None


class AdminApi:
    """The controls of one server; `start` brings a cleared state back to how it was started."""

    def __init__(
        self,
        state: ServerState,
        gate: Gate,
        journal: RequestLog,
        faults: Faults,
        start: Callable[[], None],
    ) -> None:
        self._state = state
        self._gate = gate
        self._journal = journal
        self._faults = faults
        self._start = start

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
            ("POST", "/cron", self.run_cron),
            ("GET", "/ai", self.list_ai_runs),
        ]
        return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]

    async def health(self, _: Request) -> Response:
        """Say that the server serves."""
        return JSONResponse({"status": "ok"})

    async def reset(self, _: Request) -> Response:
        """Go back to how the server was started: its accounts, what it provisioned, no more."""
        await self._state.clear()
        self._start()
        self._gate.forget()
        self._journal.clear()
        self._faults.clear()
        return Response(status_code=204)

    async def list_requests(self, _: Request) -> Response:
        """Return the journal."""
        return JSONResponse(self._journal.entries())

    async def clear_requests(self, _: Request) -> Response:
        """Forget the journal."""
        self._journal.clear()
        return Response(status_code=204)

    async def list_faults(self, _: Request) -> Response:
        """Return the faults in force."""
        return JSONResponse([fault.model_dump(mode="json") for fault in self._faults.all()])

    async def add_fault(self, request: Request) -> Response:
        """Take an order for a fault."""
        fault = await _parsed(Fault, request)
        self._faults.add(fault)
        return JSONResponse(fault.model_dump(mode="json"), status_code=201)

    async def clear_faults(self, _: Request) -> Response:
        """Drop all orders for faults."""
        self._faults.clear()
        return Response(status_code=204)

    async def run_cron(self, request: Request) -> Response:
        """Run a scheduled handler now and say how it ended."""
        order = await _parsed(CronRequest, request)
        ref = self._script(order)
        cron = self._cron(ref, order.cron)
        at_ms = time.time_ns() // 1_000_000
        try:
            outcome = await self._state.plane.scheduled(ref, cron, at_ms)
        except (NotDeployed, InstanceFailed, RuntimeUnavailable) as failed:
            raise HTTPException(502, f"{ref.name} cannot be run: {failed}") from failed
        return JSONResponse({"script": ref.name, "cron": cron, "at": at_ms, "outcome": outcome})

    async def list_ai_runs(self, _: Request) -> Response:
        """Return the last runs of the AI stand-in."""
        return JSONResponse(self._state.ai_log.entries())

    def _script(self, order: CronRequest) -> ScriptRef:
        found = [
            ref
            for ref in self._state.scripts.named(order.script)
            if order.account in (None, ref.account_id)
        ]
        if not found:
            raise HTTPException(404, f"No script is called {order.script}.")
        if len(found) > 1:
            accounts = ", ".join(ref.account_id for ref in found)
            raise HTTPException(
                400, f"{order.script} is in several accounts ({accounts}): name one."
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
        raise HTTPException(400, _described(invalid)) from invalid


def _described(invalid: ValidationError) -> str:
    """Return one line for each thing that is wrong: where, and what."""
    lines = []
    for problem in invalid.errors(include_url=False, include_input=False, include_context=False):
        where: list[Json] = list(problem["loc"])
        text = problem["msg"].removeprefix("Value error, ")
        lines.append(": ".join([*(["/".join(map(str, where))] if where else []), text]))
    return "\n".join(lines)
